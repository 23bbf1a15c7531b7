"""The side columns: scene and views at the left, the tabs of panels at the right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QStackedWidget, QTabWidget, QWidget

from synthex_gui.app.store import SceneStore
from synthex_gui.geometry.arrays import Volume
from synthex_gui.scene.beam import Matter
from synthex_gui.ui.image.radiograph_view import RadiographView
from synthex_gui.ui.panels.beam_panel import BeamPanel
from synthex_gui.ui.panels.carm_panel import CArmPanel
from synthex_gui.ui.panels.detector_panel import DetectorPanel
from synthex_gui.ui.panels.image_panel import ImagePanel
from synthex_gui.ui.panels.matter_panel import MatterPanel
from synthex_gui.ui.panels.scene_column import SceneColumn
from synthex_gui.ui.panels.scene_tree import SceneTree
from synthex_gui.ui.panels.tool_panel import ToolPanel
from synthex_gui.ui.panels.views_panel import ViewsPanel


class Panels:
    """Every panel by name; what is selected in the scene decides which one is in front."""

    def __init__(
        self, store: SceneStore, view: RadiographView, count_hu: Callable[[Volume, Matter], None]
    ) -> None:
        self.carm = CArmPanel(store)
        self.beam = BeamPanel(store)
        self.detector = DetectorPanel(store)
        self.tool = ToolPanel(store)
        self.matter = MatterPanel(store, count_hu)
        self.image = ImagePanel(store, view)
        self.tree = SceneTree(store)
        self.views = ViewsPanel()
        self.scene_column = SceneColumn(self.tree, self.views)
        self.object = QStackedWidget()
        self.object.addWidget(self.tool)
        self.object.addWidget(self.matter)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setExpanding(False)
        for panel, name in (
            (self.carm, "C-arm"),
            (self.beam, "Beam"),
            (self.detector, "Detector"),
            (self.object, "Object"),
            (self.image, "Image"),
        ):
            self.tabs.addTab(panel, name)

    def show_panel(self, panel: QWidget) -> None:
        """Bring a tab to the front."""
        self.tabs.setCurrentWidget(panel)

    def select_tool(self, name: str | None) -> None:
        """Mark a tool in the scene and show its panel."""
        self.tool.select(name)
        self.tree.select_tool(name)
        if name is not None:
            self.object.setCurrentWidget(self.tool)
            self.show_panel(self.object)

    def show_matter(self, structure: str) -> None:
        """What the CT, or one structure of it, is made of."""
        self.object.setCurrentWidget(self.matter)
        self.show_panel(self.object)
        self.matter.choose_structure(structure)
