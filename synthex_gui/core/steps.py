"""Long work as a generator of (done, total, text), for whoever only wants its result."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

Result = TypeVar("Result")
Progress = Callable[[int, int, str], None]
"""Called with (done, total, text); total is never 0."""
Steps = Generator[tuple[int, int, str], None, Result]
"""Yields (done, total, text) and returns its result."""


def no_progress(done: int, total: int, text: str) -> None:
    """Nobody is listening."""


def run_to_end(steps: Steps[Result], progress: Progress | None = None) -> Result:
    """What the generator returns; `progress` is called at each step."""
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        if progress is not None:
            progress(*step)
