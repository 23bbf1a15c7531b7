"""The three slices: one crosshair for all, structures in colour, tools and the beam's axis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QObject, QTimer

from synthex_gui.app.overlays import label_colors
from synthex_gui.app.session import Session
from synthex_gui.geometry.arrays import LabelMap, Volume
from synthex_gui.geometry.transforms import Vector, transform_points
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.edits import aim_point_mm, camera_of
from synthex_gui.scene.model import Scene
from synthex_gui.ui.image.slice_view import CutMesh

BEAM_LINE_MS = 200
BONE_WINDOW_HU = (-350.0, 850.0)
FILL_ALPHA = 70


class SliceDisplay(Protocol):
    """What one slice is asked for."""

    def set_volume(self, ct: Volume | None, labels: LabelMap | None) -> None: ...
    def set_label_colors(self, colors: NDArray[np.uint8]) -> None: ...
    def set_crosshair(self, point_mm: Vector) -> None: ...
    def set_window(self, low: float, high: float) -> None: ...
    def set_meshes(self, meshes: tuple[CutMesh, ...]) -> None: ...
    def set_beam(self, source_mm: Vector, end_mm: Vector) -> None: ...
    def update(self) -> None: ...


class SlicesPresenter(QObject):
    """`sync` follows the scene, the session's signals the arrays."""

    def __init__(
        self, session: Session, views: Iterable[SliceDisplay], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._views = session, tuple(views)
        self._assets = SceneAssets()
        self.crosshair: Vector = np.zeros(3)
        self._beam_timer = QTimer(self, singleShot=True, interval=BEAM_LINE_MS)
        self._beam_timer.timeout.connect(self._show_beam)
        for view in self._views:
            view.set_window(*BONE_WINDOW_HU)
        session.assets_changed.connect(self._assets_changed)
        session.document_replaced.connect(self._document_replaced)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """A change of the scene."""
        if before is None or before.carm is not after.carm:
            self._sync_beam(after)
        if before is None or before.tools is not after.tools:
            self._sync_tools(after)
        if before is None or before.shown_structures != after.shown_structures:
            self._sync_colors(after)

    def set_crosshair(self, point_mm: ArrayLike) -> None:
        """Move the linked crosshair in every slice."""
        self.crosshair = np.asarray(point_mm, dtype=np.float64)
        for view in self._views:
            view.set_crosshair(self.crosshair)

    def go_to_landmark(self, name: str) -> None:
        """The crosshair onto a landmark."""
        for item in self._session.store.scene.landmarks:
            if item.name == name:
                self.set_crosshair(item.position)

    def _assets_changed(self, assets: SceneAssets) -> None:
        before, self._assets = self._assets, assets
        scene = self._session.store.scene
        # Another tool changes neither: the slices keep their zoom.
        if assets.ct is not before.ct or assets.labels is not before.labels:
            for view in self._views:
                view.set_volume(assets.ct, assets.labels)
            self._sync_colors(scene)
        self._sync_tools(scene)

    def _document_replaced(self) -> None:
        carm = self._session.store.scene.carm
        camera, aim = camera_of(carm), aim_point_mm(carm)
        # Where the central ray passes the aim point; a broken free camera passes it nowhere.
        distance = float((aim - camera.source_mm) @ camera.direction)
        point = camera.source_mm + distance * camera.direction
        self.set_crosshair(aim if np.isfinite(point).all() else np.zeros(3))

    def _sync_beam(self, scene: Scene) -> None:
        camera = camera_of(scene.carm)
        end = camera.source_mm + camera.sdd_mm * camera.direction
        for view in self._views:
            view.set_beam(camera.source_mm, end)
        # While the arm moves the radiograph has the time; a line on three slices can follow later.
        if not self._session.store.is_moving:
            self._show_beam()
        elif not self._beam_timer.isActive():
            self._beam_timer.start()

    def _show_beam(self) -> None:
        self._beam_timer.stop()
        for view in self._views:
            view.update()

    def _sync_tools(self, scene: Scene) -> None:
        meshes = self._assets.meshes
        placed = tuple(
            CutMesh(
                tool.name,
                tool.color,
                transform_points(np.array(tool.world_from_tool), meshes[tool.name].vertices),
                meshes[tool.name].triangles,
            )
            for tool in scene.tools
            if tool.visible and tool.name in meshes
        )
        for view in self._views:
            view.set_meshes(placed)

    def _sync_colors(self, scene: Scene) -> None:
        labels = self._assets.labels
        if labels is None:
            return
        colors = np.zeros((labels.highest_id + 1, 4), dtype=np.uint8)
        by_name = label_colors(labels)
        for name in scene.shown_structures:
            for label_id in labels.ids_of(name):
                hexed = by_name[name].lstrip("#")
                colors[label_id] = [*bytes.fromhex(hexed), FILL_ALPHA]
        for view in self._views:
            view.set_label_colors(colors)
