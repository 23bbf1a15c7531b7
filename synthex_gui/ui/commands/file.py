"""Opening and saving: file dialogs, recent files, drops, the question before changes are lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QMenu,
    QMessageBox,
    QProgressDialog,
    QWidget,
)

from synthex_gui.app.document import Arrival
from synthex_gui.app.recovery import Lost, Recovery, discard, put_off
from synthex_gui.app.redaction import hide_path
from synthex_gui.app.session import Session
from synthex_gui.app.settings import Settings, save_settings
from synthex_gui.core.files import absolute
from synthex_gui.io.child.pool import load_steps
from synthex_gui.io.errors import IncompleteSeriesError, named
from synthex_gui.io.loaded import LoadedLandmarks, SeriesInfo
from synthex_gui.loading.kinds import (
    LANDMARK_ENDINGS,
    MESH_ENDINGS,
    PROJECT_ENDING,
    kind_of,
)
from synthex_gui.scene.model import Scene
from synthex_gui.scene.sources import FileSource, LandmarkItem
from synthex_gui.ui.commands.compare import CompareCommands
from synthex_gui.ui.commands.tool import ToolCommands
from synthex_gui.ui.dialogs.project_questions import ACCEPT, DESTROY, REJECT, ask, ask_overwrite


def _pattern(endings: tuple[str, ...]) -> str:
    return " ".join(f"*{ending}" for ending in endings)


CT_FILTER = "CT volumes (*.nii *.nii.gz *.nrrd *.nhdr *.mha *.mhd *.dcm);;All files (*)"
LABEL_FILTER = "Label maps (*.nii *.nii.gz *.nrrd *.seg.nrrd *.mha *.mhd);;All files (*)"
LANDMARK_FILTER = f"Landmarks ({_pattern(LANDMARK_ENDINGS)});;All files (*)"
MESH_FILTER = f"Meshes ({_pattern(MESH_ENDINGS)});;All files (*)"
PROJECT_FILTER = f"SyntheX projects ({_pattern((PROJECT_ENDING,))})"

Say = Callable[[str, str], None]


def series_title(series: SeriesInfo) -> str:
    """A series as a person chooses it."""
    size = f"{series.slices} slices, {series.columns} x {series.rows}"
    problem = f" ({series.problem})" if series.problem else ""
    return f"{series.modality} {series.description or series.uid}: {size}{problem}"


class FileCommands:
    """What the File menu and a drop do."""

    def __init__(
        self,
        parent: QWidget,
        session: Session,
        tools: ToolCommands,
        compare: CompareCommands,
        settings: Settings,
        say: Say,
    ) -> None:
        self._parent, self._session, self._tools = parent, session, tools
        self._compare, self._settings, self._say = compare, settings, say

    def new_phantom(self) -> None:
        """The opening scene again."""
        if self.may_discard():
            self._session.open_phantom()

    def recent_menu(self) -> QMenu:
        """What was opened last, newest first."""
        menu = QMenu("Open recent", self._parent)

        def fill() -> None:
            menu.clear()
            for text in self._settings.recent:
                action = menu.addAction(Path(text).name)
                action.setToolTip(text)
                action.triggered.connect(lambda _=False, path=Path(text): self.open_path(path))
            if menu.isEmpty():
                menu.addAction("Nothing opened yet").setEnabled(False)

        menu.aboutToShow.connect(fill)
        fill()
        return menu

    def open_path(self, path: Path) -> None:
        """Whatever it is, by its name; a document is not replaced before changes are settled."""
        hide_path(path)
        kind = kind_of(path)
        if kind == "mesh":
            self._tools.add_mesh(path)
        elif kind == "landmarks":
            self.read_landmarks(path)
        elif kind == "picture":
            self._compare.open_file(path)
        elif kind == "dicom":
            self._compare.open_file_or(path, lambda: self._open_document(path))
        elif kind == "labels":
            self.load_labels(path)
        # A single volume may be either, and only its voxels tell.
        elif kind == "volume" and path.is_file() and self._has_own_ct():
            self._open_image(path)
        else:
            self._open_document(path)

    def _has_own_ct(self) -> bool:
        """True where the CT is the user's: no label map belongs to the phantom but its own."""
        return isinstance(self._session.store.scene.ct, FileSource)

    def _open_image(self, path: Path) -> None:
        """A label map joins the present CT, whatever its file is called; a CT is a new document."""
        job = self._session.run_job(
            f"Looking at {path.name}", lambda: load_steps("is-labels", path)
        )

        def seen(is_labels: bool) -> None:
            if is_labels:
                self.load_labels(path)
            else:
                self._open_document(path)

        job.done.connect(seen)

    def _open_document(self, path: Path) -> None:
        if not self.may_discard():
            return
        self._remember(path)
        if kind_of(path) == "project":
            self._session.open_project(path)
        else:
            self._session.open_ct(path)

    def open_ct(self) -> None:
        """Choose a CT file."""
        self._choose("Open CT", CT_FILTER, self.open_path)

    def open_dicom(self) -> None:
        """Choose a DICOM folder."""
        folder = QFileDialog.getExistingDirectory(self._parent, "Open DICOM folder")
        if folder:
            self.open_path(Path(folder))

    def open_labels(self) -> None:
        """Choose a label map."""
        self._choose("Open label map", LABEL_FILTER, self.load_labels)

    def open_landmarks(self) -> None:
        """Choose a landmark file."""
        self._choose("Open landmarks", LANDMARK_FILTER, self.read_landmarks)

    def open_project(self) -> None:
        """Choose a project."""
        self._choose("Open project", PROJECT_FILTER, self.open_path)

    def add_mesh(self) -> None:
        """Choose a mesh."""
        self._choose("Tool from a mesh file", MESH_FILTER, self.add_mesh_path)

    def add_mesh_path(self, path: Path) -> None:
        """Add a mesh; the unit is asked when its size is not plausible (see `ask_unit`)."""
        self._tools.add_mesh(path)

    def ask_unit(self, path: Path, text: str) -> None:
        """A mesh whose size no tool has in mm: which unit is it in?"""
        units = ("mm", "cm", "m")
        unit, accepted = QInputDialog.getItem(
            # Metres first: a size that no tool has in mm is most often a file in metres.
            self._parent,
            "Unit of the mesh",
            f"{text}\n\nUnit of the file",
            units,
            2,
            False,
        )
        if accepted:
            self._tools.add_mesh(path, unit)

    def load_labels(self, path: Path) -> None:
        """Use a label map with the present CT."""
        hide_path(path)
        source = FileSource(path=str(absolute(path)))
        self._session.edit_references(
            f"Open {path.name}",
            lambda scene: scene.evolve(labels=source),
            is_fresh=True,
        )

    def read_landmarks(self, path: Path) -> None:
        """Add a file's landmarks; one of the same name is replaced."""
        hide_path(path)
        job = self._session.run_job(f"Opening {path.name}", lambda: load_steps("landmarks", path))
        job.done.connect(lambda read: self._add_landmarks(path.name, read))

    def _add_landmarks(self, name: str, read: LoadedLandmarks) -> None:
        def edit(scene: Scene) -> Scene:
            kept = {item.name: item for item in scene.landmarks}
            kept |= {item.name: LandmarkItem.of(item) for item in read.landmarks}
            return scene.evolve(landmarks=tuple(kept.values()))

        self._session.store.apply(f"Open {name}", edit)
        for text in read.warnings:
            self._session.warned.emit(f"{name}: {text}")

    def offer_lost(self, recovery: Recovery, say: Callable[[str], None]) -> None:
        """Runs that ended without closing left unsaved work: take the newest, or throw it away.

        `say` hears of what was left and cannot be opened.
        """
        found = recovery.lost(say)
        for later in found[1:]:
            put_off(later)
        if found:
            self._offer(found[0], recovery, len(found) - 1)

    def _offer(self, lost: Lost, recovery: Recovery, others: int) -> None:
        what = lost.origin.name if lost.origin is not None else "a project never saved"
        text = f"SyntheX GUI ended unexpectedly with unsaved changes of {what}."
        if others:
            text += f" There is more unsaved work ({others}); it is offered at the next start."

        def restore() -> None:
            self._session.open_recovered(
                lost.file, lost.origin, lost.digest, lambda: recovery.adopt(lost)
            )

        ask(
            self._parent,
            "Unsaved work",
            text,
            (
                ("Restore", ACCEPT, restore),
                ("Discard", DESTROY, lambda: discard(lost)),
                ("Ask again later", REJECT, lambda: put_off(lost)),
            ),
        )

    def ask_locked(self, path: Path) -> None:
        """A project that another window has open: as a copy, or not at all?"""
        ask(
            self._parent,
            "Open elsewhere",
            f"{path.name} is open in another window of SyntheX GUI. A copy is saved under "
            "another name.",
            (
                ("Open a copy", ACCEPT, lambda: self._session.open_project(path, is_copy=True)),
                ("Cancel", REJECT, lambda: None),
            ),
        )

    def ask_which(self, arrival: Arrival) -> None:
        """Something was opened, and the document edited before it had been read: keep which?"""
        ask(
            self._parent,
            "Edited meanwhile",
            f"The project was changed while {arrival.title} was being read. Opening it now "
            "loses these changes.",
            (
                ("Keep the edited project", REJECT, lambda: None),
                (f"Open {arrival.title}", DESTROY, arrival.accept),
            ),
        )

    def save(self) -> bool:
        """Save where the project came from, else ask."""
        if self._session.path is None:
            return self.save_as()
        return self._save_to(self._session.path)

    def save_as(self) -> bool:
        """Ask where, and save."""
        start = str(self._session.path or Path.home() / "project.synthex")
        name, _ = QFileDialog.getSaveFileName(self._parent, "Save project", start, PROJECT_FILTER)
        if not name:
            return False
        path = Path(name)
        return self._save_to(
            path if kind_of(path) == "project" else path.with_suffix(PROJECT_ENDING)
        )

    def may_discard(self) -> bool:
        """True when nothing would be lost, or the user decided so."""
        if self._session.store.history.isClean():
            return True
        box = QMessageBox(self._parent)
        box.setWindowTitle("Unsaved changes")
        box.setText("The project has changes that are not saved.")
        save = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
        box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(save)
        # Modal, unlike the other questions: closing the window has to wait for the answer.
        box.exec()
        if box.clickedButton() is save:
            return self.save()
        return box.clickedButton() is not cancel

    def ask_outside(self, text: str, accept: Callable[[], None]) -> None:
        """A project names files that do not lie with it, and not by their checksum: read them?"""
        box = QMessageBox(self._parent)
        box.setWindowTitle("Files outside the project")
        box.setText(f"{text}.")
        box.setInformativeText("Read them only if you trust whoever made the project.")
        read = box.addButton("Read them", QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(lambda: accept() if box.clickedButton() is read else None)
        box.open()

    def ask_incomplete(self, error: IncompleteSeriesError) -> None:
        """Files of a DICOM series cannot be read: without them, or not at all?"""
        box = QMessageBox(self._parent)
        box.setWindowTitle("Incomplete series")
        box.setText(
            f"{len(error.files)} of {error.total} files of {Path(error.path).name} cannot be read: "
            f"{named(error.files)}."
        )
        box.setInformativeText("Copy them again, or read the series without them.")
        box.setDetailedText("\n".join(f"{Path(file).name} {why}" for file, why in error.files))
        without = box.addButton("Read without them", QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(cancel)
        box.setEscapeButton(cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def decided() -> None:
            if box.clickedButton() is without:
                self._session.open_ct(Path(error.path), error.series_uid, True)

        box.finished.connect(decided)
        box.open()

    def ask_series(self, path: Path, series: tuple[SeriesInfo, ...]) -> None:
        """A DICOM folder with several series: which one?"""
        titles = [series_title(item) for item in series]
        title, accepted = QInputDialog.getItem(
            self._parent, "DICOM series", "Several series; open", titles, 0, False
        )
        if accepted:
            self._session.open_ct(path, series[titles.index(title)].uid)

    def _save_to(self, path: Path) -> bool:
        if not self._wait_for_hashes():
            return False
        file = self._session.document.file
        # As late as can be: the checksums may have taken a while.
        if file.is_own(path) and file.has_changed():
            answer = ask_overwrite(self._parent, path)
            if answer == "save as":
                return self.save_as()
            if answer == "cancel":
                return False
        done = self._session.save(path)
        if done:
            self._remember(path)
            self._say(f"Saved {path.name}", "note")
        return done

    def _wait_for_hashes(self) -> bool:
        """Those of large files that were opened just now; False when the user would not wait."""
        # A project holds the inputs' SHA-256, so that another machine can tell that they are the
        # same.
        inputs, scene = self._session.inputs, self._session.store.scene
        if not inputs.lacks_hashes_of(scene):
            return True
        if not inputs.is_learning:
            inputs.learn(scene)
        box = QProgressDialog("Checksums of the inputs", "Cancel", 0, 0, self._parent)
        box.setWindowTitle("Saving")
        box.setMinimumDuration(0)
        inputs.learned.connect(box.reset)
        # What was being read meanwhile may have taken this document's place.
        replaced: list[bool] = []
        connection = self._session.document_replaced.connect(lambda: replaced.append(True))
        box.exec()
        self._session.document_replaced.disconnect(connection)
        box.deleteLater()
        return not box.wasCanceled() and not replaced

    def _choose(self, title: str, pattern: str, then: Callable[[Path], None]) -> None:
        name, _ = QFileDialog.getOpenFileName(self._parent, title, "", pattern)
        if name:
            then(Path(name))

    def _remember(self, path: Path) -> None:
        self._settings.remember(absolute(path))
        save_settings(self._settings)
