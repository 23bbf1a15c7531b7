"""The controls of a series' plan; each edits one field of it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from synthex_gui.core.backend_names import TITLES, backend_title
from synthex_gui.geometry.device import JOINT_NAMES, joint_label
from synthex_gui.scene.model import Tool
from synthex_gui.scene.plan import PACKED, SeriesPlan
from synthex_gui.scene.study import Study
from synthex_gui.ui.dialogs.spread_rows import SpreadTable
from synthex_gui.ui.dialogs.structure_choice import StructureChoice
from synthex_gui.ui.dialogs.study_rows import study_lines
from synthex_gui.ui.widgets.forms import LabelledWidget, Panel, ValueRow, link_button, section
from synthex_gui.ui.widgets.number_box import NumberBox, WholeBox

TOOL_AXES = {
    "x_mm": "Along x",
    "y_mm": "Along y",
    "z_mm": "Along its axis (z)",
    "rx_deg": "Turn about x",
    "ry_deg": "Turn about y",
    "rz_deg": "Turn about its axis",
}
FORMATS = (("png16", "PNG, 16 bit"), ("tiff32", "TIFF, float32"))
QUANTITIES = (
    ("signal", "Signal / open field"),
    ("log", "Line integral, −ln"),
    ("look", "As the look shows it"),
)
LAYOUTS = (
    ("files", "Images, masks and records as files"),
    ("coco", "COCO JSON"),
    ("synthex-h5", "SyntheX HDF5, a group a person"),
    ("synthex-folder", "SyntheX folders, a folder a split"),
)
WIDTH = 412


class PlanForm(Panel):
    """Emits `changed` with another plan; workers are not the plan's: they change no byte."""

    changed = Signal(object)  # SeriesPlan
    workers_changed = Signal(int)

    def __init__(
        self,
        plan: SeriesPlan,
        tools: Sequence[Tool],
        structures: tuple[str, ...],
        window_backend: str,
    ) -> None:
        """`window_backend` makes the window's own images, whatever the plan says."""
        super().__init__()
        self._window_backend = window_backend
        self.setFixedWidth(WIDTH)
        self._plan = plan
        self._choices: dict[str, QComboBox] = {}
        count = WholeBox(1, 1_000_000, plan.count)
        seed = WholeBox(0, 2**31 - 1, plan.seed)
        size = WholeBox(16, 4096, plan.size)
        for box, name in ((count, "count"), (seed, "seed"), (size, "size")):
            box.whole_changed.connect(lambda value, name=name: self._change(**{name: value}))
        self._vary_rows: list[QWidget] = [LabelledWidget("Images", count, 110)]
        self._study_rows = [] if plan.study is None else self._make_study_rows(plan.study)
        self._vary_rows += self._study_rows
        self._add_joints()
        self._add_tools([tool.name for tool in tools])
        self.add(
            *self._vary_rows,
            section("Image"),
            LabelledWidget("Seed", seed, 110),
            LabelledWidget("Columns over the field", size, 110),
        )
        self._add_choice("Format", "image_format", FORMATS, 170)
        self._add_choice("Values", "quantity", QUANTITIES, 190)
        self._add_formats()
        self.add(section("Labels in every image"))
        self._structures = StructureChoice(structures)
        self._structures.set_choice(plan.structures)
        self._structures.changed.connect(lambda choice: self._change(structures=choice))
        self.add(self._structures)
        self._add_threshold()
        self._add_check("Tool masks", "tool_masks")
        self._add_check("Landmarks", "landmarks")
        self.add(section("Computing"))
        backends = {name: backend_title(name) for name in (*TITLES, plan.backend, window_backend)}
        self._add_choice("Images are made by", "backend", tuple(backends.items()), 170)
        self._backend_note = self.note()
        workers = WholeBox(1, max(os.cpu_count() or 1, 1), 1)
        workers.setToolTip("Processes that share the work; each holds the scene's arrays")
        workers.whole_changed.connect(self.workers_changed)
        self.add(LabelledWidget("Workers", workers, 110))
        self.rows = {
            "structures": ValueRow("Structure masks"),
            "total": ValueRow("Images in all"),
            "bytes": ValueRow("Disk, about"),
            "time": ValueRow("Time, about"),
        }
        self.add(section("In all"), *self.rows.values())
        self.note("Camera and bounding boxes of each image are always written")
        self.set_source(plan.source)
        self._note_backend()

    def set_source(self, source: str) -> None:
        """What varies is asked for in a sampled series only, joints where the arm is what moves."""
        study = self._plan.study
        for widget in self._vary_rows:
            widget.setVisible(source == "sampled")
        for widget in self._study_rows:
            widget.setVisible(source == "sampled" and study is not None)
        for widget in self._joint_rows:
            is_arm = study is None or not study.is_free
            widget.setVisible(source == "sampled" and is_arm)

    def show_plan(self, plan: SeriesPlan) -> None:
        """A plan that was changed elsewhere: later edits start from it."""
        self._plan = plan
        self.set_source(plan.source)
        self._show_formats()
        self._note_backend()

    def _note_backend(self) -> None:
        differs = self._plan.backend != self._window_backend
        self._backend_note.setVisible(differs)
        self._backend_note.setText(
            f"Kept in the project; the window's own images: {backend_title(self._window_backend)}"
        )

    def _change(self, **changes: object) -> None:
        self._plan = self._plan.evolve(**changes)
        self.changed.emit(self._plan)

    def _make_study_rows(self, study: Study) -> list[QWidget]:
        rows: list[QWidget] = []
        for what, how in study_lines(study):
            row = ValueRow(what, f"{what}: {how}")
            row.set_text(how)
            rows.append(row)
        edit = link_button("Take out", "Plan a series of this scene alone")
        edit.clicked.connect(lambda: self._change(study=None))
        return [section("Experiment", edit), *rows]

    def _add_formats(self) -> None:
        self.add(section("Data set"))
        self._format_boxes = {}
        for key, title in LAYOUTS:
            box = QCheckBox(title)
            box.setChecked(key in self._plan.formats)
            box.toggled.connect(lambda _: self._formats_changed())
            self._format_boxes[key] = box
            self.add(box)

    def _formats_changed(self) -> None:
        chosen = tuple(key for key, box in self._format_boxes.items() if box.isChecked())
        # A data set of nothing is none: the last one stays.
        if not chosen:
            self._show_formats()
            return
        # SyntheX's layouts hold float32.
        packed = {"image_format": "tiff32"} if set(chosen) & set(PACKED) else {}
        self._change(formats=chosen, **packed)

    def _show_formats(self) -> None:
        for key, box in self._format_boxes.items():
            blocked = box.blockSignals(True)
            box.setChecked(key in self._plan.formats)
            box.blockSignals(blocked)
        image_format = self._choices["image_format"]
        image_format.setCurrentIndex(image_format.findData(self._plan.image_format))
        # The layouts leave no choice.
        image_format.setEnabled(not self._plan.is_packed)

    def _add_joints(self) -> None:
        table = SpreadTable({name: joint_label(name) for name in JOINT_NAMES})
        table.set_distributions(self._plan.joints)
        table.changed.connect(lambda: self._change(joints=table.distributions()))
        self._joint_rows = [section("C-arm, offsets from the current view"), table]
        self._vary_rows += self._joint_rows

    def _add_tools(self, names: list[str]) -> None:
        self._tool = QComboBox()
        self._tool.addItems(names)
        self._spread = SpreadTable(TOOL_AXES)
        self._tool.activated.connect(lambda _: self._show_tool())
        self._spread.changed.connect(self._spread_changed)
        self._show_tool()
        if names:
            self._vary_rows += [
                section("Tool, offsets in its own frame"),
                LabelledWidget("Tool", self._tool, 190),
                self._spread,
            ]

    def _show_tool(self) -> None:
        self._spread.set_distributions(self._plan.tools.get(self._tool.currentText(), {}))

    def _spread_changed(self) -> None:
        name, spread = self._tool.currentText(), self._spread.distributions()
        others = {key: axes for key, axes in self._plan.tools.items() if key != name}
        self._change(tools=others | ({name: spread} if spread else {}))

    def _add_choice(
        self, label: str, name: str, options: Sequence[tuple[str, str]], width: int
    ) -> None:
        combo = QComboBox()
        for key, title in options:
            combo.addItem(title, key)
        combo.setCurrentIndex(combo.findData(getattr(self._plan, name)))
        self._choices[name] = combo
        combo.activated.connect(lambda _: self._change(**{name: combo.currentData()}))
        self.add(LabelledWidget(label, combo, width))

    def _add_check(self, label: str, name: str) -> None:
        box = QCheckBox(label)
        box.setChecked(getattr(self._plan, name))
        box.toggled.connect(lambda on: self._change(**{name: on}))
        self.add(box)

    def _add_threshold(self) -> None:
        box = NumberBox()
        box.setRange(0.01, 100.0)
        box.setDecimals(2)
        box.setSingleStep(0.1)
        box.setSuffix(" mm")
        box.setValue(self._plan.mask_threshold_mm)
        box.setToolTip("The path a ray needs through a structure for its pixel to belong to it")
        box.valueChanged.connect(lambda value: self._change(mask_threshold_mm=round(value, 2)))
        self.add(LabelledWidget("Thinnest path in a mask", box, 110))
