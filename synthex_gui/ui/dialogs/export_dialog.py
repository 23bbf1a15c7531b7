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
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from synthex_gui.app.jobs import Job
from synthex_gui.app.session import Session
from synthex_gui.export.annotations import INSIDE, landmark_marks
from synthex_gui.export.run import chosen_structures, estimated_bytes, export_series
from synthex_gui.export.sampling import Sample, sample, sample_count
from synthex_gui.geometry.errors import SynthexError
from synthex_gui.physics.render import Radiograph
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import Distribution, SeriesPlan, Uniform, around_current_view
from synthex_gui.ui.panels.carm_panel import JOINTS
from synthex_gui.ui.panels.views_panel import Thumbnail
from synthex_gui.ui.widgets.forms import LabelledWidget, Panel, Segmented, ValueRow, section
from synthex_gui.ui.workspace import Workspace

SHEET = 12
SHOWN_POSITIONS = 600
PREVIEW_DELAY_MS = 350
SOURCES = (("current", "Current view"), ("views", "Saved views"), ("sampled", "Sampled series"))


class ExportDialog(QDialog):
    """Plans in the project (undoable) and writes off the UI thread; stays open meanwhile."""

    def __init__(self, parent: QWidget, session: Session, workspace: Workspace) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export series")
        self.resize(1080, 700)
        self._session, self._workspace = session, workspace
        self._job: Job | None = None
        self._plan = session.store.scene.plan or around_current_view()
        self._source = Segmented(SOURCES)
        self._source.set_choice(self._plan.source)
        self._source.chosen.connect(lambda key: self._change(source=key))
        columns = QHBoxLayout()
        columns.addWidget(self._make_left())
        columns.addLayout(self._make_sheet(), 1)
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
        panel.setFixedWidth(330)
        self._count = _integer(1, 1_000_000, self._plan.count)
        self._seed = _integer(0, 2**31 - 1, self._plan.seed)
        self._size = _integer(16, 4096, self._plan.size)
        for number, name in ((self._count, "count"), (self._seed, "seed"), (self._size, "size")):
            number.valueChanged.connect(lambda value, name=name: self._change(**{name: value}))
        self._varies: dict[str, QDoubleSpinBox] = {}
        self._vary_rows: list[QWidget] = [section("What varies, about the current view")]
        for joint, label, _, _ in JOINTS:
            box = QDoubleSpinBox()
            box.setRange(0.0, 180.0 if joint.endswith("_deg") else 400.0)
            box.setPrefix("± ")
            box.setSuffix("°" if joint.endswith("_deg") else " mm")
            box.setDecimals(1)
            known = self._plan.joints.get(joint)
            box.setValue(known.high if isinstance(known, Uniform) else 0.0)
            box.valueChanged.connect(lambda _: self._change(joints=self._joints()))
            self._varies[joint] = box
            self._vary_rows.append(LabelledWidget(label, box, 110))
        self._vary_rows += [
            LabelledWidget("Images", self._count, 110),
        ]
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
            self._tool_masks,
            self._landmarks,
            *self._rows.values(),
        )
        panel.note("Masks are made of the structures shown by their eye; boxes and COCO always")
        return panel

    def _make_sheet(self) -> QVBoxLayout:
        column = QVBoxLayout()
        self._sheet_title = QLabel()
        self._sheet_title.setProperty("role", "section")
        column.addWidget(self._sheet_title)
        grid = QGridLayout()
        grid.setSpacing(6)
        self._sheet = [Thumbnail(str(index), removable=False) for index in range(SHEET)]
        for index, thumbnail in enumerate(self._sheet):
            thumbnail.setCheckable(False)
            thumbnail.setFixedHeight(150)
            grid.addWidget(thumbnail, index // 4, index % 4)
        column.addLayout(grid)
        self._warning = QLabel()
        self._warning.setWordWrap(True)
        self._warning.setProperty("role", "warning")
        column.addWidget(self._warning)
        column.addStretch(1)
        return column

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

    def _joints(self) -> dict[str, Distribution]:
        return {
            name: Uniform(low=-box.value(), high=box.value())
            for name, box in self._varies.items()
            if box.value() > 0
        }

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
            self._warning.setText(str(error))
            self._go.setText("Export")
            self._go.setEnabled(False)
            return
        self._warning.setText("")
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
        except SynthexError as error:
            self._warning.setText(str(error))
            return
        cameras = [camera_of(item.scene.carm, self._plan.size) for item in samples]
        sources = np.array([camera.source_mm for camera in cameras])
        ends = np.array([c.source_mm + c.sdd_mm * c.direction for c in cameras])
        self._workspace.room.samples.show(sources, ends)
        self._workspace.room.request_repaint()
        shown = samples[:SHEET]
        self._sheet_title.setText(f"First {len(shown)} images, as they will be written")
        outside = 0
        for item, camera in zip(samples, cameras, strict=True):
            marks = landmark_marks(
                camera,
                [mark.name for mark in item.scene.landmarks],
                [mark.position for mark in item.scene.landmarks],
            )
            lost = sum(mark.state != INSIDE for mark in marks)
            outside += bool(lost)
            if item.index < SHEET:
                inside = f" · {len(marks) - lost} of {len(marks)} landmarks" if marks else ""
                self._sheet[item.index].setText(f"{item.index}{inside}")
                self._session.live.request_thumbnail(
                    f"sample:{item.index}", item.scene, self._session.assets
                )
        for index, thumbnail in enumerate(self._sheet):
            thumbnail.setVisible(index < len(shown))
        if samples and outside and self._plan.landmarks:
            share = 100 * outside / len(samples)
            self._warning.setText(f"Landmarks lie outside the field in {share:.0f} % of the images")

    def _thumbnail(self, key: str, radiograph: Radiograph) -> None:
        kind, _, index = key.partition(":")
        if kind == "sample":
            self._sheet[int(index)].show_radiograph(radiograph)

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
        self._workspace.room.samples.show(np.zeros((0, 3)), np.zeros((0, 3)))
        self._workspace.room.request_repaint()
        super().closeEvent(event)


def _integer(low: int, high: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setKeyboardTracking(False)
    return box


__all__ = ["ExportDialog", "SeriesPlan"]
