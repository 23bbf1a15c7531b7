"""Export series: what varies, a contact sheet of what will be written, progress."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from synthex_gui.app.frame import Frame
from synthex_gui.app.jobs import Job
from synthex_gui.app.live import FULL_SIZE_MAX
from synthex_gui.app.redaction import hide_path
from synthex_gui.app.session import Session
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.steps import Steps
from synthex_gui.experiment.errors import PlanError
from synthex_gui.experiment.opening import of_open_case
from synthex_gui.experiment.sampling import Sample, sample_count
from synthex_gui.export.cases import arrays_of
from synthex_gui.export.marks import INSIDE, landmark_marks
from synthex_gui.export.run import chosen_structures, export_series
from synthex_gui.export.space import estimated_bytes
from synthex_gui.export.verify import digest_of_finished
from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import Vector
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan, around_current_view
from synthex_gui.ui.dialogs.contact_sheet import SIZE as SHEET_SIZE
from synthex_gui.ui.dialogs.contact_sheet import ContactSheet
from synthex_gui.ui.dialogs.digest_row import DigestRow
from synthex_gui.ui.dialogs.estimates import count_text, series_seconds, size_text, time_text
from synthex_gui.ui.dialogs.plan_form import PlanForm
from synthex_gui.ui.widgets.forms import Segmented

SHOWN_POSITIONS = 600
TILE_PIXELS = 256
PREVIEW_DELAY_MS = 350
SOURCES = (("current", "Current view"), ("views", "Saved views"), ("sampled", "Sampled series"))


IDENTITY = (
    "New folder; inputs are written as hashes, without file names, series UIDs or other patient "
    "data. Names you gave to tools, views and landmarks, and those of structures, are written"
)


class SamplesDisplay(Protocol):
    """Where the series' sources and detectors are drawn, (n, 3) each."""

    def show_samples(self, sources_mm: Vector, detectors_mm: Vector) -> None: ...


