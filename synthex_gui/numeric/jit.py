"""How the CPU kernels are compiled and spread over threads.

Kernels are single-threaded and release the GIL; a thread pool of our own runs them over fixed
pieces of work, so results never depend on the number of threads. Numba's own threading layers are
neither fork-safe nor reentrant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
Item = TypeVar("Item")


def kernel(function: Function) -> Function:
    """Compile to machine code, IEEE arithmetic in the written order, nothing fused."""
    return cast("Function", numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def fused_kernel(function: Function) -> Function:
    """Compile to machine code with multiply-adds fused: the same for every thread and run."""
    compiled = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
    return cast("Function", compiled(function))


class Threads:
    """A pool that runs one function over pieces of work and waits for all of them."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="projector")

    def each(self, function: Callable[[Item], None], items: Iterable[Item]) -> None:
        """Call the function on every item, in any order; the first error is raised."""
        work = list(items)
        if len(work) < 2:
            for item in work:
                function(item)
            return
        for _ in self._pool.map(function, work):
            pass

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()


def bands(length: int, size: int) -> list[tuple[int, int]]:
    """[start, stop) pieces of at most `size` that cover `length`."""
    return [(start, min(start + size, length)) for start in range(0, length, size)]
