"""Tools and landmarks in the room."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyvista as pv

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.scene.model import Tool
from synthex_gui.scene.sources import LandmarkItem
from synthex_gui.ui.view3d.actors.patient import polydata
from synthex_gui.ui.view3d.plotter import Plotter

LANDMARK_COLOR = "#f5c542"
LANDMARK_RADIUS_MM = 3.0


class ToolActors:
    """One actor a tool, placed by its pose."""

    def __init__(self, plotter: Plotter) -> None:
        self._plotter = plotter
        self._actors: dict[str, pv.Actor] = {}
        self._meshes: dict[str, Mesh] = {}

    def sync(
        self, tools: tuple[Tool, ...], meshes: Mapping[str, Mesh], selected: str | None
    ) -> None:
        """Show these tools."""
        wanted = {tool.name: tool for tool in tools if tool.name in meshes}
        for name in [*self._actors]:
            # Another mesh under the same name: a built tool whose sizes changed.
            if name not in wanted or self._meshes[name] is not meshes[name]:
                self._plotter.remove_actor(self._actors.pop(name), render=False)
        for name, tool in wanted.items():
            if name not in self._actors:
                self._meshes[name] = meshes[name]
                self._actors[name] = self._plotter.add_mesh(
                    polydata(meshes[name]),
                    color=tool.color,
                    smooth_shading=True,
                    split_sharp_edges=True,
                    specular=0.5,
                    specular_power=30,
                    render=False,
                    reset_camera=False,
                )
            actor = self._actors[name]
            actor.user_matrix = np.array(tool.world_from_tool)
            actor.visibility = tool.visible
            actor.prop.color = tool.color
            actor.prop.ambient = 0.45 if name == selected else 0.15

    def name_of(self, actor: object) -> str | None:
        """The tool that an actor shows."""
        return next((name for name, own in self._actors.items() if own is actor), None)


# One actor: a hundred balls of their own take as many draws.
class LandmarkActors:
    """All landmarks as one mesh of small balls."""

    def __init__(self, plotter: Plotter) -> None:
        self._plotter = plotter
        self._actor: pv.Actor | None = None

    def sync(self, landmarks: tuple[LandmarkItem, ...]) -> None:
        """Show these landmarks."""
        if self._actor is not None:
            self._plotter.remove_actor(self._actor, render=False)
            self._actor = None
        if not landmarks:
            return
        ball = pv.Sphere(radius=LANDMARK_RADIUS_MM, theta_resolution=12, phi_resolution=12)
        cloud = pv.PolyData(np.array([item.position for item in landmarks], dtype=np.float32))
        self._actor = self._plotter.add_mesh(
            cloud.glyph(geom=ball, scale=False, orient=False),
            color=LANDMARK_COLOR,
            smooth_shading=True,
            render=False,
            reset_camera=False,
            pickable=False,
        )


SAMPLE_RADIUS_MM = 6.0


class SampleActors:
    """Where the images of a planned series are taken from: sources amber, detectors blue."""

    def __init__(self, plotter: Plotter) -> None:
        self._plotter = plotter
        self._actors: list[pv.Actor] = []

    def show(self, sources: np.ndarray, detectors: np.ndarray) -> None:
        """(n, 3) positions each; empty arrays remove them."""
        for actor in self._actors:
            self._plotter.remove_actor(actor, render=False)
        self._actors = []
        # Real spheres: software OpenGL does not draw points as spheres.
        ball = pv.Sphere(radius=SAMPLE_RADIUS_MM, theta_resolution=8, phi_resolution=6)
        for points, color in ((sources, "#f5c542"), (detectors, "#4db6e8")):
            if len(points):
                self._actors.append(
                    self._plotter.add_mesh(
                        pv.PolyData(points.astype(np.float32)).glyph(
                            geom=ball, scale=False, orient=False
                        ),
                        color=color,
                        ambient=0.5,
                        render=False,
                        reset_camera=False,
                        pickable=False,
                    )
                )
