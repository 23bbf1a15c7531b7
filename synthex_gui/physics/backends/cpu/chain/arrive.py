"""What arrives at the detector: blades, grid and scatter joined to the primary, quantum noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.numeric.philox import QUANTUM, draw, to_normals, uniforms
from synthex_gui.numeric.tiles import run_tiles
from synthex_gui.physics.backends.base import Image
from synthex_gui.physics.backends.stages import BeamStage, ReadStage

_NO_IMAGE = np.ones((1, 1), dtype=np.float32)
_NO_KEY = np.zeros(2, dtype=np.uint32)


def arrive(
    primary: tuple[Image, Image],
    beam: BeamStage,
    read: ReadStage,
    stray: Image | None,
    photons: float,
    threads: int,
) -> Image:
    """(h, w) float32 signal at the detector, before its blur, drawn for `photons` per pixel of the
    open field; the expected signal where `read` has no key.

    `primary` as `transmit` gives it; `stray` (rows, columns) scatter behind the grid, on the beam's
    coarse cells, None for none.
    """
    mean, spread = primary
    out = np.empty_like(mean)
    blades = _NO_IMAGE if beam.blades is None else beam.blades
    scatter = _NO_IMAGE if stray is None else stray
    scatter_spread = 1.0 if read.scatter is None else read.scatter.spread
    key = _NO_KEY if read.key is None else read.key

    def tile(top: int, bottom: int) -> None:
        _arrive_rows(
            mean,
            spread,
            beam.open_field,
            np.float32(beam.darkest),
            blades,
            beam.blades is not None,
            read.grid,
            scatter,
            stray is not None,
            beam.cell_px,
            np.float32(scatter_spread),
            np.float32(0.0 if read.key is None else 1.0 / photons),
            key,
            top,
            bottom,
            out,
        )

    run_tiles(tile, out.shape[0], threads)
    return out


@vector_kernel
def _arrive_rows(
    mean: Image,
    spread: Image,
    open_field: Image,
    darkest: np.float32,
    blades: Image,
    has_blades: bool,
    grid: Image,
    scatter: Image,
    has_scatter: bool,
    cell: int,
    scatter_spread: np.float32,
    per_photon: np.float32,
    key: NDArray[np.uint32],
    top: int,
    bottom: int,
    out: Image,
) -> None:
    """Fill rows [top, bottom); `per_photon` 0 for no noise."""
    width = mean.shape[1]
    beam = np.empty(width, np.float32)
    stray = np.zeros(width, np.float32)
    gain = np.empty(width, np.float32)
    one, two = np.empty(width, np.float32), np.empty(width, np.float32)
    normal = np.empty(width, np.float32)
    for row in range(top, bottom):
        primary, spreads, opened, target = mean[row], spread[row], open_field[row], out[row]
        for n in range(width):
            beam[n] = primary[n] * max(opened[n], darkest) * grid[n]
        if has_blades:
            passing = blades[row]
            for n in range(width):
                beam[n] *= passing[n]
        if has_scatter:
            _between_cells(scatter, cell, row, stray)
        for n in range(width):
            whole = beam[n] + stray[n]
            share = (beam[n] * spreads[n] + stray[n] * scatter_spread) * per_photon
            # Behind metal nothing arrives at all; 0 / 0 would be no number.
            gain[n] = share / max(whole, np.float32(1e-30))
            beam[n] = whole
        if per_photon == np.float32(0.0):
            target[:] = beam
        else:
            uniforms(row * width, QUANTUM, key[0], key[1], one, two)
            to_normals(one, two, normal)
            draw(beam, gain, one, normal, target)


@vector_kernel
def _between_cells(coarse: Image, cell: int, row: int, line: Image) -> None:
    """One row of pixels from a coarse image, linear between the centres of its cells."""
    rows, columns = coarse.shape
    y = min(max((row + 0.5) / cell - 0.5, 0.0), rows - 1.0)
    i = min(int(y), max(rows - 2, 0))
    below = min(i + 1, rows - 1)
    share = np.float32(y - i)
    blended = np.empty(columns + 1, np.float32)
    for c in range(columns):
        blended[c] = coarse[i, c] + share * (coarse[below, c] - coarse[i, c])
    blended[columns] = blended[columns - 1]
    step = np.float32(1.0 / cell)
    for n in range(line.size):
        x = (np.float32(n) + np.float32(0.5)) * step - np.float32(0.5)
        x = min(max(x, np.float32(0.0)), np.float32(columns - 1))
        left = np.int32(x)
        step_up = blended[left + 1] - blended[left]
        line[n] = blended[left] + (x - np.float32(left)) * step_up
