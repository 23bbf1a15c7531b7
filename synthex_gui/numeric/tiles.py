"""Work shared out among threads in fixed pieces: bytes never depend on their number.

Kernels are single-threaded and release the GIL; one pool per number of threads serves the whole
program. Numba's own threading layers are neither fork-safe nor reentrant.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

Item = TypeVar("Item")

TILE_ROWS = 64


def default_threads() -> int:
    """The processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


class Threads:
    """So many threads of the program's pool."""

    def __init__(self, count: int) -> None:
        self.count = count

    def each(self, function: Callable[[Item], None], items: Iterable[Item]) -> None:
        """Call the function on every item, in any order, and wait; the first error is raised.

        Not from within such a function: it would wait for the thread that it runs on.
        """
        work = list(items)
        if self.count < 2 or len(work) < 2:
            for item in work:
                function(item)
            return
        for _ in _pool(self.count).map(function, work):
            pass


def bands(length: int, size: int) -> list[tuple[int, int]]:
    """[start, stop) pieces of at most `size` that cover `length`."""
    return [(start, min(start + size, length)) for start in range(0, length, size)]


def run_tiles(
    tile: Callable[[int, int], None], rows: int, threads: int, tile_rows: int = TILE_ROWS
) -> None:
    """Call `tile(first, last)` for every run of `tile_rows` rows, on `threads` threads."""
    Threads(threads).each(lambda span: tile(*span), bands(rows, tile_rows))


@cache
def _pool(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="synthex")
