"""The 3D room: patient, C-arm with the live image on its detector, tools and their handles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from synthex_gui.app.session import Session
from synthex_gui.geometry.arrays import Mesh, Volume
from synthex_gui.geometry.transforms import Matrix, Vector
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.edits import isocentre_of
from synthex_gui.scene.model import CArm, Scene, Tool
from synthex_gui.scene.sources import LandmarkItem
from synthex_gui.ui.presenters.selection import Selection

GizmoMode = Literal["move", "rotate"]


class RoomDisplay(Protocol):
    """What the 3D view is asked for; it repaints by itself."""

    def show_arm(self, before: CArm | None, after: CArm) -> None: ...
    def show_tools(
        self, tools: tuple[Tool, ...], meshes: Mapping[str, Mesh], selected: str | None
    ) -> None: ...
    def show_landmarks(self, landmarks: tuple[LandmarkItem, ...]) -> None: ...
    def show_table(self, ct: Volume | None) -> None: ...
    def show_surfaces(self, bone: Mesh | None, skin: Mesh | None) -> None: ...
    def show_gizmo(self, world_from_tool: Matrix | None, mode: str) -> None: ...
    def show_on_detector(self, grey: NDArray[np.uint8]) -> None: ...
    def reset_view(self, focus_mm: Vector | None = None) -> None: ...


class RoomPresenter(QObject):
    """`sync` follows the scene, the session's signals the arrays and surfaces."""

    def __init__(
        self,
        session: Session,
        view: RoomDisplay,
        selection: Selection,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._view, self._selection = session, view, selection
        self._assets = SceneAssets()
        self._mode: GizmoMode = "move"
        selection.changed.connect(lambda _: self._sync_tools(session.store.scene))
        session.assets_changed.connect(self._assets_changed)
        session.surfaces_ready.connect(view.show_surfaces)
        session.document_replaced.connect(self._document_replaced)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """A change of the scene."""
        if before is None or before.carm is not after.carm:
            self._view.show_arm(None if before is None else before.carm, after.carm)
        if before is None or before.tools is not after.tools:
            self._sync_tools(after)
        if before is None or before.landmarks is not after.landmarks:
            self._view.show_landmarks(after.landmarks)

    def set_gizmo_mode(self, mode: GizmoMode) -> None:
        """Handles to move or to rotate."""
        self._mode = mode
        self._sync_gizmo(self._session.store.scene)

    def _assets_changed(self, assets: SceneAssets) -> None:
        before, self._assets = self._assets, assets
        if assets.ct is not before.ct:
            self._view.show_table(assets.ct)
            if assets.ct is None:
                self._view.show_surfaces(None, None)
        self._sync_tools(self._session.store.scene)

    def _document_replaced(self) -> None:
        self._selection.select(None)
        self._view.reset_view(isocentre_of(self._session.store.scene.carm))

    def _sync_tools(self, scene: Scene) -> None:
        self._view.show_tools(scene.tools, self._assets.meshes, self._selection.tool)
        self._sync_gizmo(scene)

    def _sync_gizmo(self, scene: Scene) -> None:
        name = self._selection.tool
        chosen = next((tool for tool in scene.tools if tool.name == name), None)
        pose = None if chosen is None else np.array(chosen.world_from_tool)
        self._view.show_gizmo(pose, self._mode)
