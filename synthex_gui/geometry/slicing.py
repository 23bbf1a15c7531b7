"""Flat cuts through volumes and meshes in world-aligned planes: axial, coronal, sagittal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Grid
from synthex_gui.geometry.transforms import Matrix, Vector

Plane = Literal["axial", "coronal", "sagittal"]
# (world axis and sign to the image's right, to the image's bottom, normal axis): seen as
# radiologists read them, the patient's right at the image's left, anterior at the left in sagittal.
AXES: dict[Plane, tuple[tuple[int, int], tuple[int, int], int]] = {
    "axial": ((0, 1), (1, 1), 2),
    "coronal": ((0, 1), (2, -1), 1),
    "sagittal": ((1, 1), (2, -1), 0),
}


@dataclass(frozen=True, eq=False)
class PlaneGrid:
    """Pixels of a cut: world = `origin_mm` + column * `right_mm` + row * `down_mm`.

    `shape` is (rows, columns); the normal axis' coordinate of `origin_mm` is replaced per cut.
    """

    plane: Plane
    shape: tuple[int, int]
    origin_mm: Vector
    right_mm: Vector
    down_mm: Vector

    @property
    def normal_axis(self) -> int:
        """0, 1 or 2: the world axis across the plane."""
        return AXES[self.plane][2]

    def pixels_of(self, points_mm: Matrix) -> Matrix:
        """(..., 2) columns and rows of world points (..., 3), their distance from the plane
        dropped.
        """
        axes = np.stack([self.right_mm, self.down_mm], axis=1)
        result: Matrix = (np.asarray(points_mm) - self.origin_mm) @ (axes / (axes**2).sum(axis=0))
        return result

    def world_of(self, column: float, row: float, depth_mm: float) -> Vector:
        """World point of a pixel in the plane at `depth_mm` along the normal axis."""
        point: Vector = self.origin_mm + column * self.right_mm + row * self.down_mm
        point[self.normal_axis] = depth_mm
        return point


def plane_grid(grid: Grid, plane: Plane) -> PlaneGrid:
    """The pixel grid of a plane's cuts: the volume's world box, pitch its finest spacing there."""
    (right_axis, right_sign), (down_axis, down_sign), _ = AXES[plane]
    corners = grid.corners_mm()
    low, high = corners.min(axis=0), corners.max(axis=0)
    # The finest voxel spacing seen along each world axis.
    pitch = []
    directions = np.abs(grid.world_from_voxel[:3, :3]) / grid.spacing_mm
    for axis in (right_axis, down_axis):
        pitch.append(float(grid.spacing_mm[int(np.argmax(directions[axis]))]))
    right, down = np.zeros(3), np.zeros(3)
    right[right_axis], down[down_axis] = right_sign * pitch[0], down_sign * pitch[1]
    columns = max(1, round((high - low)[right_axis] / pitch[0]))
    rows = max(1, round((high - low)[down_axis] / pitch[1]))
    origin = (low + high) / 2 - right * (columns - 1) / 2 - down * (rows - 1) / 2
    return PlaneGrid(plane, (rows, columns), origin, right, down)


def cut(
    values: NDArray[Any], grid: Grid, plane: PlaneGrid, depth_mm: float, outside: float
) -> NDArray[np.float32]:
    """(rows, columns) float32 of the nearest voxels; `outside` beyond the volume's faces."""
    inverse = np.linalg.inv(grid.world_from_voxel)
    origin = plane.world_of(0.0, 0.0, depth_mm)
    start = inverse[:3, :3] @ origin + inverse[:3, 3]
    right, down = inverse[:3, :3] @ plane.right_mm, inverse[:3, :3] @ plane.down_mm
    rows, columns = plane.shape
    along_rows = np.arange(rows)[:, None] * down
    along_columns = np.arange(columns)[:, None] * right
    index, inside = [], np.ones((1, 1), dtype=bool)
    for axis, length in zip((2, 1, 0), values.shape, strict=True):
        # An axis that neither direction moves along, or only one, stays a row or a column here.
        exact = np.full((1, 1), start[axis])
        if down[axis]:
            exact = exact + along_rows[:, axis][:, None]
        if right[axis]:
            exact = exact + along_columns[:, axis][None, :]
        inside = inside & (exact > -0.5) & (exact < length - 0.5)
        index.append(np.clip(np.rint(exact).astype(np.intp), 0, length - 1))
    picked = np.empty((rows, columns), dtype=np.float32)
    picked[...] = values[index[0], index[1], index[2]]
    picked[~np.broadcast_to(inside, picked.shape)] = outside
    return picked


def mesh_cut(
    vertices_mm: Matrix, triangles: NDArray[np.int32], axis: int, depth_mm: float
) -> Matrix:
    """(n, 2, 3) segments where world triangles cross the plane coordinate[axis] = depth."""
    height = vertices_mm[:, axis] - depth_mm
    corner_heights = height[triangles]
    crossing = (corner_heights.min(axis=1) < 0) & (corner_heights.max(axis=1) >= 0)
    chosen = triangles[crossing]
    if not len(chosen):
        return np.zeros((0, 2, 3))
    heights = height[chosen]
    # The corner that is alone on its side of the plane; both its edges cross it.
    below = heights < 0
    lonely = np.where(below.sum(axis=1) == 1, below.argmax(axis=1), (~below).argmax(axis=1))
    rows = np.arange(len(chosen))
    apex, apex_height = chosen[rows, lonely], heights[rows, lonely]
    ends = []
    for step in (1, 2):
        other = (lonely + step) % 3
        t = apex_height / (apex_height - heights[rows, other])
        a, b = vertices_mm[apex], vertices_mm[chosen[rows, other]]
        ends.append(a + t[:, None] * (b - a))
    result: Matrix = np.stack(ends, axis=1)
    return result
