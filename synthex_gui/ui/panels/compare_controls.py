"""With what the radiograph is compared, and how: the controls in the Image panel."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from synthex_gui.app.compare import MODES, Comparison
from synthex_gui.scene.study import LEVELS
from synthex_gui.ui.widgets.forms import LabelledWidget, Segmented, link_button, section
from synthex_gui.ui.widgets.number_box import WholeBox
from synthex_gui.ui.widgets.value_slider import ValueSlider

FILE_KEY = "file"


class CompareControls(QWidget):
    """Emits what the person chooses; `show_state` says what is the case."""

    level_chosen = Signal(object)  # Level, or None for nothing
    file_wanted = Signal()
    mode_chosen = Signal(str)
    opacity_changed = Signal(float)
    frame_chosen = Signal(int)
    bone_bright_toggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._open = link_button("Real X-ray…", "DICOM DX, CR, XA, RF, or PNG and TIFF")
        self._open.clicked.connect(self.file_wanted)
        self._with = QComboBox()
        self._with.addItem("Nothing", None)
        for level in LEVELS:
            self._with.addItem(level.capitalize(), level)
        self._with.activated.connect(self._chosen)
        self._mode = Segmented(MODES)
        self._mode.set_choice("divider")
        self._mode.chosen.connect(self._choose_mode)
        self._opacity = ValueSlider("Share of the second image", " %", decimals=0, step=5.0)
        self._opacity.set_state(50.0, 0.0, 100.0, 50.0)
        self._opacity.changed.connect(lambda value: self.opacity_changed.emit(value / 100.0))
        self._frame = WholeBox(1, 1, 1)
        self._frame.whole_changed.connect(lambda value: self.frame_chosen.emit(value - 1))
        self._frame_row = LabelledWidget("Frame", self._frame, 110)
        self._bone_bright = QCheckBox("Bone is bright in the file")
        self._bone_bright.toggled.connect(self.bone_bright_toggled)
        for widget in (
            section("Compare", self._open),
            LabelledWidget("With", self._with, 170),
            self._mode,
            self._opacity,
            self._frame_row,
            self._bone_bright,
        ):
            column.addWidget(widget)
        self._mode_key = "divider"
        self._comparison = Comparison()
        self.show_state(Comparison())

    def show_state(self, comparison: Comparison) -> None:
        """Show what is compared now."""
        self._comparison = comparison
        # Showing a state is not choosing it: without this each reading would start another.
        for widget in (self._with, self._frame, self._bone_bright):
            widget.blockSignals(True)
        place = self._with.findData(FILE_KEY)
        if comparison.path is not None:
            if place < 0:
                self._with.addItem("", FILE_KEY)
                place = self._with.count() - 1
            self._with.setItemText(place, comparison.path.name)
            self._with.setCurrentIndex(place)
            self._frame.setRange(1, comparison.frames)
            self._frame.setValue(comparison.frame + 1)
        else:
            if place >= 0:
                self._with.removeItem(place)
            self._with.setCurrentIndex(self._with.findData(comparison.level))
            self._bone_bright.setChecked(False)
        for widget in (self._with, self._frame, self._bone_bright):
            widget.blockSignals(False)
        is_on = comparison.path is not None or comparison.level is not None
        self._mode.setVisible(is_on)
        self._opacity.setVisible(is_on and self._mode_key == "blend")
        self._frame_row.setVisible(comparison.path is not None and comparison.frames > 1)
        # DICOM says by itself which end is bright (Photometric Interpretation); pictures do not.
        is_picture = comparison.path is not None and comparison.path.suffix.lower() in (
            ".png",
            ".tif",
            ".tiff",
        )
        self._bone_bright.setVisible(is_picture)

    def _chosen(self) -> None:
        key = self._with.currentData()
        if key != FILE_KEY:
            self.level_chosen.emit(key)

    def _choose_mode(self, key: str) -> None:
        self._mode_key = key
        self.show_state(self._comparison)
        self.mode_chosen.emit(key)
