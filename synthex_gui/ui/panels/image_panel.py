"""How the radiograph is shown: look, window, polarity, overlays, comparison."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox

from synthex_gui.app.store import SceneStore
from synthex_gui.scene.model import Scene
from synthex_gui.ui.image.radiograph_view import RadiographView
from synthex_gui.ui.panels.compare_controls import CompareControls
from synthex_gui.ui.panels.scene_form import SceneForm
from synthex_gui.ui.widgets.forms import Segmented, link_button, section
from synthex_gui.ui.widgets.value_slider import ValueSlider

LOOKS = (("raw", "Raw"), ("log", "Log"), ("clinical", "Clinical"))
OVERLAYS = (
    ("structures", "Outlines of structures"),
    ("tools", "Outlines of tools"),
    ("landmarks", "Landmarks with names"),
)


class ImagePanel(SceneForm):
    """Edits `Scene.processing`; window and level belong to the view, the same for every pose."""

    overlays_changed = Signal()

    def __init__(self, store: SceneStore, view: RadiographView) -> None:
        super().__init__(store)
        self._view = view
        self._look = Segmented(LOOKS)
        self._look.chosen.connect(self._choose_look)
        self.add(section("Look"), self._look, self.refused)
        clinical = (
            self.number(
                "processing.contrast",
                "Local contrast",
                "",
                (0, 3),
                1,
                decimals=2,
                step=0.1,
            ),
            self.number(
                "processing.edge", "Edge enhancement", "", (0, 3), 0.5, decimals=2, step=0.1
            ),
        )
        self.shown_when(lambda scene: scene.processing.look == "clinical", *clinical)
        self.shown_when(lambda scene: scene.processing.look != "raw", self._add_bone_dark())
        auto = link_button("Auto", "Once: from what is shown now (W)")
        auto.clicked.connect(view.auto_window)
        self._level = ValueSlider("Level", "", "brightness", decimals=2, step=0.05)
        self._width = ValueSlider("Window", "", "contrast", decimals=2, step=0.05)
        self._level.changed.connect(lambda value: self._set(level=value))
        self._width.changed.connect(lambda value: self._set(width=value))
        self.add(section("Window", auto), self._width, self._level)
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
        view.window_changed.connect(lambda *_: self._show_window())
        self.sync(None, store.scene)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """Show a scene."""
        if before is not None and before.processing is after.processing:
            return
        super().sync(before, after)
        processing = after.processing
        self._look.set_choice(processing.look)
        # The raw look is the detector's own, bone dark by nature.
        self._view.set_inverted(processing.bone_dark and processing.look != "raw")
        self._show_window()

    def shows(self, overlay: str) -> bool:
        """Whether an overlay is on."""
        return self._boxes[overlay].isChecked()

    def toggle_invert(self) -> None:
        """Turn the polarity round."""
        self.apply(
            "Polarity",
            lambda scene: scene.evolve(
                processing=scene.processing.evolve(bone_dark=not scene.processing.bone_dark)
            ),
        )

    def _add_bone_dark(self) -> QCheckBox:
        return self.check("processing.bone_dark", "Bone dark, as in fluoroscopy")

    def _choose_look(self, look: str) -> None:
        self.apply(
            "Look", lambda scene: scene.evolve(processing=scene.processing.evolve(look=look))
        )

    def _show_window(self) -> None:
        low, high = self._view.window
        # -ln(signal) reaches 12 behind metal; a signal is at most 1.25 of the open field.
        top = 12.0 if self.store.scene.processing.look == "log" else 2.0
        self._width.set_state(high - low, 0.05, top, top / 2, 0.05)
        self._level.set_state((low + high) / 2, -1.0, top, top / 3, 0.0)

    def _set(self, level: float | None = None, width: float | None = None) -> None:
        low, high = self._view.window
        centre = (low + high) / 2 if level is None else level
        # A window of no width would divide by zero.
        half = max((high - low if width is None else width) / 2, 0.01)
        self._view.set_window(centre - half, centre + half)
