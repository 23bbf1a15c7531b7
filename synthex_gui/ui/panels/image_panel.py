"""How the radiograph is shown: window, polarity, overlays. None of it changes the image."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox

from synthex_gui.ui.image.radiograph_view import RadiographView
from synthex_gui.ui.panels.compare_controls import CompareControls
from synthex_gui.ui.widgets.forms import Panel, link_button, section
from synthex_gui.ui.widgets.value_slider import ValueSlider

OVERLAYS = (
    ("structures", "Outlines of structures"),
    ("tools", "Outlines of tools"),
    ("landmarks", "Landmarks with names"),
)


class ImagePanel(Panel):
    """Window and level act on the log image, the same for every pose until changed."""

    overlays_changed = Signal()

    def __init__(self, view: RadiographView) -> None:
        super().__init__()
        self._view = view
        auto = link_button("Auto", "Once: from what is shown now (W)")
        auto.clicked.connect(view.auto_window)
        self._level = ValueSlider("Level", "", "of the log image", decimals=2, step=0.05)
        self._width = ValueSlider("Window", "", "contrast", decimals=2, step=0.05)
        self._level.changed.connect(lambda value: self._set(level=value))
        self._width.changed.connect(lambda value: self._set(width=value))
        self._invert = QCheckBox("Bone dark, as in fluoroscopy")
        self._invert.toggled.connect(view.set_inverted)
        self.add(section("Window", auto), self._width, self._level, self._invert)
        self.add(section("Over the image"))
        self._boxes: dict[str, QCheckBox] = {}
        for key, label in OVERLAYS:
            box = QCheckBox(label)
            box.setChecked(True)
            box.toggled.connect(self.overlays_changed)
            self._boxes[key] = box
            self.add(box)
        self.compare = CompareControls()
        self.add(self.compare)
        self.note(
            "Structures are chosen by their eye in the scene; left drag on the image windows it"
        )
        view.window_changed.connect(lambda *_: self._show())
        self._show()

    def shows(self, overlay: str) -> bool:
        """Whether an overlay is on."""
        return self._boxes[overlay].isChecked()

    def toggle_invert(self) -> None:
        """Turn the polarity round."""
        self._invert.toggle()

    def _show(self) -> None:
        low, high = self._view.window
        self._width.set_state(high - low, 0.05, 12.0, 5.0, 0.05)
        self._level.set_state((low + high) / 2, -1.0, 12.0, 4.0, 0.0)

    def _set(self, level: float | None = None, width: float | None = None) -> None:
        low, high = self._view.window
        centre = (low + high) / 2 if level is None else level
        half = max((high - low if width is None else width) / 2, 0.01)
        self._view.set_window(centre - half, centre + half)
