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
from scipy.fft import fft, ifft, irfft, next_fast_len, rfft, rfft2
from scipy.ndimage import gaussian_filter1d

from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.physics.scatter.kernels import ScatterKernels

Array = NDArray[np.float64]
Image = NDArray[np.float32]

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
    thickness = np.clip(water_g_cm2, 0.0, nodes[-1]).astype(np.float32)
    # Photons come in over a cone: no detail of the body may show in what it lets through.
    down, across = smoothing(height, width, cell_cm)
    around = _product(_product(down, thickness), across)
    lets_through = _by_side(around, nodes)
    parts = np.zeros((len(nodes), height, width), dtype=np.float32)
    is_used = np.zeros(len(nodes), dtype=np.bool_)
    _share_out(primary.copy(), thickness, nodes, around, *lets_through, parts, is_used)
    used = np.flatnonzero(is_used)
    gap, gap_share = gap_place(kernels, gap_cm)
    rows, columns = _padded(height, width)
    # `rfft2` and `irfft2`, but for the rows that are empty, and those not wanted.
    waves = fft(rfft(parts[used], columns), rows, axis=1, overwrite_x=True)
    for n, t in enumerate(used.tolist()):
        near, far = (
            _transfer(kernels, t, g, height, width, cell_cm, sdd_cm) for g in (gap, gap + 1)
        )
        _let_pass(waves[n].view(np.float32), near, far, gap_share)
    wanted = ifft(waves, axis=1, overwrite_x=True)[:, :height]
    spread = irfft(wanted, columns)[:, :, :width]
    return _added_up(spread, used, nodes, around, *lets_through)


def _by_side(around: Image, nodes: Array) -> tuple[Image, Image, Image, Image]:
    """exp(-THICKER (around - node)) as a product of what depends on `around` (h, w) and on the
    node (n,), and likewise with THINNER.
    """
    of_cell = (np.exp(np.float32(-rate) * around) for rate in (THICKER, THINNER))
    of_node = (np.exp(rate * nodes).astype(np.float32) for rate in (THICKER, THINNER))
    return (*of_cell, *of_node)


@vector_kernel
def _arriving(
    around: np.float32,
    node: np.float32,
    thicker: np.float32,
    thinner: np.float32,
    thicker_node: np.float32,
    thinner_node: np.float32,
) -> np.float32:
    """What arrives where matter `around` stands, over what the kernel of the slab `node` says."""
    return thicker * thicker_node if around > node else thinner * thinner_node


@vector_kernel
def _share_out(
    primary: Image,
    thickness: Image,
    nodes: Array,
    around: Image,
    thicker: Image,
    thinner: Image,
    thicker_node: Image,
    thinner_node: Image,
    parts: Image,
    is_used: NDArray[np.bool_],
) -> None:
    """Fill `parts` (n, h, w), each 0, with what scatters by each node's kernel: linear between
    nodes and from 0 to the first.
    """
    height, width = primary.shape
    one, least = np.float32(1.0), np.float32(1e-6)
    for i in range(height):
        for j in range(width):
            thick = thickness[i, j]
            if thick <= 0.0:
                continue
            upper, below = 0, 0.0
            while upper < nodes.size - 1 and thick >= nodes[upper]:
                below = nodes[upper]
                upper += 1
            share = np.float32((thick - below) / (nodes[upper] - below))
            # What a slab between two nodes would get of both, so that it gets 1.
            whole, own = np.float32(0.0), np.float32(0.0)
            for t in range(max(upper - 1, 0), upper + 1):
                part = share if t == upper else one - share
                whole += part
                own += part * _arriving(
                    around[i, j],
                    np.float32(nodes[t]),
                    thicker[i, j],
                    thinner[i, j],
                    thicker_node[t],
                    thinner_node[t],
                )
                is_used[t] |= part != 0
            source = primary[i, j] * max(whole, least) / max(own, least)
            parts[upper, i, j] = source * share
            if upper > 0:
                parts[upper - 1, i, j] = source * (one - share)


@vector_kernel
def _added_up(
    spread: Image,
    used: NDArray[np.int64],
    nodes: Array,
    around: Image,
    thicker: Image,
    thinner: Image,
    thicker_node: Image,
    thinner_node: Image,
) -> Image:
    """(h, w) what the nodes in `used` (n,) `spread` (n, h, w), as far as it arrives."""
    total = np.zeros(around.shape, np.float32)
    for n in range(used.size):
        t = used[n]
        node = np.float32(nodes[t])
        for i in range(around.shape[0]):
            target, part = total[i], spread[n, i]
            here, thick, thin = around[i], thicker[i], thinner[i]
            for j in range(target.size):
                target[j] += part[j] * _arriving(
                    here[j], node, thick[j], thin[j], thicker_node[t], thinner_node[t]
                )
    for i in range(around.shape[0]):
        target = total[i]
        for j in range(target.size):
            target[j] = max(target[j], np.float32(0.0))
    return total


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


@vector_kernel
def _product(left: Image, right: Image) -> Image:
    """The matrix product, summed in the same order whatever the machine's BLAS does."""
    result = np.zeros((left.shape[0], right.shape[1]), np.float32)
    for i in range(left.shape[0]):
        target = result[i]
        for k in range(left.shape[1]):
            factor, row = left[i, k], right[k]
            for j in range(target.size):
                target[j] += factor * row[j]
    return result


@vector_kernel
def _let_pass(waves: Image, near: Image, far: Image, share: np.float32) -> None:
    """Multiply waves (rows, 2 columns) with what lies between two transfer functions."""
    rows = len(waves)
    for i in range(rows):
        wave, one, other = waves[i], near[min(i, rows - i)], far[min(i, rows - i)]
        for n in range(wave.size):
            wave[n] *= one[n] + share * (other[n] - one[n])


def gap_place(kernels: ScatterKernels, gap_cm: float) -> tuple[int, np.float32]:
    """(the node of the gap below, share of the one above); the ends beyond the table."""
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
) -> Image:
    """Fourier transform of a node's kernel on the padded grid. Real, since the kernel is even, each
    number twice, for the two parts of what is multiplied; the first half of the rows, which the
    others mirror. Kept: a pose does not change it.
    """
    rows, columns = _padded(height, width)
    # One quarter is worked out, the others mirror it.
    shape = (rows // 2 + 1, columns // 2 + 1)
    quarter = by_distance(kernels, water, gap, shape, cell_cm, sdd_cm)
    down, across = (np.minimum(np.arange(n), n - np.arange(n)) for n in (rows, columns))
    kernel = quarter[np.ix_(down, across)]
    transfer = rfft2(kernel.astype(np.float32)).real[: rows // 2 + 1]
    return np.repeat(transfer, 2, axis=1)


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
    apart_cm = max(1.0 - before_cm / sdd_cm, 0.3) * cell_cm
    steps = np.hypot(np.arange(shape[0])[:, None], np.arange(shape[1]))
    return kernels.density(water, gap, apart_cm * steps, apart_cm) * cell_cm**2
