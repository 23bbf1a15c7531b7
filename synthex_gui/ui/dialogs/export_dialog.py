"""Export series: what varies, a contact sheet of what will be written, progress."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from synthex_gui.app.frame import Frame
from synthex_gui.app.jobs import Job
from synthex_gui.app.session import Session
from synthex_gui.core.errors import SynthexError
from synthex_gui.experiment.sampling import Sample, sample, sample_count
from synthex_gui.export.annotations import INSIDE, landmark_marks
from synthex_gui.export.run import HIP_STRUCTURES, chosen_structures, estimated_bytes, export_series
from synthex_gui.geometry.camera import Camera
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan, around_current_view
from synthex_gui.ui.dialogs.contact_sheet import SIZE as SHEET_SIZE
from synthex_gui.ui.dialogs.contact_sheet import ContactSheet
from synthex_gui.ui.dialogs.spread_rows import SpreadTable
from synthex_gui.ui.panels.carm_panel import JOINTS
from synthex_gui.ui.widgets.forms import LabelledWidget, Panel, Segmented, ValueRow, section
from synthex_gui.ui.workspace import Workspace

SHOWN_POSITIONS = 600
TILE_PIXELS = 256
PREVIEW_DELAY_MS = 350
GEOMETRY = {
    "sdd_mm": "Source to detector",
    "source_isocentre_mm": "Source to isocentre",
}
TOOL_AXES = {
    "x_mm": "Along x",
    "y_mm": "Along y",
    "z_mm": "Along its axis (z)",
    "rx_deg": "Turn about x",
    "ry_deg": "Turn about y",
    "rz_deg": "Turn about its axis",
}
STRUCTURES = (
    ("shown", "Shown by their eye"),
    ("hip", "The hip's six"),
    ("all", "All of the label map"),
    ("none", "None"),
)
SOURCES = (("current", "Current view"), ("views", "Saved views"), ("sampled", "Sampled series"))


class ExportDialog(QDialog):
    """Plans in the project (undoable) and writes off the UI thread; stays open meanwhile."""

    def __init__(self, parent: QWidget, session: Session, workspace: Workspace) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export series")
        self.resize(1240, 740)
        self._session, self._workspace = session, workspace
        self._job: Job | None = None
        self._plan = session.store.scene.plan or around_current_view()
        self._source = Segmented(SOURCES)
        self._source.set_choice(self._plan.source)
        self._source.chosen.connect(lambda key: self._change(source=key))
        columns = QHBoxLayout()
        columns.addWidget(self._make_left())
        self._sheet = ContactSheet()
        columns.addWidget(self._sheet, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.addWidget(self._source)
        layout.addLayout(columns, 1)
        layout.addLayout(self._make_bottom())
        self._timer = QTimer(self, singleShot=True, interval=PREVIEW_DELAY_MS)
        self._timer.timeout.connect(self._preview)
        session.live.thumbnail_ready.connect(self._thumbnail)
        self._show_plan()
        self._timer.start()

    # Building

    def _make_left(self) -> Panel:
        panel = Panel()
        panel.setFixedWidth(412)
        self._count = _integer(1, 1_000_000, self._plan.count)
        self._seed = _integer(0, 2**31 - 1, self._plan.seed)
        self._size = _integer(16, 4096, self._plan.size)
        for number, name in ((self._count, "count"), (self._seed, "seed"), (self._size, "size")):
            number.valueChanged.connect(lambda value, name=name: self._change(**{name: value}))
        self._joints = SpreadTable({key: label for key, label, _, _ in JOINTS} | GEOMETRY)
        self._joints.set_distributions(self._plan.joints)
        self._joints.changed.connect(lambda: self._change(joints=self._joints.distributions()))
        self._tool = QComboBox()
        self._tool.addItems([tool.name for tool in self._session.store.scene.tools])
        self._tool.activated.connect(lambda _: self._show_tool())
        self._tool_spread = SpreadTable(TOOL_AXES)
        self._tool_spread.changed.connect(self._tool_changed)
        self._show_tool()
        self._vary_rows: list[QWidget] = [
            LabelledWidget("Images", self._count, 110),
            section("C-arm, offsets from the current view"),
            self._joints,
        ]
        self._tool_rows: list[QWidget] = [
            section("Tool, offsets in its own frame"),
            LabelledWidget("Tool", self._tool, 190),
            self._tool_spread,
        ]
        if self._tool.count():
            self._vary_rows += self._tool_rows
        self._format = QComboBox()
        self._format.addItem("PNG, 16 bit", "png16")
        self._format.addItem("TIFF, float32", "tiff32")
        self._format.setCurrentIndex(self._format.findData(self._plan.image_format))
        self._format.activated.connect(
            lambda _: self._change(image_format=self._format.currentData())
        )
        self._tool_masks = QCheckBox("Tool masks")
        self._landmarks = QCheckBox("Landmarks")
        self._tool_masks.setChecked(self._plan.tool_masks)
        self._landmarks.setChecked(self._plan.landmarks)
        self._tool_masks.toggled.connect(lambda on: self._change(tool_masks=on))
        self._landmarks.toggled.connect(lambda on: self._change(landmarks=on))
        self._structures = QComboBox()
        for key, title in STRUCTURES:
            self._structures.addItem(title, key)
        self._structures.setCurrentIndex(self._structures.findData(self._structures_key()))
        self._structures.activated.connect(self._choose_structures)
        self._rows = {
            "structures": ValueRow("Structure masks"),
            "total": ValueRow("Images in all"),
            "bytes": ValueRow("Disk, about"),
            "time": ValueRow("Time, about"),
        }
        panel.add(*self._vary_rows, section("Image"))
        panel.add(
            LabelledWidget("Seed", self._seed, 110),
            LabelledWidget("Columns over the field", self._size, 110),
            LabelledWidget("Format", self._format, 140),
            section("Labels in every image"),
            LabelledWidget("Structures", self._structures, 190),
            self._tool_masks,
            self._landmarks,
            *self._rows.values(),
        )
        panel.note("Bounding boxes, camera and a COCO file are always written")
        return panel

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
        self._state = QLabel("New folder; patient identity is never written")
        self._state.setProperty("role", "secondary")
        self._pause = QPushButton("Pause")
        self._pause.clicked.connect(self._toggle_pause)
        self._cancel = QPushButton("Close")
        self._cancel.clicked.connect(self._stop_or_close)
        self._go = QPushButton()
        self._go.setProperty("primary", True)
        self._go.setDefault(True)
        self._go.clicked.connect(self._start)
        self._pause.hide()
        self._bar.hide()
        row.addWidget(QLabel("To"))
        row.addWidget(self._folder, 2)
        row.addWidget(browse)
        row.addWidget(self._resume)
        row.addWidget(self._state, 2)
        row.addWidget(self._bar, 1)
        for button in (self._pause, self._cancel, self._go):
            row.addWidget(button)
        return row

    # The plan

    def _show_tool(self) -> None:
        self._tool_spread.set_distributions(self._plan.tools.get(self._tool.currentText(), {}))

    def _tool_changed(self) -> None:
        name, spread = self._tool.currentText(), self._tool_spread.distributions()
        others = {key: axes for key, axes in self._plan.tools.items() if key != name}
        self._change(tools=others | ({name: spread} if spread else {}))

    def _structures_key(self) -> str:
        chosen = self._plan.structures
        if chosen is None:
            return "shown"
        return "none" if not chosen else "hip" if chosen == HIP_STRUCTURES else "all"

    def _choose_structures(self) -> None:
        labels = self._session.assets.labels
        names = () if labels is None else labels.names()
        key = self._structures.currentData()
        choice = {"shown": None, "none": (), "all": names}.get(key, HIP_STRUCTURES)
        self._change(structures=choice)

    def _change(self, **changes: object) -> None:
        self._plan = self._plan.evolve(**changes)
        self._show_plan()
        self._timer.start()

    def _scene(self) -> Scene:
        return self._session.store.scene.evolve(plan=self._plan)

    def _show_plan(self) -> None:
        is_sampled = self._plan.source == "sampled"
        for widget in self._vary_rows:
            widget.setVisible(is_sampled)
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
        self._go.setText(f"Export {total:,} image{'s' if total > 1 else ''}".replace(",", "\u202f"))
        masks = len(structures) + (len(scene.tools) if self._plan.tool_masks else 0)
        size = estimated_bytes(self._plan, total, masks)
        self._rows["structures"].set_text(str(len(structures)))
        self._rows["total"].set_text(f"{total:,}".replace(",", "\u202f"))
        self._rows["bytes"].set_text(
            f"{size / 1e9:.2g} GB" if size > 1e9 else f"{size / 1e6:.0f} MB"
        )
        # An image of this size takes about as long as the full one does on screen, plus masks.
        seconds = (self._session.live.last_full_seconds + 0.02 * masks + 0.1) * total
        self._rows["time"].set_text(
            f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"
        )

    def _samples(self) -> list[Sample]:
        scene = self._scene()
        total = sample_count(scene, self._plan)
        return [sample(scene, self._plan, index) for index in range(min(total, SHOWN_POSITIONS))]

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
        self._workspace.room.show_samples(sources, ends)
        self._sheet.begin(min(len(samples), SHEET_SIZE))
        live = self._session.live
        live.drop_thumbnails("sample:")
        for item in samples[:SHEET_SIZE]:
            small = item.scene.evolve(
                beam=item.scene.beam.evolve(noise=False),
                processing=item.scene.processing.evolve(look="clinical"),
            )
            live.request_thumbnail(
                f"sample:{item.index}", small, self._session.assets, structures, TILE_PIXELS
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
        self._session.store.apply("Plan series", lambda scene: scene.evolve(plan=plan))
        scene = self._session.store.scene
        resume = self._resume.isChecked()
        job = self._session.run_job(
            "Export series", lambda: export_series(scene, out, resume=resume)
        )
        self._job = job
        job.progress.connect(self._progress)
        job.done.connect(lambda _: self._state.setText(f"Finished: {out}"))
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

    def closeEvent(self, event: QCloseEvent) -> None:
        self._workspace.room.show_samples(np.zeros((0, 3)), np.zeros((0, 3)))
        super().closeEvent(event)


def _integer(low: int, high: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setKeyboardTracking(False)
    return box


__all__ = ["ExportDialog", "SeriesPlan"]
