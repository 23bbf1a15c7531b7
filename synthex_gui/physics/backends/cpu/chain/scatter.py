"""The scatter of a coarse primary, each node's kernel by its Fourier transform."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft, ifft, irfft, rfft, rfft2

from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.physics.backends.base import Image
from synthex_gui.physics.backends.stages import ScatterStage, padded_shape

Array = NDArray[np.float64]

# Tables of kernels whose transforms are kept: a moving arm goes through a few air gaps.
_KEPT_TABLES = 16


class Transfers:
    """Fourier transforms of kernels, kept while their tables are the same objects."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[Image, dict[tuple[int, int, int], Image]]] = (
            OrderedDict()
        )

    def of(self, table: Image, node: int, shape: tuple[int, int]) -> Image:
        """The transform of a node's kernel (nodes, rows, columns) on a padded grid of `shape`.

        Real, since the kernel is even, each number twice, for the two parts of what is multiplied;
        the first half of the rows, which the others mirror.
        """
        # The table is held, so that its id stays its own.
        held, transfers = self._kept.setdefault(id(table), (table, {}))
        self._kept.move_to_end(id(held))
        while len(self._kept) > _KEPT_TABLES:
            self._kept.popitem(last=False)
        key = (node, *shape)
        if key not in transfers:
            transfers[key] = _transfer(table[node], *shape)
        return transfers[key]


def _transfer(quarter: Image, rows: int, columns: int) -> Image:
    # One quarter is known, the others mirror it.
    down, across = (np.minimum(np.arange(n), n - np.arange(n)) for n in (rows, columns))
    kernel = quarter[np.ix_(down, across)]
    return np.repeat(rfft2(kernel).real[: rows // 2 + 1], 2, axis=1)


def scattered(
    stage: ScatterStage, primary: Image, water_g_cm2: Image, transfers: Transfers
) -> Image:
    """(rows, columns) float32 scatter behind the grid on a coarse grid, in the primary's unit,
    never negative.

    `primary` (rows, columns) signal per unit of area; `water_g_cm2` areal density of tissue there:
    where it is 0 nothing scatters.
    """
    nodes = stage.nodes[0]
    height, width = primary.shape
    thickness = np.clip(water_g_cm2, 0.0, nodes[-1]).astype(np.float32)
    around = _product(_product(stage.down, thickness), stage.across)
    lets_through = _by_side(stage, around)
    parts = np.zeros((len(nodes), height, width), dtype=np.float32)
    is_used = np.zeros(len(nodes), dtype=np.bool_)
    _share_out(primary, thickness, nodes, around, *lets_through, parts, is_used)
    used = np.flatnonzero(is_used)
    shape = padded_shape(height, width)
    # `rfft2` and `irfft2`, but for the rows that are empty, and those not wanted.
    waves = fft(rfft(parts[used], shape[1]), shape[0], axis=1, overwrite_x=True)
    for n, t in enumerate(used.tolist()):
        near, far = (transfers.of(table, t, shape) for table in (stage.near, stage.far))
        _let_pass(waves[n].view(np.float32), near, far, np.float32(stage.share))
    wanted = ifft(waves, axis=1, overwrite_x=True)[:, :height]
    spread = irfft(wanted, shape[1])[:, :, :width]
    return _added_up(spread, used, nodes, around, *lets_through) * np.float32(stage.passing)


def _by_side(stage: ScatterStage, around: Image) -> tuple[Image, Image, Image, Image]:
    """exp(-thicker (around - node)) as a product of what depends on `around` (h, w) and on the
    node (n,), and likewise with the thinner rate.
    """
    of_cell = (np.exp(np.float32(-rate) * around) for rate in (stage.thicker, stage.thinner))
    return (*of_cell, *(of_node.astype(np.float32) for of_node in stage.nodes[1:]))


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
