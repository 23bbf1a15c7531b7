"""The truth that projectors are tested against: plain float64 sampling along single rays."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

from synthex_gui.geometry.arrays import Grid
from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.physics.backends.base import Field

STEP_MM = 0.05


def reference_integrals(field: Field, camera: Camera, pixels: np.ndarray) -> np.ndarray:
    """(n,) float64 line integrals of the trilinear field for pixels (n, 2) column, row."""
    values = np.maximum(field.stored.astype(np.float64), 0.0)
    voxel_from_world = np.linalg.inv(field.grid.world_from_voxel)
    size = np.array(field.stored.shape[::-1], dtype=float)
    source = voxel_from_world[:3, :3] @ camera.source_mm + voxel_from_world[:3, 3]
    result = np.zeros(len(pixels))
    for n, (column, row) in enumerate(pixels):
        _, direction_mm = camera.ray(float(column), float(row))
        direction = voxel_from_world[:3, :3] @ direction_mm
        safe = np.where(np.abs(direction) < 1e-12, 1e-12, direction)
        ends = np.stack([(-0.5 - source) / safe, (size - 0.5 - source) / safe])
        begin, end = max(ends.min(0).max(), 0.0), ends.max(0).min()
        if begin >= end:
            continue
        count = int(np.ceil((end - begin) / STEP_MM))
        step = (end - begin) / count
        at = source[:, None] + direction[:, None] * (begin + step * (np.arange(count) + 0.5))
        samples = map_coordinates(values, at[::-1], order=1, mode="nearest")
        result[n] = samples.sum() * step
    return result * field.scale


def pixel_subset(camera: Camera, count: int, seed: int) -> np.ndarray:
    """(count, 2) random integer pixels, column and row."""
    rng = np.random.default_rng(seed)
    return np.stack(
        [rng.integers(camera.width, size=count), rng.integers(camera.height, size=count)], 1
    )


def grid(
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    linear: np.ndarray | None = None,
) -> Grid:
    """A grid centred on the world's origin; `linear` (3, 3) is applied after the spacing."""
    matrix: Matrix = np.eye(4)
    matrix[:3, :3] = (np.eye(3) if linear is None else linear) @ np.diag(spacing)
    matrix[:3, 3] = -matrix[:3, :3] @ ((np.array(shape[::-1]) - 1) / 2)
    return Grid(shape, matrix)


def relative_rms(image: np.ndarray, truth: np.ndarray) -> float:
    """rms error over rms value."""
    return float(np.sqrt(np.mean((image - truth) ** 2) / np.mean(truth**2)))
