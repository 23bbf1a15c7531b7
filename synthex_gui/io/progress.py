"""How a reader tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with (done, total, text); total is never 0."""


def no_progress(done: int, total: int, text: str) -> None:
    """Nobody is listening."""
