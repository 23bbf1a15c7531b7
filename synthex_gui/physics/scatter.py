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
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import gaussian_filter

from synthex_gui.physics.scatter_kernels import ScatterKernels

Array = NDArray[np.float64]
Image = NDArray[np.float32]
Transfer = NDArray[np.complex64]

GAP_PART, WATER_PART = 0.25, 0.4
THICKER, THINNER = 0.08, 0.02  # 1/cm
SMOOTH_CM = 5.0


def scattered(
    kernels: ScatterKernels,
    primary: Image,
    water_g_cm2: Image,
    gap_cm: float,
    cell_cm: float,
    sdd_cm: float,
) -> Image:
    """(h, w) float32 scatter on a coarse grid, in the primary's unit, never negative.

    `primary` (h, w) signal per unit of area, of all of the irradiated field; `water_g_cm2` areal
    density of tissue there: where it is 0 nothing scatters, so scenes of metal alone have none;
    `gap_cm` from where the beam leaves the matter to the detector; `cell_cm` the grid's pitch;
    `sdd_cm` from the source to the detector.
    """
    nodes = kernels.water_cm
    height, width = primary.shape
    total = np.zeros((height, width), dtype=np.float32)
    thickness = np.clip(water_g_cm2, 0.0, nodes[-1]).astype(np.float32)
    shares = _shares(nodes, thickness)
    # Photons come in over a cone: no detail of the body may show in what it lets through.
    around = gaussian_filter(thickness, SMOOTH_CM / cell_cm, mode="nearest")
    arriving = [_arriving(around - np.float32(node)) for node in nodes]
    # What a slab between two nodes would get of both, so that it gets 1.
    own = sum(share * part for share, part in zip(shares, arriving, strict=True))
    whole = np.maximum(sum(shares), np.float32(1e-6))
    source = primary * whole / np.maximum(own, np.float32(1e-6))
    gap_place, gap_share = _gap(kernels, gap_cm)
    for t in range(len(nodes)):
        if not shares[t].any():
            continue
        near, far = (
            _transfer(kernels, t, g, height, width, cell_cm, sdd_cm)
            for g in (gap_place, gap_place + 1)
        )
        spread = rfft2(source * shares[t], _padded(height, width))
        spread = spread * (near + gap_share * (far - near))
        total += irfft2(spread, _padded(height, width))[:height, :width] * arriving[t]
    return np.maximum(total, np.float32(0.0))


def _shares(nodes: Array, thickness: Image) -> list[Image]:
    """(h, w) each node's share in each thickness, linear between nodes and from 0 to the first."""
    bounds = np.concatenate([[0.0], nodes])
    place = np.clip(np.searchsorted(bounds, thickness, side="right") - 1, 0, len(nodes) - 1)
    upper = ((thickness - bounds[place]) / (bounds[place + 1] - bounds[place])).astype(np.float32)
    return [
        np.where(place == t, upper, np.where(place == t + 1, 1 - upper, 0)).astype(np.float32)
        for t in range(len(nodes))
    ]


def _arriving(thicker_cm: Image) -> Image:
    """What arrives where that much more matter stands, over what a slab's kernel says."""
    rate = np.where(thicker_cm > 0, np.float32(THICKER), np.float32(THINNER))
    result: Image = np.exp(-rate * thicker_cm)
    return result


def _gap(kernels: ScatterKernels, gap_cm: float) -> tuple[int, np.float32]:
    """(the node below, share of the one above); the ends beyond the table."""
    gaps = kernels.gap_cm
    inside = float(np.clip(gap_cm, gaps[0], gaps[-1]))
    place = int(np.clip(np.searchsorted(gaps, inside, side="right") - 1, 0, len(gaps) - 2))
    return place, np.float32((inside - gaps[place]) / (gaps[place + 1] - gaps[place]))


def _padded(height: int, width: int) -> tuple[int, int]:
    return next_fast_len(2 * height - 1, True), next_fast_len(2 * width - 1, True)


@lru_cache(maxsize=256)
def _transfer(
    kernels: ScatterKernels,
    water: int,
    gap: int,
    height: int,
    width: int,
    cell_cm: float,
    sdd_cm: float,
) -> Transfer:
    """Fourier transform of a node's kernel on the padded grid; kept, a pose does not change it."""
    rows, columns = _padded(height, width)
    before_cm = GAP_PART * kernels.gap_cm[gap] + WATER_PART * kernels.water_cm[water]
    apart_cm = max(1.0 - before_cm / sdd_cm, 0.3) * cell_cm
    # One quarter is worked out, the others mirror it.
    steps = np.hypot(np.arange(rows // 2 + 1)[:, None], np.arange(columns // 2 + 1))
    quarter = kernels.density(water, gap, apart_cm * steps, apart_cm) * cell_cm**2
    down, across = (np.minimum(np.arange(n), n - np.arange(n)) for n in (rows, columns))
    kernel = quarter[np.ix_(down, across)]
    return np.asarray(rfft2(kernel.astype(np.float32)), dtype=np.complex64)