class ExportDialog(QDialog):
    """Plans in the project (undoable) and writes off the UI thread; stays open meanwhile."""

    def __init__(
        self, parent: QWidget, session: Session, room: SamplesDisplay, backend: str = "auto"
    ) -> None:
        """`backend` is the window's own, which a project without a plan begins with."""
        super().__init__(parent)
        self.setWindowTitle("Export series")
        self.resize(1240, 740)
        self._session, self._room = session, room
        self._job: Job | None = None
        scene, labels = session.store.scene, session.assets.labels
        self._plan = scene.plan or around_current_view().evolve(backend=backend)
        self._workers = 1
        source = Segmented(SOURCES)
        source.set_choice(self._plan.source)
        source.chosen.connect(lambda key: self._change(self._plan.evolve(source=key)))
        names = () if labels is None else labels.names()
        self._form = PlanForm(self._plan, scene.tools, names, backend)
        self._form.changed.connect(self._change)
        self._form.workers_changed.connect(self._set_workers)
        self._sheet = ContactSheet()
        columns = QHBoxLayout()
        columns.addWidget(self._form)
        columns.addWidget(self._sheet, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.addWidget(source)
        layout.addLayout(columns, 1)
        self._state = QLabel(IDENTITY)
        self._state.setProperty("role", "secondary")
        self._state.setWordWrap(True)
        layout.addWidget(self._state)
        self._digest = DigestRow()
        layout.addWidget(self._digest)
        layout.addLayout(self._make_bottom())
        self._timer = QTimer(self, singleShot=True, interval=PREVIEW_DELAY_MS)
        self._timer.timeout.connect(self._preview)
        session.live.thumbnail_ready.connect(self._thumbnail)
        self.finished.connect(self._closed)
        self._show_plan()
        self._timer.start()

    @property
    def plan(self) -> SeriesPlan:
        """As the controls say."""
        return self._plan

    def _make_bottom(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._folder = QLineEdit(str(Path.home() / "synthex-series"))
        self._folder.setAccessibleName("Folder")
        browse = QPushButton("Choose…")
        browse.clicked.connect(self._choose_folder)
        self._resume = QCheckBox("Resume")
        self._resume.setToolTip("Go on with an unfinished export in this folder")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._pause = QPushButton("Pause")
        self._pause.clicked.connect(self._toggle_pause)
        self._cancel = QPushButton("Close")
        self._cancel.clicked.connect(self._stop_or_close)
        self._go = QPushButton()
        self._go.setProperty("primary", True)
        self._go.clicked.connect(self._start)
        self._pause.hide()
        self._bar.hide()
        for button in (browse, self._pause, self._cancel, self._go):
            # Enter settles the number that was typed; it must not start the series.
            button.setAutoDefault(False)
        row.addWidget(QLabel("To"))
        row.addWidget(self._folder, 2)
        row.addWidget(browse)
        row.addWidget(self._resume)
        row.addWidget(self._bar, 1)
        for button in (self._pause, self._cancel, self._go):
            row.addWidget(button)
        return row

    # The plan

    def _change(self, plan: SeriesPlan) -> None:
        self._plan = plan
        self._form.show_plan(plan)
        self._show_plan()
        self._timer.start()

    def _set_workers(self, workers: int) -> None:
        self._workers = workers
        self._show_plan()

    def _scene(self) -> Scene:
        return self._session.store.scene.evolve(plan=self._plan)

    def _show_plan(self) -> None:
        try:
            scene = self._scene()
            total = sample_count(scene, self._plan)
            structures = chosen_structures(scene, self._session.assets)
        except SynthexError as error:
            self._sheet.warn(str(error))
            self._go.setText("Export")
            self._go.setEnabled(False)
            return
        self._sheet.warn("")
        self._go.setEnabled(self._job is None)
        self._go.setText(f"Export {count_text(total)} image{'s' if total > 1 else ''}")
        masks = len(structures) + (len(scene.tools) if self._plan.tool_masks else 0)
        rows = self._form.rows
        rows["structures"].set_text(str(len(structures)))
        rows["total"].set_text(count_text(total))
        rows["bytes"].set_text(size_text(estimated_bytes(self._plan, total, masks)))
        rows["time"].set_text(self._time_text(total, masks))

    def _time_text(self, total: int, masks: int) -> str:
        full_seconds = self._session.live.last_full_seconds
        if not full_seconds:
            return "–"
        full_size = min(camera_of(self._session.store.scene.carm).width, FULL_SIZE_MAX)
        return time_text(
            series_seconds(total, self._plan.size, masks, self._workers, full_seconds, full_size)
        )

    def _samples(self) -> list[Sample]:
        found = of_open_case(self._scene(), self._plan, self._session.assets, SHOWN_POSITIONS)
        if not found:
            raise PlanError("none of the series' people is open; open the CT of one to see images")
        return list(found)

    def _preview(self) -> None:
        try:
            samples = self._samples()
            structures = chosen_structures(self._scene(), self._session.assets)
        except SynthexError as error:
            self._sheet.warn(str(error))
            return
        cameras = [camera_of(item.scene.carm, self._plan.size) for item in samples]
        sources = np.array([camera.source_mm for camera in cameras])
        ends = np.array([c.source_mm + c.sdd_mm * c.direction for c in cameras])
        self._room.show_samples(sources, ends)
        self._sheet.begin([item.number for item in samples[:SHEET_SIZE]], samples[0].case_name)
        live = self._session.live
        live.drop_thumbnails("sample:")
        for place, item in enumerate(samples[:SHEET_SIZE]):
            small = item.scene.evolve(
                beam=item.scene.beam.evolve(noise=False),
                processing=item.scene.processing.evolve(look="clinical"),
            )
            live.request_thumbnail(
                f"sample:{place}",
                small,
                arrays_of(item, self._scene(), self._session.assets),
                structures,
                TILE_PIXELS,
            )
        self._warn_of_lost(samples, cameras)

    def _warn_of_lost(self, samples: list[Sample], cameras: list[Camera]) -> None:
        lost = 0
        for item, camera in zip(samples, cameras, strict=True):
            marks = landmark_marks(
                camera,
                [mark.name for mark in item.scene.landmarks],
                [mark.position for mark in item.scene.landmarks],
            )
            lost += any(mark.state != INSIDE for mark in marks)
        if lost and self._plan.landmarks:
            share = 100 * lost / len(samples)
            self._sheet.warn(f"Landmarks lie outside the field in {share:.0f} % of the images")

    def _thumbnail(self, key: str, frame: Frame) -> None:
        kind, _, index = key.partition(":")
        if kind == "sample":
            self._sheet.tiles[int(index)].show_frame(frame, self._plan.landmarks)

    # Writing

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of the series")
        if folder:
            self._folder.setText(folder)

    def _start(self) -> None:
        plan, out = self._plan, Path(self._folder.text()).expanduser()
        hide_path(out)
        self._session.store.apply("Plan series", lambda scene: scene.evolve(plan=plan))
        scene, workers = self._session.store.scene, self._workers
        resume = self._resume.isChecked()
        job = self._session.run_job(
            "Export series", lambda: _with_digest(scene, out, workers, resume)
        )
        self._digest.show_digest("")
        self._job = job
        job.progress.connect(self._progress)
        job.done.connect(lambda digest: self._finished(out, digest))
        job.failed.connect(self._state.setText)
        job.cancelled.connect(lambda: self._state.setText("Stopped; Resume goes on from here"))
        job.ended.connect(self._ended)
        self._go.setEnabled(False)
        self._pause.show()
        self._bar.show()
        self._cancel.setText("Stop")

    def _progress(self, done: int, total: int, text: str) -> None:
        left = self._job.seconds_left(done, total) if self._job is not None else None
        self._state.setText(text + (f", {left:.0f} s left" if left else ""))
        self._bar.setRange(0, total)
        self._bar.setValue(done)

    def _finished(self, out: Path, digest: str) -> None:
        self._state.setText(f"Finished: {out}")
        self._digest.show_digest(digest)

    def _toggle_pause(self) -> None:
        if self._job is not None:
            self._job.set_paused(not self._job.is_paused)
            self._pause.setText("Go on" if self._job.is_paused else "Pause")

    def _stop_or_close(self) -> None:
        if self._job is not None:
            self._job.cancel()
        else:
            self.close()

    def _ended(self) -> None:
        self._job = None
        self._pause.hide()
        self._bar.hide()
        self._cancel.setText("Close")
        self._go.setEnabled(True)
        if not self.isVisible():
            self.deleteLater()

    def _closed(self) -> None:
        """By any way, Escape too; a series under way goes on, to be seen in the status bar."""
        self._timer.stop()
        self._room.show_samples(np.zeros((0, 3)), np.zeros((0, 3)))
        if self._job is None:
            self.deleteLater()


def _with_digest(scene: Scene, out: Path, workers: int, resume: bool) -> Steps[str]:
    """The export, and the digest of what it wrote, which `synthex verify` prints too."""
    yield from export_series(scene, out, workers=workers, resume=resume)
    return digest_of_finished(out)
