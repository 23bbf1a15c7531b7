"""The inner loop of the slab-warp projector: a tile of the intermediate plane, summed over slabs.

A ray from the source (s_u, s_v, s_w) with slopes (p, q) meets the slab at w in column
s_u + (w - s_w) p and row s_v + (w - s_w) q. For a regular lattice of slopes every slab is therefore
resampled by a scale and a shift, separably: rows blended first, then, transposed, columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.backends.cpu_jit import fused_kernel
from synthex_gui.physics.backends.simd import LANES, accumulate, blend_turn

# Intermediate rows in a tile: the SIMD axis of the second blend.
TILE_ROWS = LANES


@fused_kernel
def _covered(position: float, size: int, run: float) -> float:
    """Share of a slab crossing that lies between the outer voxel faces -0.5 and size - 0.5, for a
    ray that moves by `run` > 0 voxels over the slab and stands at `position` in its middle.
    """
    below = min(max((position + 0.5) / run + 0.5, 0.0), 1.0)
    above = min(max((size - 0.5 - position) / run + 0.5, 0.0), 1.0)
    return max(below + above - 1.0, 0.0)


@fused_kernel
def _weigh(
    column: int,
    p0: float,
    dp: float,
    base: float,
    pace: float,
    columns: int,
    thickness: int,
    first_column: int,
    index: NDArray[np.int64],
    left: NDArray[np.float32],
    right: NDArray[np.float32],
) -> None:
    """The voxel pair and weights of a lattice column that may cross the field's outer faces."""
    run = max(abs(p0 + dp * column) * thickness, 1e-6)
    position = base + pace * column
    part = _covered(position, columns, run)
    position = min(max(position, 0.0), columns - 1.0)
    voxel = max(min(int(position), columns - 2), 0)
    fraction = position - voxel
    index[column - first_column] = voxel
    left[column - first_column] = part * (1.0 - fraction)
    right[column - first_column] = part * fraction


@fused_kernel
def sum_tile(
    data: NDArray[Any],
    spans: NDArray[np.int32],
    rows: int,
    columns: int,
    thickness: int,
    weights: NDArray[np.float64],
    nodes: NDArray[np.float64],
    source: NDArray[np.float64],
    lattice: NDArray[np.float64],
    tile: tuple[int, int, int],
    out: NDArray[np.float32],
) -> None:
    """Sum all slabs on one tile of slopes.

    `data`, `spans`, `rows`, `columns`, `thickness` as in `Slabs`; `weights` (n_slabs,) of each
    slab's crossing; `nodes` where a slab is looked at, voxels from its centre plane, the mean of
    them counts; `source` (s_u, s_v, s_w) in voxels of columns, rows and slabs; `lattice`
    (p0, dp, q0, dq); `tile` (first row, first column, last column + 1) of the plane `out`
    (n_q, n_p) float32, which gets the sum of value * weight.
    """
    n_slabs, _, stride = data.shape
    n_q = out.shape[0]
    first_row, first_column, last_column = tile
    p0, dp, q0, dq = lattice
    width = last_column - first_column
    sums = np.zeros((width, TILE_ROWS), np.float32)
    turned = np.zeros((stride, TILE_ROWS), np.float32)
    index = np.empty(width, np.int64)
    left = np.empty(width, np.float32)
    right = np.empty(width, np.float32)
    offsets = np.empty(TILE_ROWS, np.int64)
    upper = np.empty(TILE_ROWS, np.float32)
    lower = np.empty(TILE_ROWS, np.float32)
    steepest = max(abs(p0 + dp * first_column), abs(p0 + dp * (last_column - 1)))
    reach = 1.0 + 0.5 * thickness * steepest

    for step in range(n_slabs * len(nodes)):
        slab = step // len(nodes)
        weight = weights[slab] / len(nodes)
        if weight == 0.0:
            continue
        centre = slab * thickness + 0.5 * (thickness - 1)
        distance = centre + nodes[step % len(nodes)] - source[2]

        low, high = columns, -1
        for lane in range(TILE_ROWS):
            slope = q0 + dq * (first_row + lane)
            position = source[1] + distance * slope
            part = weight * _covered(position, rows, max(abs(slope) * thickness, 1e-6))
            if first_row + lane >= n_q:
                part = 0.0
            position = min(max(position, 0.0), rows - 1.0)
            row = max(min(int(position), rows - 2), 0)
            fraction = position - row
            offsets[lane] = (slab * data.shape[1] + row) * stride
            upper[lane] = part * (1.0 - fraction)
            lower[lane] = part * fraction
            if part != 0.0:
                for below in range(2):
                    if spans[slab, row + below, 1] >= 0:
                        low = min(low, spans[slab, row + below, 0])
                        high = max(high, spans[slab, row + below, 1])
        if high < 0:
            continue

        # Lattice columns whose ray may meet the columns [low, high] of this slab.
        pace = distance * dp
        base = source[0] + distance * p0
        start, stop = first_column, last_column
        if abs(pace) > 1e-9:
            one = (low - reach - base) / pace
            two = (high + reach - base) / pace
            start = max(start, int(np.ceil(max(min(one, two), -1e9))))
            stop = min(stop, int(np.floor(min(max(one, two), 1e9))) + 1)
        if start >= stop:
            continue
        # Only near the outer faces may a crossing be partial; between them plain interpolation.
        inner, outer = start, stop
        if abs(pace) > 1e-9:
            one = (reach - base) / pace
            two = (columns - 1.0 - reach - base) / pace
            inner = min(max(int(np.ceil(min(max(min(one, two), -1e9), 1e9))), start), stop)
            outer = min(max(int(np.floor(max(min(max(one, two), 1e9), -1e9))) + 1, inner), stop)
            if columns - 1.0 - reach < reach:
                outer = inner
        else:
            outer = inner
        for column in range(start, inner):
            _weigh(column, p0, dp, base, pace, columns, thickness, first_column, index, left, right)
        for column in range(inner, outer):
            position = base + pace * column
            voxel = int(position)
            fraction = np.float32(position - voxel)
            index[column - first_column] = voxel
            left[column - first_column] = np.float32(1.0) - fraction
            right[column - first_column] = fraction
        for column in range(outer, stop):
            _weigh(column, p0, dp, base, pace, columns, thickness, first_column, index, left, right)

        one_end, other_end = index[start - first_column], index[stop - 1 - first_column]
        begin = min(one_end, other_end) // LANES * LANES
        end = max(one_end, other_end) + 2
        for voxel in range(begin, end, LANES):
            blend_turn(data, offsets, stride, upper, lower, turned, voxel)
        for column in range(start - first_column, stop - first_column):
            accumulate(sums, column, turned, index[column], left[column], right[column])

    for lane in range(min(TILE_ROWS, n_q - first_row)):
        for column in range(width):
            out[first_row + lane, first_column + column] = sums[column, lane]
