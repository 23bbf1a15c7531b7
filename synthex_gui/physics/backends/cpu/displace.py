"""What metal takes out of a field: line integrals over pieces of rays, sampled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import vector_kernel


@vector_kernel
def _at(flat: NDArray[Any], index: int) -> np.float32:
    # Unsigned, because a signed index is first tested for being negative.
    return np.float32(flat[np.uint64(index)])


@vector_kernel
def _sampled(
    slabs: NDArray[Any],
    sizes: tuple[int, int, int],
    source: NDArray[np.float64],
    direction: NDArray[np.float64],
    begin: float,
    end: float,
    step: float,
) -> float:
    """Integral over t in [begin, end] of the field at source + t * direction, (u, v, w) in voxels,
    by the midpoint rule with steps of at most `step` voxels along the fastest axis; 0 outside the
    outer voxel faces. `slabs` (w, v, u) is padded, `sizes` (u, v, w) is not.
    """
    fastest = 0.0
    for axis in range(3):
        s, d = source[axis], direction[axis]
        near, far = -0.5 - s, sizes[axis] - 0.5 - s
        fastest = max(fastest, abs(d))
        if d == 0.0:
            if near > 0.0 or far < 0.0:
                return 0.0
            continue
        begin = max(begin, min(near / d, far / d))
        end = min(end, max(near / d, far / d))
    if begin >= end:
        return 0.0
    flat = slabs.reshape(-1)
    row, slab = slabs.shape[2], slabs.shape[1] * slabs.shape[2]
    count = int(np.ceil((end - begin) * fastest / step))
    pace = (end - begin) / count
    u_last, v_last, w_last = sizes[0] - 1.0, sizes[1] - 1.0, sizes[2] - 1.0
    total = np.float32(0.0)
    for n in range(count):
        t = begin + (n + 0.5) * pace
        u = min(max(source[0] + t * direction[0], 0.0), u_last)
        v = min(max(source[1] + t * direction[1], 0.0), v_last)
        w = min(max(source[2] + t * direction[2], 0.0), w_last)
        i, j, k = int(u), int(v), int(w)
        fu, fv, fw = np.float32(u - i), np.float32(v - j), np.float32(w - k)
        # At the last voxel of an axis the neighbour's share is 0: any neighbour will do.
        right = 1 if i + 1 < sizes[0] else 0
        lower = row if j + 1 < sizes[1] else 0
        deeper = slab if k + 1 < sizes[2] else 0
        here = k * slab + j * row + i
        below, behind = here + lower, here + deeper
        under = behind + lower
        a = _at(flat, here)
        a += fu * (_at(flat, here + right) - a)
        b = _at(flat, below)
        b += fu * (_at(flat, below + right) - b)
        c = _at(flat, behind)
        c += fu * (_at(flat, behind + right) - c)
        d = _at(flat, under)
        d += fu * (_at(flat, under + right) - d)
        near_value, far_value = a + fv * (b - a), c + fv * (d - c)
        total += near_value + fw * (far_value - near_value)
    return float(total * pace)


@vector_kernel
def displace(
    slabs: NDArray[Any],
    sizes: tuple[int, int, int],
    source: NDArray[np.float64],
    directions: NDArray[np.float64],
    order: tuple[int, int, int],
    pixels: NDArray[np.int64],
    pieces_mm: NDArray[np.float64],
    step: float,
    factor: float,
    out: NDArray[np.float32],
) -> None:
    """Take pieces of rays out of an image of line integrals.

    `slabs` (w, v, u) and `sizes` of the field along the axes `order` (u, v, w); `source` (u, v, w)
    in voxels; `directions` (6, 3) as in `View`. Piece n, of the pixel (row, column) `pixels[n]`,
    lies between the two distances `pieces_mm[n]` from the source. It is sampled every `step`
    voxels, times `factor`, and nothing falls below 0.
    """
    direction = np.empty(3)
    for n in range(len(pixels)):
        row, column = pixels[n, 0], pixels[n, 1]
        if out[row, column] == 0.0:
            continue
        squared = 0.0
        for axis in range(3, 6):
            mm = directions[axis, 0] * column + directions[axis, 1] * row + directions[axis, 2]
            squared += mm * mm
        length = np.sqrt(squared)
        for n_axis in range(3):
            along = directions[order[n_axis]]
            direction[n_axis] = along[0] * column + along[1] * row + along[2]
        begin, end = pieces_mm[n, 0] / length, pieces_mm[n, 1] / length
        lost = _sampled(slabs, sizes, source, direction, begin, end, step) * length * factor
        out[row, column] = max(out[row, column] - np.float32(lost), np.float32(0.0))
