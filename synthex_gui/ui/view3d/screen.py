"""Between world millimetres and widget points of the 3D view."""

from __future__ import annotations

from typing import Any

import numpy as np

from synthex_gui.geometry.transforms import Matrix, Vector


class Screen:
    """A snapshot of the view's projection; make a new one per event."""

    def __init__(self, camera: Any, width: float, height: float) -> None:
        self.width, self.height = max(width, 1.0), max(height, 1.0)
        matrix = camera.GetCompositeProjectionTransformMatrix(self.width / self.height, -1, 1)
        self._clip_from_world = np.array(
            [[matrix.GetElement(r, c) for c in range(4)] for r in range(4)]
        )
        self._world_from_clip = np.linalg.inv(self._clip_from_world)

    def points(self, world_mm: Matrix) -> Matrix:
        """(n, 2) widget points of (n, 3) world points; nan behind the camera."""
        world = np.atleast_2d(world_mm)
        clip = np.column_stack([world, np.ones(len(world))]) @ self._clip_from_world.T
        w = np.where(clip[:, 3] > 0, clip[:, 3], np.nan)
        ndc = clip[:, :2] / w[:, None]
        result: Matrix = np.column_stack(
            [(ndc[:, 0] + 1) / 2 * self.width, (1 - ndc[:, 1]) / 2 * self.height]
        )
        return result

    def ray(self, x: float, y: float) -> tuple[Vector, Vector]:
        """(origin, unit direction) of the line of sight through a widget point."""
        ndc = np.array([2 * x / self.width - 1, 1 - 2 * y / self.height])
        ends = []
        # -1 is the near plane, 1 the far one.
        for depth in (-1.0, 1.0):
            homogeneous = self._world_from_clip @ np.array([*ndc, depth, 1.0])
            ends.append(homogeneous[:3] / homogeneous[3])
        direction = ends[1] - ends[0]
        return ends[0], direction / np.linalg.norm(direction)


def nearest_on_axis(origin: Vector, direction: Vector, point: Vector, axis: Vector) -> float | None:
    """Where along `point + s axis` (unit) the line of sight passes nearest; None when parallel."""
    cross = np.cross(direction, axis)
    # The sine squared of the angle between them, as both are unit vectors.
    size = float(cross @ cross)
    if size < 1e-6:
        return None
    return float(np.cross(point - origin, direction) @ cross / size)


def angle_in_plane(
    origin: Vector, direction: Vector, centre: Vector, normal: Vector, zero: Vector
) -> float | None:
    """Degrees, about `normal` from `zero`, of where the line of sight meets a plane."""
    slope = float(direction @ normal)
    # Seen edge on the plane is a line, and a point on it says no angle.
    if abs(slope) < 1e-3:
        return None
    hit = origin + direction * float((centre - origin) @ normal) / slope - centre
    return float(np.degrees(np.arctan2(np.cross(zero, hit) @ normal, zero @ hit)))
