"""The inner loop of the slab-warp projector: a tile of the intermediate plane, summed over slabs.

A ray from the source (s_u, s_v, s_w) with slopes (p, q) meets the slab at w in column
s_u + (w - s_w) p and row s_v + (w - s_w) q. For a regular lattice of slopes every slab is therefore
resampled by a scale and a shift, separably: rows blended first, then, transposed, columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.numeric.simd import LANES, accumulate, blend_turn

# Intermediate rows in a tile: the SIMD axis of the second blend.
TILE_ROWS = LANES


@vector_kernel
def _covered(position: float, size: int, run: float) -> float:
    """Share of a slab crossing that lies between the outer voxel faces -0.5 and size - 0.5, for a
    ray that moves by `run` > 0 voxels over the slab and stands at `position` in its middle.
    """
    below = min(max((position + 0.5) / run + 0.5, 0.0), 1.0)
    above = min(max((size - 0.5 - position) / run + 0.5, 0.0), 1.0)
    return max(below + above - 1.0, 0.0)


@vector_kernel
def _weigh_rows(
    spans: NDArray[np.int32],
    rows: int,
    source: float,
    distance: float,
    first_slope: float,
    pace: float,
    lanes: int,
    thickness: int,
    weight: float,
    above: NDArray[np.int64],
    upper: NDArray[np.float32],
    lower: NDArray[np.float32],
) -> tuple[int, int]:
    """The pair of voxel rows that each lane blends, and their weights: row `above` by `upper`, the
    next by `lower`. The first `lanes` lanes take part; lane n has the slope first_slope + pace n.
    Returns the first and last column that is non-zero in any of the rows, the last -1 if none.
    """
    # Beyond any column, so that the first voxel found takes its place.
    low, high = 1 << 40, -1
    for lane in range(TILE_ROWS):
        slope = first_slope + pace * lane
        position = source + distance * slope
        part = weight * _covered(position, rows, max(abs(slope) * thickness, 1e-6))
        if lane >= lanes:
            part = 0.0
        position = min(max(position, 0.0), rows - 1.0)
        row = max(min(int(position), rows - 2), 0)
        fraction = position - row
        above[lane] = row
        upper[lane] = part * (1.0 - fraction)
        lower[lane] = part * fraction
        if part != 0.0:
            for below in range(row, row + 2):
                if spans[below, 1] >= 0:
                    low = min(low, int(spans[below, 0]))
                    high = max(high, int(spans[below, 1]))
    return low, high


@vector_kernel
def _weigh_columns(
    columns: int,
    low: int,
    high: int,
    source: float,
    distance: float,
    first_slope: float,
    dp: float,
    width: int,
    thickness: int,
    index: NDArray[np.int64],
    left: NDArray[np.float32],
    right: NDArray[np.float32],
) -> tuple[int, int]:
    """[start, stop) of the `width` lattice columns whose rays may meet the voxel columns
    [low, high] of a slab; for each of them the voxel `index`, its weight `left`, and `right`, the
    next voxel's.
    """
    pace = distance * dp
    base = source + distance * first_slope
    # As far as a voxel's hat and a partial crossing reach.
    reach = 1.0 + 0.5 * thickness * max(abs(first_slope), abs(first_slope + dp * (width - 1)))
    start, stop = 0, width
    inner, outer = 0, 0
    if abs(pace) > 1e-9:
        start, stop = _lattice_range(low - reach, high + reach, base, pace, 0, width)
        # Only near the outer faces may a crossing be partial; between, plain interpolation.
        inner, outer = _lattice_range(reach, columns - 1.0 - reach, base, pace, start, stop)
    inner = min(max(inner, start), stop)
    outer = min(max(outer, inner), stop)
    for side in range(2):
        for column in range(outer if side else start, stop if side else inner):
            run = max(abs(first_slope + dp * column) * thickness, 1e-6)
            position = base + pace * column
            part = _covered(position, columns, run)
            position = min(max(position, 0.0), columns - 1.0)
            voxel = max(min(int(position), columns - 2), 0)
            fraction = position - voxel
            index[column] = voxel
            left[column] = part * (1.0 - fraction)
            right[column] = part * fraction
    for column in range(inner, outer):
        position = base + pace * column
        voxel = int(position)
        share = np.float32(position - voxel)
        index[column] = voxel
        left[column] = np.float32(1.0) - share
        right[column] = share
    return start, stop


@vector_kernel
def _lattice_range(
    low: float, high: float, base: float, pace: float, start: int, stop: int
) -> tuple[int, int]:
    """[first, last + 1) of the n in [start, stop) with low <= base + pace * n <= high."""
    if low > high:
        return start, start
    one, two = (low - base) / pace, (high - base) / pace
    # A slope next to 0 asks for columns that no integer holds.
    first = int(np.ceil(min(max(min(one, two), -1e9), 1e9)))
    last = int(np.floor(min(max(max(one, two), -1e9), 1e9)))
    return max(first, start), min(last + 1, stop)


@vector_kernel
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
    first_slope = p0 + dp * first_column
    sums = np.zeros((width, TILE_ROWS), np.float32)
    turned = np.zeros((stride, TILE_ROWS), np.float32)
    index = np.empty(width, np.int64)
    left = np.empty(width, np.float32)
    right = np.empty(width, np.float32)
    offsets = np.empty(TILE_ROWS, np.int64)
    upper = np.empty(TILE_ROWS, np.float32)
    lower = np.empty(TILE_ROWS, np.float32)
    above = np.empty(TILE_ROWS, np.int64)

    for step in range(n_slabs * len(nodes)):
        slab = step // len(nodes)
        weight = weights[slab] / len(nodes)
        if weight == 0.0:
            continue
        centre = slab * thickness + 0.5 * (thickness - 1)
        distance = centre + nodes[step % len(nodes)] - source[2]

        low, high = _weigh_rows(
            spans[slab],
            rows,
            source[1],
            distance,
            q0 + dq * first_row,
            dq,
            n_q - first_row,
            thickness,
            weight,
            above,
            upper,
            lower,
        )
        if high < 0:
            continue
        for lane in range(TILE_ROWS):
            offsets[lane] = (slab * data.shape[1] + above[lane]) * stride
        start, stop = _weigh_columns(
            columns,
            low,
            high,
            source[0],
            distance,
            first_slope,
            dp,
            width,
            thickness,
            index,
            left,
            right,
        )
        if start >= stop:
            continue
        one_end, other_end = index[start], index[stop - 1]
        begin = min(one_end, other_end) // LANES * LANES
        end = max(one_end, other_end) + 2
        for voxel in range(begin, end, LANES):
            blend_turn(data, offsets, stride, upper, lower, turned, voxel)
        for column in range(start, stop):
            accumulate(sums, column, turned, index[column], left[column], right[column])

    for lane in range(min(TILE_ROWS, n_q - first_row)):
        for column in range(width):
            out[first_row + lane, first_column + column] = sums[column, lane]
