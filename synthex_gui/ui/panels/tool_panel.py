"""The selected tool: material, pose, who owns an overlap."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QWidget
from scipy.spatial.transform import Rotation

from synthex_gui.app.store import SceneStore
from synthex_gui.app.stroke import Stroke
from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.arrays import Mesh
from synthex_gui.physics.matter.materials import material, material_names
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.edits import replace_tool
from synthex_gui.scene.frozen import as_pose
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.naming import rename_tool
from synthex_gui.scene.sources import BuiltInTool
from synthex_gui.ui.panels.material_text import typed_material
from synthex_gui.ui.panels.tool_parameters import ToolParameters
from synthex_gui.ui.widgets.forms import LabelledWidget, Panel, ValueRow, section
from synthex_gui.ui.widgets.number_box import WholeBox
from synthex_gui.ui.widgets.value_slider import ValueSlider

AXES = (
    ("x_mm", "Left", " mm"),
    ("y_mm", "Posterior", " mm"),
    ("z_mm", "Superior", " mm"),
    ("rx_deg", "Turn about left", "°"),
    ("ry_deg", "Turn about posterior", "°"),
    ("rz_deg", "Turn about superior", "°"),
)
REACH_MM, REACH_DEG = 400.0, 180.0


class ToolPanel(Panel):
    """Edits one of `Scene.tools`."""

    remove_requested = Signal(str)
    renamed = Signal(str)  # the selected tool's new name

    def __init__(self, store: SceneStore) -> None:
        super().__init__()
        self._store = store
        self._name: str | None = None
        self._assets = SceneAssets()
        self._stroke = Stroke(store)
        self._empty = self.note("Select a tool in the scene, or add one with Add tool")
        self._title = QLineEdit()
        self._title.editingFinished.connect(self._rename)
        self._material = QComboBox()
        self._material.setEditable(True)
        self._material.addItems(list(material_names()))
        self._material.setToolTip("A named material, or FORMULA@DENSITY such as Al2O3@3.95")
        self._material.activated.connect(self._set_material)
        editor = self._material.lineEdit()
        assert editor is not None
        editor.editingFinished.connect(self._set_material)
        self._priority = WholeBox(-100, 100, 0)
        self._priority.setToolTip("Where tools overlap, the higher priority owns the overlap")
        self._priority.whole_changed.connect(self._set_priority)
        self._refused = QLabel()
        self._refused.setWordWrap(True)
        self._refused.setProperty("role", "refusal")
        remove = QPushButton("Remove tool")
        remove.clicked.connect(lambda: self._name and self.remove_requested.emit(self._name))
        self._sliders: dict[str, ValueSlider] = {}
        rows: list[QWidget] = [
            LabelledWidget("Name", self._title, 190),
            LabelledWidget("Material", self._material, 190),
            self._refused,
            LabelledWidget("Priority", self._priority, 90),
        ]
        self._sizes = ToolParameters()
        self._sizes.changed.connect(self._set_source)
        position: list[QWidget] = [section("Position of the tip, and turn")]
        for key, label, suffix in AXES:
            slider = ValueSlider(label, suffix, decimals=1)
            self._stroke.follow(slider, "Move tool", partial(self._moved, key))
            self._sliders[key] = slider
            position.append(slider)
        self._rows = {
            "size": ValueRow("Size"),
            "volume": ValueRow("Volume"),
            "mass": ValueRow("Mass"),
        }
        rows += [*position, self._sizes, section("Body"), *self._rows.values()]
        self._warning = QLabel()
        self._warning.setWordWrap(True)
        self._warning.setProperty("role", "warning")
        rows += [self._warning, remove]
        self._widgets = rows
        self.add(*rows)
        self.select(None)

    def set_assets(self, assets: SceneAssets) -> None:
        """Other meshes."""
        self._assets = assets
        self._show()

    def select(self, name: str | None) -> None:
        """Show another tool."""
        self._name = name
        self._show()

    def sync(self, before: Scene | None, after: Scene) -> None:
        """Show a scene."""
        if before is None or before.tools is not after.tools:
            self._show()

    def _tool(self) -> Tool | None:
        tools = self._store.scene.tools
        return next((tool for tool in tools if tool.name == self._name), None)

    def _show(self) -> None:
        tool = self._tool()
        self._empty.setVisible(tool is None)
        for widget in self._widgets:
            widget.setVisible(tool is not None)
        source = tool.source if tool is not None else None
        self._sizes.show_tool(source if isinstance(source, BuiltInTool) else None)
        if tool is None:
            return
        for widget in (self._title, self._material, self._priority):
            widget.blockSignals(True)
        self._title.setText(tool.name)
        self._material.setCurrentText(tool.material)
        self._priority.setValue(tool.priority)
        for widget in (self._title, self._material, self._priority):
            widget.blockSignals(False)
        self._refused.setVisible(bool(self._refused.text()))
        for key, value in pose_values(tool).items():
            reach = REACH_DEG if key.endswith("_deg") else REACH_MM
            centre = 0.0 if key.endswith("_deg") else round(value / 200.0) * 200.0
            self._sliders[key].set_state(value, centre - reach, centre + reach, 0.0)
        self._show_body(tool, self._assets.meshes.get(tool.name))

    def _show_body(self, tool: Tool, mesh: Mesh | None) -> None:
        if mesh is None:
            return
        size = np.ptp(mesh.bounds_mm(), axis=0)
        self._rows["size"].set_text(" × ".join(f"{value:.1f}" for value in size) + " mm")
        cm3 = mesh.volume_mm3 / 1000.0
        self._rows["volume"].set_text(f"{cm3:.3g} cm³" if mesh.is_closed else "not closed")
        try:
            mass = cm3 * material(tool.material).density_g_cm3
            self._rows["mass"].set_text(f"{mass:.3g} g" if mesh.is_closed else "–")
        except SynthexError as error:
            self._refused.setText(str(error))
        text = "" if mesh.is_closed else "The mesh is open: shown, but left out of the image"
        self._warning.setText(text)
        self._warning.setVisible(bool(text))

    def _moved(self, key: str, scene: Scene, value: float) -> Scene:
        tool = next((item for item in scene.tools if item.name == self._name), None)
        if tool is None:
            return scene
        pose = pose_from_values(pose_values(tool) | {key: value})
        return replace_tool(scene, tool.name, world_from_tool=as_pose(pose))

    def _rename(self) -> None:
        wanted, name = self._title.text().strip(), self._name
        if name is None or wanted == name or not wanted:
            return
        if wanted in {tool.name for tool in self._store.scene.tools}:
            self._refused.setText(f"Another tool is called {wanted}")
            self._show()
            return
        self._refused.setText("")
        self._name = wanted
        self._store.apply("Rename tool", lambda scene: rename_tool(scene, name, wanted))
        self.renamed.emit(wanted)

    def _set_material(self) -> None:
        wanted, name = typed_material(self._material.currentText()), self._name
        tool = self._tool()
        if name is None or tool is None or wanted == tool.material:
            return
        try:
            material(wanted)
        except SynthexError as error:
            self._refused.setText(str(error))
            self._show()
            return
        self._refused.setText("")
        self._store.apply("Material", lambda scene: replace_tool(scene, name, material=wanted))

    def _set_source(self, source: BuiltInTool) -> None:
        name = self._name
        if name is not None:
            self._store.apply("Size", lambda scene: replace_tool(scene, name, source=source))

    def _set_priority(self, value: int) -> None:
        name = self._name
        if name is not None:
            self._store.apply("Priority", lambda scene: replace_tool(scene, name, priority=value))


def pose_values(tool: Tool) -> dict[str, float]:
    """Position in mm and extrinsic x-y-z angles in degrees of a tool's pose."""
    matrix = np.array(tool.world_from_tool)
    with warnings.catch_warnings():
        # At 90 degrees about y two angles share one axis: any split of them is right.
        warnings.simplefilter("ignore", UserWarning)
        angles = Rotation.from_matrix(matrix[:3, :3]).as_euler("xyz", degrees=True)
    keys = [key for key, _, _ in AXES]
    return dict(zip(keys, [*matrix[:3, 3].tolist(), *angles.tolist()], strict=True))


def pose_from_values(values: dict[str, float]) -> np.ndarray:
    """The inverse of `pose_values`, (4, 4)."""
    matrix = np.eye(4)
    angles = [values["rx_deg"], values["ry_deg"], values["rz_deg"]]
    matrix[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    matrix[:3, 3] = [values["x_mm"], values["y_mm"], values["z_mm"]]
    return matrix
