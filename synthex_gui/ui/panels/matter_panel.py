"""What the CT is made of: how its HU become matter, and what structures are filled with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from synthex_gui.app.store import SceneStore
from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.arrays import Volume
from synthex_gui.loading.material_map import matter_of
from synthex_gui.physics.matter.fields import fields_of
from synthex_gui.physics.matter.materials import material_names
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.beam import HuMap, LabelFill, Matter
from synthex_gui.scene.model import Scene
from synthex_gui.ui.panels.material_text import typed_material
from synthex_gui.ui.panels.scene_form import SceneForm
from synthex_gui.ui.widgets.forms import LabelledWidget, link_button, section
from synthex_gui.ui.widgets.value_slider import ValueSlider

MAPS = (
    ("water-bone", "Water and bone, mixed"),
    ("schneider", "Schneider 2000"),
    ("deepdrr", "As DeepDRR"),
    ("points", "Own curve"),
)
# Above bone and most enamel, below 3071 HU, where 12-bit CTs end and all metal lies.
LIMIT_HU = 3000.0
MAP_FILTER = "Material maps (*.json);;All files (*)"


class MatterPanel(SceneForm):
    """Edits `Scene.matter`."""

    warned = Signal(str)

    def __init__(self, store: SceneStore, count: Callable[[Volume, Matter], None]) -> None:
        """`count(ct, matter)` looks for HU that no tissue has and ends in `show_unusual`."""
        super().__init__(store)
        self._count = count
        self._assets = SceneAssets()
        only_realistic = self.note("Matter acts at the realistic level; others know HU alone")
        self.shown_when(lambda scene: scene.level != "realistic", only_realistic)
        load = link_button("From a file…", "A material map in JSON, as synthex render takes it")
        load.clicked.connect(self._load)
        self.add(section("CT numbers become matter", load), self.refused)
        self.choice((_kind, _with_kind), "Map", MAPS, 190)
        self.check((_has_limit, _with_metal), "High HU are metal", "An implant within the CT")
        limit = self.number(
            (_limit, _with_limit), "Above", " HU", (1000, 10000), LIMIT_HU, decimals=0, step=100
        )
        limit.ended.connect(self._look_for_unusual)
        metals = [(name, name) for name in material_names()]
        metal = self.choice("matter.metal", "Metal", metals, 190)
        self.shown_when(_has_limit, limit, metal.parentWidget() or metal)
        self._unusual = QLabel()
        self._unusual.setWordWrap(True)
        self._unusual.setProperty("role", "warning")
        self.add(self._unusual)
        self._structure, self._material = QComboBox(), QComboBox()
        self._material.addItems(list(material_names()))
        self._material.setEditable(True)
        self._material.setCurrentText("lung")
        self._material.setToolTip("A named material, or FORMULA@DENSITY such as Al2O3@3.95")
        self._part = ValueSlider("Part replaced", " %", decimals=0, step=5.0)
        self._part.set_state(100, 1, 100, 100, 0)
        self._part.changed.connect(lambda value: self._part.set_state(value, 1, 100, 100, 0))
        fill = QPushButton("Fill structure")
        fill.clicked.connect(self._fill)
        self._fill_rows: list[QWidget] = [
            section("A structure is made of"),
            LabelledWidget("Structure", self._structure, 190),
            LabelledWidget("Material", self._material, 190),
            self._part,
            fill,
        ]
        self.add(*self._fill_rows)
        self._fills = QWidget()
        self._fills_column = QVBoxLayout(self._fills)
        self._fills_column.setContentsMargins(0, 0, 0, 0)
        self._fills_column.setSpacing(0)
        self.add(self._fills)
        self.set_assets(SceneAssets())
        self.sync(None, store.scene)

    def set_assets(self, assets: SceneAssets) -> None:
        """Other labels: the structures there are."""
        is_new = assets.ct is not self._assets.ct
        self._assets = assets
        if is_new:
            self._look_for_unusual()
        names = () if assets.labels is None else assets.labels.names()
        self._structure.clear()
        self._structure.addItems(list(names))
        for row in self._fill_rows:
            row.setVisible(bool(names))

    def show_unusual(self, texts: tuple[str, ...]) -> None:
        """What `count` found."""
        self._unusual.setText("\n".join(texts))
        self._unusual.setVisible(bool(texts))

    def _look_for_unusual(self) -> None:
        self.show_unusual(())
        # Not in the midst of a drag: all voxels of the CT are counted.
        if self._assets.ct is not None and not self.store.is_moving:
            self._count(self._assets.ct, self.store.scene.matter)

    def choose_structure(self, name: str) -> None:
        """Offer a structure for filling."""
        place = self._structure.findText(name)
        if place >= 0:
            self._structure.setCurrentIndex(place)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """Show a scene."""
        if before is not None and before.matter is after.matter and before.level == after.level:
            return
        super().sync(before, after)
        if before is not None and before.matter.metal_above_hu != after.matter.metal_above_hu:
            self._look_for_unusual()
        while (item := self._fills_column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for fill in after.matter.fills:
            self._fills_column.addWidget(section(_title(fill), self._remove_button(fill)))

    def _remove_button(self, fill: LabelFill) -> QPushButton:
        button = link_button("Remove", f"{fill.structure} as its HU say")
        button.clicked.connect(
            lambda: self.apply(
                "Remove fill",
                lambda scene: scene.evolve(
                    matter=scene.matter.evolve(
                        fills=tuple(item for item in scene.matter.fills if item != fill)
                    )
                ),
            )
        )
        return button

    def _fill(self) -> None:
        structure = self._structure.currentText()

        def edit(scene: Scene) -> Scene:
            fill = LabelFill(
                structure=structure,
                material=typed_material(self._material.currentText()),
                fraction=round(self._part.value / 100, 2),
            )
            kept = tuple(item for item in scene.matter.fills if item.structure != structure)
            return scene.evolve(matter=scene.matter.evolve(fills=(*kept, fill)))

        self.apply(f"Fill {structure}", lambda scene: checked(edit(scene)))

    def _load(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Material map", "", MAP_FILTER)
        if not name:
            return
        try:
            matter = matter_of(Path(name))
        except SynthexError as error:
            self.warned.emit(str(error))
            return
        self.apply("Material map", lambda scene: scene.evolve(matter=matter))


def checked(scene: Scene) -> Scene:
    """The scene, if its matter can be made; raises ValueError saying why not."""
    try:
        fields_of(scene.matter)
    except SynthexError as error:
        raise ValueError(str(error)) from error
    return scene


def _title(fill: LabelFill) -> str:
    part = f" {100 * fill.fraction:.0f} %" if fill.fraction < 1 else ""
    return f"{fill.structure}: {fill.material}{part}"


def _kind(scene: Scene) -> str:
    return scene.matter.hu_map.kind


def _with_kind(scene: Scene, kind: str) -> Scene:
    if kind == "points":
        raise ValueError("an own curve comes from a file with points")
    hu_map = HuMap(kind=kind)  # type: ignore[arg-type]
    return scene.evolve(matter=scene.matter.evolve(hu_map=hu_map))


def _has_limit(scene: Scene) -> bool:
    return scene.matter.metal_above_hu is not None


def _with_metal(scene: Scene, on: bool) -> Scene:
    return _with_limit(scene, LIMIT_HU) if on else _limited(scene, None)


def _limit(scene: Scene) -> float:
    limit = scene.matter.metal_above_hu
    return LIMIT_HU if limit is None else limit


def _with_limit(scene: Scene, value: float) -> Scene:
    return _limited(scene, round(value))


def _limited(scene: Scene, limit: float | None) -> Scene:
    return scene.evolve(matter=scene.matter.evolve(metal_above_hu=limit))
