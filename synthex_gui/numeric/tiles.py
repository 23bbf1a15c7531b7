"""Rows of an image shared out among threads, in fixed tiles: bytes never depend on their number."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

TILE_ROWS = 64


def default_threads() -> int:
    """The processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def run_tiles(
    tile: Callable[[int, int], None], rows: int, threads: int, tile_rows: int = TILE_ROWS
) -> None:
    """Call `tile(first, last)` for every run of `tile_rows` rows, on `threads` threads."""
    spans = [(first, min(first + tile_rows, rows)) for first in range(0, rows, tile_rows)]
    if threads <= 1 or len(spans) == 1:
        for first, last in spans:
            tile(first, last)
        return
    for done in [_pool(threads).submit(tile, first, last) for first, last in spans]:
        done.result()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="synthex-tile")
