"""Undo and redo."""

from __future__ import annotations

from synthex_gui.app.store import SceneStore


class EditCommands:
    """A drag or a run of arrow keys that is under way is a step of its own first."""

    def __init__(self, store: SceneStore) -> None:
        self._store = store

    def undo(self) -> None:
        """Back by one step."""
        # Committed afterwards, the gesture would record the undone scene as its own result.
        self._store.finish_gesture()
        self._store.history.undo()

    def redo(self) -> None:
        """Forward by one step."""
        self._store.finish_gesture()
        self._store.history.redo()
