"""Many previews, one undo step: what every slider, handle and drag on an image does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from synthex_gui.app.store import Edit, Gesture, SceneStore
from synthex_gui.scene.model import Scene


class Control(Protocol):
    """A control whose signals tell when a drag begins, each value of it, and when it has ended."""

    @property
    def started(self) -> Any: ...
    @property
    def changed(self) -> Any: ...
    @property
    def ended(self) -> Any: ...


class Stroke:
    """The drags of one or several controls, of which one at most is under way.

    A drag that Escape has taken back, or another one has ended, goes on without effect: the hand
    still holds the button, but `before` is None and moves are dropped.
    """

    def __init__(self, store: SceneStore) -> None:
        self._store = store
        self._gesture: Gesture | None = None

    @property
    def before(self) -> Scene | None:
        """The scene when the drag began; None when none is under way."""
        gesture = self._gesture
        return gesture.before if gesture is not None and gesture.is_open else None

    def begin(self, label: str) -> None:
        """Start a drag, named so in the history."""
        self._gesture = self._store.begin_gesture(label)

    def move(self, edit: Edit) -> None:
        """Preview an edit of the scene at the start."""
        if self._gesture is not None:
            self._gesture.move(edit)

    def end(self) -> None:
        """One undo step for all of it."""
        if self._gesture is not None:
            self._gesture.commit()
            self._gesture = None

    def follow(self, control: Control, label: str, edit: Callable[[Scene, float], Scene]) -> None:
        """Let a control make `edit(scene, value)`."""
        control.started.connect(lambda: self.begin(label))
        control.changed.connect(lambda value: self.move(lambda scene: edit(scene, value)))
        control.ended.connect(self.end)
