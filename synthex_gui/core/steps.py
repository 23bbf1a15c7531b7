"""Long work as a generator of (done, total, text), for whoever only wants its result."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

Result = TypeVar("Result")


def run_to_end(
    steps: Generator[tuple[int, int, str], None, Result],
    progress: Callable[[int, int, str], None] | None = None,
) -> Result:
    """What the generator returns; `progress` is called at each step."""
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        if progress is not None:
            progress(*step)
