"""Scattered radiation at the detector: the primary beam spread by kernels of the matter it met.

scatter = sum_t f(thickness - t) * ((primary * share_t(thickness)) convolved with kernel_t): each
point of the primary spreads by the kernel of its water-equivalent thickness, linear between those
of the table. One air gap serves an image.

The kernels are those of parallel pencils in endless slabs. Two things are mended with constants
fitted to Monte Carlo (`benchmarks/scatter_monte_carlo.py`):

- In the diverging beam of a tube, photons scattered towards the central ray travel less obliquely;
  as if the pencils stood closer together, by the magnification between the detector and some plane
  before it, which GAP_PART and WATER_PART place. Without it a 30 cm field is 10 to 20 % low.
- Where more matter stands than where a photon was scattered, less of it arrives, and more where
  less stands: f(d) = exp(-THICKER d) for d > 0, exp(-THINNER d) for d < 0, d against the
  thickness around, smoothed since photons come in over a cone. Air beside a body is then 20 % low
  instead of 40 %, the middle of a head-sized box 60 % high instead of 110 %. Larger constants do
  better on boxes and worse on Gate's image of a child.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from synthex_gui.physics.backends.stages import ScatterStage, padded_shape
from synthex_gui.physics.scatter.kernels import ScatterKernels

Array = NDArray[np.float64]
Image = NDArray[np.float32]

GAP_PART, WATER_PART = 0.25, 0.4
THICKER, THINNER = 0.08, 0.02  # 1/cm
SMOOTH_CM = 5.0


def scatter_stage(
    kernels: ScatterKernels,
    shape: tuple[int, int],
    gap_cm: float,
    cell_cm: float,
    sdd_cm: float,
    passing: float = 1.0,
) -> ScatterStage:
    """For a coarse grid of `shape` (rows, columns) and pitch `cell_cm`, from where the beam leaves
    the matter `gap_cm` to the detector, `sdd_cm` from the source to it. `passing`: what the
    anti-scatter grid lets through.

    Tables are the same objects from image to image, by which a backend knows that it has them.
    """
    gap, share = gap_place(kernels, gap_cm)
    near, far = (_table(kernels, g, shape, cell_cm, sdd_cm) for g in (gap, gap + 1))
    # Photons come in over a cone: no detail of the body may show in what it lets through.
    down, across = smoothing(*shape, cell_cm)
    return ScatterStage(
        nodes=_nodes(kernels),
        near=near,
        far=far,
        share=float(share),
        down=down,
        across=across,
        thicker=THICKER,
        thinner=THINNER,
        passing=passing,
        spread=kernels.spread,
    )


@lru_cache(maxsize=16)
def _nodes(kernels: ScatterKernels) -> Array:
    water = kernels.water_cm
    return np.stack([water, np.exp(THICKER * water), np.exp(THINNER * water)])


@lru_cache(maxsize=32)
def _table(
    kernels: ScatterKernels, gap: int, shape: tuple[int, int], cell_cm: float, sdd_cm: float
) -> Image:
    """(nodes, rows, columns) the kernels of a gap, as far as a transform on the padded grid asks
    for them.
    """
    rows, columns = padded_shape(*shape)
    reach = rows // 2 + 1, columns // 2 + 1
    nodes = range(len(kernels.water_cm))
    tables = [by_distance(kernels, t, gap, reach, cell_cm, sdd_cm) for t in nodes]
    return np.stack(tables).astype(np.float32)


@lru_cache(maxsize=16)
def smoothing(height: int, width: int, cell_cm: float) -> tuple[Image, Image]:
    """(down, across), with which down @ image @ across is the image through a Gaussian of
    SMOOTH_CM; beyond its edges an image goes on as it is there.
    """
    down, across = (
        gaussian_filter1d(np.eye(count), SMOOTH_CM / cell_cm, axis=0, mode="nearest")
        for count in (height, width)
    )
    return down.astype(np.float32), across.T.astype(np.float32).copy()


def gap_place(kernels: ScatterKernels, gap_cm: float) -> tuple[int, np.float32]:
    """(the node of the gap below, share of the one above); the ends beyond the table."""
    gaps = kernels.gap_cm
    inside = float(np.clip(gap_cm, gaps[0], gaps[-1]))
    place = int(np.clip(np.searchsorted(gaps, inside, side="right") - 1, 0, len(gaps) - 2))
    return place, np.float32((inside - gaps[place]) / (gaps[place + 1] - gaps[place]))


def by_distance(
    kernels: ScatterKernels,
    water: int,
    gap: int,
    shape: tuple[int, int],
    cell_cm: float,
    sdd_cm: float,
) -> Array:
    """A node's kernel at a distance of `shape` (rows, columns) cells: the part of what scatters in
    a cell that arrives in another.
    """
    before_cm = GAP_PART * kernels.gap_cm[gap] + WATER_PART * kernels.water_cm[water]
    # Scatter starts between exit and source, where a cell is smaller; never below a third, so that
    # thick bodies close to the tube keep a kernel.
    apart_cm = max(1.0 - before_cm / sdd_cm, 0.3) * cell_cm
    steps = np.hypot(np.arange(shape[0])[:, None], np.arange(shape[1]))
    return kernels.density(water, gap, apart_cm * steps, apart_cm) * cell_cm**2
