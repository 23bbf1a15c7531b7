"""Answers about large arrays, kept as long as the arrays live."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any
from weakref import WeakKeyDictionary


class Remembered:
    """The newest answer of each array: an edit asks again on the window's thread, and looking at
    every voxel holds that for half a second.
    """

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Any, tuple[Hashable, Any]] = WeakKeyDictionary()

    def answer(self, array: object, what: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gave for this array and this question, made where it is not known."""
        kept = self._known.get(array)
        if kept is None or kept[0] != what:
            kept = self._known[array] = what, make()
        return kept[1]
