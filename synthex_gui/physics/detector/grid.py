"""A focused anti-scatter grid: what it lets through, across the image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.scene.detector import AntiScatterGrid

Array = NDArray[np.float64]


def primary_transmission(grid: AntiScatterGrid, camera: Camera) -> Array:
    """(w,) share of the primary beam that passes in each column.

    The strips run along the columns and point at a line `focus_mm` away. A ray that comes from
    the source instead, at SDD s and c mm from the central ray, walks sideways over a strip's
    height h by h c |1/s - 1/f|; with gaps of D = h / ratio that hides ratio c |1/s - 1/f| of each
    gap (Bushberg et al., The Essential Physics of Medical Imaging, off-focus cut-off). Without a
    grid, or with `focus_mm` None (the focus at the detector's distance), there is no cut-off.
    """
    if not grid.is_in:
        return np.ones(camera.width)
    focus_mm = camera.sdd_mm if grid.focus_mm is None else grid.focus_mm
    off_focus = abs(1.0 / camera.sdd_mm - 1.0 / focus_mm)
    centre = float(camera.k[0, 2])
    distance_mm = np.abs(np.arange(camera.width) - centre) * camera.pixel_pitch_mm
    shaded = np.clip(grid.ratio * distance_mm * off_focus, 0.0, 1.0)
    result: Array = grid.primary_transmission * (1.0 - shaded)
    return result


def scatter_transmission(grid: AntiScatterGrid) -> float:
    """Share of the scattered signal that passes, the same everywhere."""
    return grid.scatter_transmission if grid.is_in else 1.0
