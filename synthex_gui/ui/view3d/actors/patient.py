"""The patient's bone surface and skin, and the table under them."""

from __future__ import annotations

import numpy as np
import pyvista as pv

from synthex_gui.geometry.arrays import Mesh, Volume
from synthex_gui.scene.collision import (
    TABLE_LENGTH_MM,
    TABLE_THICKNESS_MM,
    TABLE_WIDTH_MM,
    table_top_mm,
)
from synthex_gui.ui.style import theme
from synthex_gui.ui.view3d import shapes
from synthex_gui.ui.view3d.plotter import Plotter

SKIN_COLOR = "#c9a58d"


def polydata(mesh: Mesh) -> pv.PolyData:
    """A mesh as pyvista takes it."""
    count = len(mesh.triangles)
    faces = np.column_stack([np.full(count, 3, dtype=np.int64), mesh.triangles]).ravel()
    return pv.PolyData(mesh.vertices.astype(np.float32), faces=faces)


class PatientActor:
    """Surfaces come from a worker; the table stands under the CT."""

    def __init__(self, plotter: Plotter) -> None:
        self._plotter = plotter
        self._actors: dict[str, pv.Actor] = {}
        self._hidden: set[str] = set()

    def show_surfaces(self, bone: Mesh | None, skin: Mesh | None) -> None:
        """Replace both surfaces."""
        self._replace("bone", bone, color=theme.DARK.bone, specular=0.15, ambient=0.1)
        # Not picked: what lies within is meant.
        self._replace("skin", skin, color=SKIN_COLOR, opacity=0.10, pickable=False)

    def show_table(self, ct: Volume | None) -> None:
        """Put the table's top under the lowest body voxel of the CT, along its middle."""
        self._remove("table")
        if ct is None:
            return
        top = table_top_mm(ct)
        self._actors["table"] = self._plotter.add_mesh(
            shapes.table(top, TABLE_LENGTH_MM, TABLE_WIDTH_MM, TABLE_THICKNESS_MM),
            color=theme.current().table,
            ambient=0.25,
            render=False,
            reset_camera=False,
            pickable=False,
        )
        self._actors["table"].visibility = "table" not in self._hidden

    def set_visible(self, name: str, visible: bool) -> None:
        """Show or hide ``bone``, ``skin`` or ``table``, and those of CTs to come."""
        (self._hidden.discard if visible else self._hidden.add)(name)
        if name in self._actors:
            self._actors[name].visibility = visible

    def _replace(self, name: str, mesh: Mesh | None, **options: object) -> None:
        self._remove(name)
        # A threshold that meets no voxel gives a mesh without triangles.
        if mesh is None or not len(mesh.triangles):
            return
        self._actors[name] = self._plotter.add_mesh(
            polydata(mesh), smooth_shading=True, render=False, reset_camera=False, **options
        )
        self._actors[name].visibility = name not in self._hidden

    def _remove(self, name: str) -> None:
        if name in self._actors:
            self._plotter.remove_actor(self._actors.pop(name), render=False)
