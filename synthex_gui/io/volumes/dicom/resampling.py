"""Planes at measured places to a regular orthogonal grid: linear, air outside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Grid
from synthex_gui.geometry.transforms import Matrix, Vector
from synthex_gui.io.volumes.hounsfield import AIR_HU

# A grid finer than this many times the planes there are would only repeat them.
MAX_REFINEMENT = 4


def resample(
    planes: NDArray[np.int16],
    rotation: Matrix,
    place_mm: Matrix,
    pixel_mm: tuple[float, float],
) -> tuple[NDArray[np.int16], Grid]:
    """(values (nz, ny, nx) int16 HU, their grid).

    `planes` (n, ny, nx) ordered along the normal, `rotation` and `place_mm` as in `Stack`. Grid
    axes are the row, the column and the normal; its step along the normal is the smallest gap,
    stretched or shrunk a little so that the first and the last plane stay.
    """
    count, rows, columns = planes.shape
    heights = place_mm[:, 2]
    length = float(heights[-1] - heights[0])
    step = max(float(np.diff(heights).min()), length / (MAX_REFINEMENT * count))
    layers = max(2, round(length / step) + 1)
    step = length / (layers - 1)
    low = place_mm[:, :2].min(axis=0)
    pixels = np.array(pixel_mm)
    extra = np.ceil((place_mm[:, :2].max(axis=0) - low) / pixels - 1e-6).astype(int)
    shape = (layers, rows + int(extra[1]), columns + int(extra[0]))
    result = np.empty(shape, np.int16)
    shifts = (place_mm[:, :2] - low) / pixels
    below: NDArray[np.float32] = np.empty(0, np.float32)
    above: NDArray[np.float32] = np.empty(0, np.float32)
    below_index = above_index = -1
    for layer in range(layers):
        height = heights[0] + layer * step
        index = int(np.clip(np.searchsorted(heights, height, side="right") - 1, 0, count - 2))
        share = float(
            np.clip((height - heights[index]) / (heights[index + 1] - heights[index]), 0, 1)
        )
        if below_index != index:
            moved = above if above_index == index else _shifted(planes[index], shifts[index], shape)
            below_index, below = index, moved
        if above_index != index + 1:
            above_index, above = index + 1, _shifted(planes[index + 1], shifts[index + 1], shape)
        result[layer] = np.rint((1 - share) * below + share * above)
    world_from_voxel = np.eye(4)
    world_from_voxel[:3, :3] = rotation * np.array([*pixel_mm, step])
    world_from_voxel[:3, 3] = rotation @ np.array([*low, heights[0]])
    return result, Grid(shape, world_from_voxel)


def _shifted(
    plane: NDArray[np.int16], shift: Vector, shape: tuple[int, int, int]
) -> NDArray[np.float32]:
    """A plane moved by (x, y) pixels on a larger canvas of air, bilinear."""
    canvas = np.full((shape[1] + 1, shape[2] + 1), AIR_HU, np.float32)
    whole = np.floor(shift + 1e-6).astype(int)
    rows, columns = plane.shape
    canvas[whole[1] : whole[1] + rows, whole[0] : whole[0] + columns] = plane
    fx, fy = np.clip(shift - whole, 0, 1).astype(np.float32)
    if fx > 1e-4:
        left = np.pad(canvas[:, :-1], ((0, 0), (1, 0)), constant_values=AIR_HU)
        canvas = (1 - fx) * canvas + fx * left
    if fy > 1e-4:
        upper = np.pad(canvas[:-1], ((1, 0), (0, 0)), constant_values=AIR_HU)
        canvas = (1 - fy) * canvas + fy * upper
    return canvas[: shape[1], : shape[2]]
