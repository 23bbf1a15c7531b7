"""Move and rotate handles on the selected tool, in the tool's own axes.

Written here, not pyvista's AffineWidget3D: that one turns the wrong way on flipped axes (pyvista
issue 7254) and takes the interactor style over (7500).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyvista as pv

from synthex_gui.geometry.transforms import Matrix, Vector, rigid, rotation_about
from synthex_gui.ui.view3d.plotter import Plotter
from synthex_gui.ui.view3d.screen import Screen, angle_in_plane, nearest_on_axis

Mode = Literal["move", "rotate"]
COLORS = ("#ff6b5e", "#59c98b", "#4db6e8")
# A handle is 1 to 2 points wide on screen; a hand does not hit that.
HIT_POINTS = 9.0
SNAP_MM, SNAP_DEG = 1.0, 5.0
# So the handles are as large on screen at any zoom.
SIZE_SHARE = 0.11  # of the distance from the camera


@dataclass(frozen=True)
class Handle:
    """One axis of the gizmo."""

    mode: Mode
    axis: int


class Gizmo:
    """Shows three arrows or three rings; says which is under the pointer; turns drags to poses."""

    def __init__(self, plotter: Plotter) -> None:
        self._plotter = plotter
        self._actors: dict[Handle, pv.Actor] = {}
        self.mode: Mode = "move"
        self._pose: Matrix | None = None
        self._scale = 50.0
        for axis, color in enumerate(COLORS):
            direction = np.eye(3)[axis]
            arrow = pv.Arrow(
                direction=direction, tip_length=0.22, tip_radius=0.06, shaft_radius=0.018
            )
            circle = np.linspace(0, 2 * np.pi, 65)
            first, second = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3]
            ring = pv.lines_from_points(
                0.8 * (np.outer(np.cos(circle), first) + np.outer(np.sin(circle), second))
            ).tube(radius=0.016, n_sides=8)
            for mode, shape in (("move", arrow), ("rotate", ring)):
                actor = plotter.add_mesh(
                    shape,
                    color=color,
                    lighting=False,
                    render=False,
                    reset_camera=False,
                    pickable=False,
                )
                actor.visibility = False
                self._actors[Handle(mode, axis)] = actor  # type: ignore[arg-type]

    def show(self, world_from_tool: Matrix | None, camera_position: Vector) -> None:
        """Place the handles on a tool, or hide them with None."""
        self._pose = None if world_from_tool is None else np.array(world_from_tool)
        for handle, actor in self._actors.items():
            # Hidden handles must not be hit either: `handle_at` asks for the pose alone.
            actor.visibility = self._pose is not None and handle.mode == self.mode
        if self._pose is None:
            return
        centre = self._pose[:3, 3]
        self._scale = SIZE_SHARE * float(np.linalg.norm(np.asarray(camera_position) - centre))
        axes = self._axes()
        for actor in self._actors.values():
            actor.user_matrix = rigid(axes * self._scale, centre)

    def handle_at(self, screen: Screen, x: float, y: float) -> Handle | None:
        """The handle under a widget point, judged on the screen."""
        if self._pose is None:
            return None
        centre, axes = self._pose[:3, 3], self._axes()
        best: tuple[float, Handle] | None = None
        for axis in range(3):
            if self.mode == "move":
                # Not at the origin, where all three meet and none is meant.
                along = np.linspace(0.25, 1.0, 16)[:, None] * axes[:, axis] * self._scale
                points = centre + along
            else:
                turn = np.linspace(0, 2 * np.pi, 73)
                first, second = axes[:, (axis + 1) % 3], axes[:, (axis + 2) % 3]
                points = centre + 0.8 * self._scale * (
                    np.outer(np.cos(turn), first) + np.outer(np.sin(turn), second)
                )
            # Behind the camera a point has no place on the screen.
            gap = float(np.nanmin(np.hypot(*(screen.points(points) - (x, y)).T)))
            if gap < HIT_POINTS and (best is None or gap < best[0]):
                best = gap, Handle(self.mode, axis)
        return None if best is None else best[1]

    def start_drag(self, handle: Handle, screen: Screen, x: float, y: float) -> Drag | None:
        """Begin to drag a handle; None when the view looks straight along it."""
        if self._pose is None:
            return None
        pose, axes = self._pose.copy(), self._axes()
        axis = axes[:, handle.axis]
        centre = pose[:3, 3]
        if handle.mode == "move":

            def measure(view: Screen, px: float, py: float) -> float | None:
                return nearest_on_axis(*view.ray(px, py), centre, axis)

        else:
            zero = axes[:, (handle.axis + 1) % 3]

            def measure(view: Screen, px: float, py: float) -> float | None:
                return angle_in_plane(*view.ray(px, py), centre, axis, zero)

        start = measure(screen, x, y)
        return None if start is None else Drag(handle, pose, axis, start, measure)

    def _axes(self) -> Matrix:
        assert self._pose is not None
        # A tool's axes are unit vectors but for what rounding leaves.
        columns = self._pose[:3, :3]
        result: Matrix = columns / np.linalg.norm(columns, axis=0)
        return result


@dataclass(frozen=True, eq=False)
class Drag:
    """A drag under way; every pose is computed from the one at its start."""

    handle: Handle
    pose: Matrix
    axis: Vector
    start: float
    measure: Callable[[Screen, float, float], float | None]

    def pose_at(self, screen: Screen, x: float, y: float, fine: bool, snap: bool) -> Matrix | None:
        """World from tool with the pointer there; fine x0.1; snap to 1 mm or 5 degrees."""
        value = self.measure(screen, x, y)
        if value is None:
            return None
        offset = value - self.start
        if self.handle.mode == "rotate":
            # The way round that is shorter: from 179 to -179 is 2 degrees.
            offset = (offset + 180.0) % 360.0 - 180.0
        offset *= 0.1 if fine else 1.0
        if snap:
            step = SNAP_MM if self.handle.mode == "move" else SNAP_DEG
            offset = round(offset / step) * step
        moved = self.pose.copy()
        if self.handle.mode == "move":
            moved[:3, 3] += offset * self.axis
        else:
            moved[:3, :3] = rotation_about(self.axis, offset) @ moved[:3, :3]
        return moved
