"""The scatter of one exposure: the primary on a coarse grid, and what it scatters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import vector_kernel

Image = NDArray[np.float32]

# Cells along the longer side of the image; scatter varies over centimetres.
CELLS = 96
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
    mean: Image,
    open_field: Image,
    blades: Image | None,
    areal: NDArray[np.float32],
    tissues: int,
    cell_px: int,
) -> CoarsePrimary:
    """Sample the primary and the first `tissues` of the areal densities (m, h, w) per cell."""
    height, width = mean.shape
    shape = (-(-height // cell_px), -(-width // cell_px))
    signal, water = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    shade = np.ones((1, 1), np.float32) if blades is None else blades
    _sample(mean, open_field, shade, blades is not None, areal, tissues, cell_px, signal, water)
    return CoarsePrimary(signal, water, cell_px)


@vector_kernel
def _sample(
    mean: Image,
    open_field: Image,
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
                        passed = mean[row, column] * open_field[row, column]
                        if has_blades:
                            passed *= blades[row, column]
                        signal[i, j] += share * passed
                        for m in range(tissues):
                            water[i, j] += share * areal[m, row, column]
