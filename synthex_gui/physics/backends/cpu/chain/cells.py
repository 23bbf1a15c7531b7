"""The primary on a coarse grid, from which scatter and exposure control are worked out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.physics.backends.base import Image
from synthex_gui.physics.backends.stages import BeamStage

# Pixels of a cell that stand for it, per side.
_SAMPLES = 4


@dataclass(frozen=True, eq=False)
class CoarsePrimary:
    """Means over cells of `cell_px` pixels: `signal` of the primary, relative to the open field on
    the central ray, and `water_g_cm2`, areal density of all tissues; both (rows, columns).
    """

    signal: Image
    water_g_cm2: Image
    cell_px: int


def coarse_primary(
    mean: Image, beam: BeamStage, amounts: NDArray[np.float32], tissues: int
) -> CoarsePrimary:
    """Sample the primary's `mean` (h, w) and the first `tissues` of `amounts` (m, h, w)."""
    height, width = mean.shape
    cell_px = beam.cell_px
    shape = (-(-height // cell_px), -(-width // cell_px))
    signal, water = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    shade = np.ones((1, 1), np.float32) if beam.blades is None else beam.blades
    _sample(
        mean,
        beam.open_field,
        np.float32(beam.darkest),
        shade,
        beam.blades is not None,
        amounts,
        tissues,
        cell_px,
        signal,
        water,
    )
    return CoarsePrimary(signal, water, cell_px)


@vector_kernel
def _sample(
    mean: Image,
    open_field: Image,
    darkest: np.float32,
    blades: Image,
    has_blades: bool,
    areal: NDArray[np.float32],
    tissues: int,
    cell: int,
    signal: Image,
    water: Image,
) -> None:
    """A cell is the mean of evenly spread pixels; beyond the image's edge there is no beam."""
    height, width = mean.shape
    per_side = min(_SAMPLES, cell)
    share = np.float32(1.0 / per_side**2)
    for i in range(signal.shape[0]):
        for j in range(signal.shape[1]):
            for a in range(per_side):
                row = i * cell + (2 * a + 1) * cell // (2 * per_side)
                for b in range(per_side):
                    column = j * cell + (2 * b + 1) * cell // (2 * per_side)
                    if row < height and column < width:
                        passed = mean[row, column] * max(open_field[row, column], darkest)
                        if has_blades:
                            passed *= blades[row, column]
                        signal[i, j] += share * passed
                        for m in range(tissues):
                            water[i, j] += share * areal[m, row, column]
