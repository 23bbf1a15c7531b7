"""The open document: its scene and history, its file, and what may take its place.

Reading a CT takes seconds, in which a person goes on working. So every opening has a number, and
when it has been read it is looked at again: an older one than the newest asked for is dropped, and
a document with edits made since, and not saved, is not replaced without asking.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from synthex_gui.app.jobs import Job
from synthex_gui.app.project_lock import ProjectFile
from synthex_gui.app.store import SceneStore
from synthex_gui.scene.model import Scene
from synthex_gui.scene.project import ProjectError, write_project
from synthex_gui.scene.view_state import ViewState


@dataclass(eq=False)
class Opening:
    """A request to put another document in place: what is opened, and the scene at that moment."""

    title: str
    scene: Scene
    job: Job | None = None


@dataclass(frozen=True, eq=False)
class Arrival:
    """An opening that was read whole while the present document was edited.

    `accept` puts it in place, unless something newer has been asked for meanwhile; without it the
    edited document stays.
    """

    title: str
    accept: Callable[[], None]


class Viewer(Protocol):
    """Who shows the document and knows how it is looked at."""

    def taken(self) -> ViewState: ...


class Document(QObject):
    """The store, the file it came from, and how it is looked at.

    A window lends its view with `show_in`, and shows what comes with `view_opened`, after
    `replaced`. `begun` counts the openings.
    """

    replaced = Signal()
    view_opened = Signal(object)  # ViewState
    path_changed = Signal()
    arrived = Signal(object)  # Arrival

    def __init__(self, scene: Scene, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.store = SceneStore(scene, parent=self)
        self.file = ProjectFile()
        self._view = ViewState()
        self._viewer: Viewer | None = None
        self._newest: Opening | None = None
        self._number = 0
        self.begun = 0

    @property
    def path(self) -> Path | None:
        """Where it is saved; None when it never was."""
        return self.file.path

    def show_in(self, viewer: Viewer) -> None:
        """From now on the view that is saved is the viewer's."""
        self._viewer = viewer

    def view(self) -> ViewState:
        """As the document is looked at now; without a viewer as it was opened."""
        return self._view if self._viewer is None else self._viewer.taken()

    @property
    def number(self) -> int:
        """Counts the documents: work begun for one is not meant for the next."""
        return self._number

    def begin(self, title: str) -> Opening:
        """A new opening: from now on no older one takes this document's place."""
        # Its reader's processor is wanted now; a reader deep in a library may end all the same.
        if self._newest is not None and self._newest.job is not None:
            self._newest.job.cancel()
        self.begun += 1
        self._newest = Opening(title, self.store.scene)
        return self._newest

    def arrive(self, opening: Opening, put: Callable[[], None]) -> None:
        """An opening has been read: `put` it in place, ask (`arrived`), or drop it."""

        def accept() -> None:
            # Late work of a cancelled job, or an answer given after something newer was opened.
            if opening is self._newest:
                self._newest = None
                put()

        if opening is not self._newest:
            return
        is_edited = self.store.scene != opening.scene
        if not is_edited or self.store.history.isClean():
            accept()
        else:
            self.arrived.emit(Arrival(opening.title, accept))

    def replace(
        self, scene: Scene, path: Path | None, view: ViewState, digest: str | None = None
    ) -> bool:
        """Another document: the history is forgotten. `digest`: of its file when it was read.

        False where another window has taken the file meanwhile: the document is then a copy.
        """
        self._number += 1
        is_its_own = self.file.take(path, digest)
        if not is_its_own:
            self.file.take(None)
        self._view = view
        self.store.replace(scene)
        # The view comes last: presenters put crosshair and camera where a new document has them.
        self.replaced.emit()
        self.view_opened.emit(view)
        self.path_changed.emit()
        return is_its_own

    def save(self, path: Path, scene: Scene) -> None:
        """Write `scene`, the present one with the hashes of its inputs.

        ProjectError, also when another window has that file open.
        """
        if self.file.is_elsewhere(path):
            raise ProjectError(
                f"{path.name}: open in another window of SyntheX GUI; save under another name"
            )
        write_project(path, scene, self.view().model_dump(mode="json"))
        self.file.take(path)
        self.file.written()
        self.store.history.setClean()
        self.path_changed.emit()
