"""`scattered` as numbers for a device that sums it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.backends.exposing import ScatterStage
from synthex_gui.physics.scatter.kernels import ScatterKernels
from synthex_gui.physics.scatter.spread import THICKER, THINNER, by_distance, gap_place, smoothing


def scatter_stage(
    kernels: ScatterKernels,
    shape: tuple[int, int],
    gap_cm: float,
    cell_cm: float,
    sdd_cm: float,
    passing: float,
) -> ScatterStage:
    """For a coarse grid of `shape` (rows, columns); the rest as `scattered` takes it. `passing`:
    what the grid lets through.

    Tables are the same objects from image to image, by which a backend knows that it has them.
    """
    gap, share = gap_place(kernels, gap_cm)
    near, far = (_table(kernels, g, shape, cell_cm, sdd_cm) for g in (gap, gap + 1))
    down, across = smoothing(*shape, cell_cm)
    return ScatterStage(
        _nodes(kernels),
        near,
        far,
        float(share),
        down,
        across,
        THICKER,
        THINNER,
        passing,
        kernels.spread,
    )


@lru_cache(maxsize=16)
def _nodes(kernels: ScatterKernels) -> NDArray[np.float64]:
    water = kernels.water_cm
    return np.stack([water, np.exp(THICKER * water), np.exp(THINNER * water)])


@lru_cache(maxsize=32)
def _table(
    kernels: ScatterKernels, gap: int, shape: tuple[int, int], cell_cm: float, sdd_cm: float
) -> NDArray[np.float32]:
    """(nodes, rows, columns) the kernels of a gap."""
    nodes = range(len(kernels.water_cm))
    tables = [by_distance(kernels, t, gap, shape, cell_cm, sdd_cm) for t in nodes]
    return np.stack(tables).astype(np.float32)
