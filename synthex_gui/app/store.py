"""The one live scene, its undo history, and gestures.

The document is a value: the store swaps it and says what it was and what it is; views compare the
two by identity. Only `apply`, `Gesture` and undo write.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from synthex_gui.scene.model import Scene

Edit = Callable[[Scene], Scene]
# A step of a drag keeps 2.4 kB: what did not change is shared with the step before.
UNDO_LIMIT = 200
# A drag waits so long for the picture of its last step before it goes on without it.
PACE_MS = 60


class SceneStore(QObject):
    """Holds the scene; emits `changed(before, after)` for previews, edits, undo and redo alike."""

    changed = Signal(object, object)
    moving_changed = Signal(bool)

    def __init__(self, scene: Scene | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._scene = scene or Scene()
        self._gesture: Gesture | None = None
        self.pace = QTimer(self, singleShot=True, interval=PACE_MS)
        self.pace.timeout.connect(self.image_shown)
        self.history = QUndoStack(self)
        self.history.setUndoLimit(UNDO_LIMIT)

    @property
    def scene(self) -> Scene:
        """The present document."""
        return self._scene

    @property
    def is_moving(self) -> bool:
        """True while a gesture is under way: views then prefer speed."""
        return self._gesture is not None

    def replace(self, scene: Scene) -> None:
        """Another document: the history is forgotten."""
        self.finish_gesture()
        self.history.clear()
        self.show(scene)
        self.history.setClean()

    def show(self, scene: Scene) -> None:
        """Make a scene the present one without recording it (preview, undo, redo)."""
        before, self._scene = self._scene, scene
        # Comparing two scenes takes 3 to 9 us: unchanged parts are the same objects.
        if scene is not before and scene != before:
            self.changed.emit(before, scene)

    def apply(self, label: str, edit: Edit) -> None:
        """One recorded step."""
        self.finish_gesture()
        before = self._scene
        self.record(label, before, edit(before))

    def record(self, label: str, before: Scene, after: Scene) -> None:
        """Push one undo step from `before` to `after`; nothing when they are equal."""
        # One command at the end of a gesture: QUndoStack never frees merged Python commands.
        if after != before:
            self.history.push(_Swap(self, label, before, after))
        else:
            self.show(after)

    def begin_gesture(self, label: str) -> Gesture:
        """Start a drag; an unfinished one is committed first."""
        self.finish_gesture()
        self._gesture = Gesture(self, label)
        self.moving_changed.emit(True)
        return self._gesture

    def finish_gesture(self) -> None:
        """Commit the gesture under way, if any."""
        if self._gesture is not None:
            self._gesture.commit()

    def cancel_gesture(self) -> bool:
        """Undo the gesture under way; False when there is none."""
        if self._gesture is None:
            return False
        self._gesture.cancel()
        return True

    def image_shown(self) -> None:
        """The picture of what is shown now is on the screen: a gesture may go on."""
        self.pace.stop()
        if self._gesture is not None:
            self._gesture.show_pending()

    def ended(self, gesture: Gesture) -> None:
        """A gesture is over; it says so itself."""
        if self._gesture is gesture:
            self._gesture = None
            self.moving_changed.emit(False)


class Gesture:
    """One drag: many previews, one undo step; Escape restores the scene it started from.

    Previews keep the pace of the pictures: a step that comes before the last one's picture waits
    for it, and only the newest waits. Thus one repaint of the window shows both, where each mouse
    event would cost one of its own.
    """

    def __init__(self, store: SceneStore, label: str) -> None:
        self._store = store
        self._label = label
        self._before = store.scene
        self._is_open = True
        self._pending: Edit | None = None

    @property
    def before(self) -> Scene:
        """The scene at the start of the drag."""
        return self._before

    @property
    def is_open(self) -> bool:
        """False after commit or cancel."""
        return self._is_open

    def move(self, edit: Edit) -> None:
        """Preview an edit of the scene at the start, so that moves never add up to drift."""
        if not self._is_open:
            return
        self._pending = edit
        if not self._store.pace.isActive():
            self.show_pending()

    def show_pending(self) -> None:
        """Show the newest step that waits."""
        if self._is_open and self._pending is not None:
            edit, self._pending = self._pending, None
            self._store.pace.start()
            self._store.show(edit(self._before))

    def commit(self) -> None:
        """One undo step for the whole drag."""
        if self._is_open:
            self.show_pending()
            self._is_open = False
            self._store.ended(self)
            self._store.record(self._label, self._before, self._store.scene)

    def cancel(self) -> None:
        """Back to the start."""
        if self._is_open:
            self._is_open = False
            self._store.ended(self)
            self._store.show(self._before)


class _Swap(QUndoCommand):
    """The one command there is: swap two scenes."""

    def __init__(self, store: SceneStore, label: str, before: Scene, after: Scene) -> None:
        super().__init__(label)
        self._store, self._before, self._after = store, before, after

    def undo(self) -> None:
        self._store.show(self._before)

    def redo(self) -> None:
        self._store.show(self._after)
