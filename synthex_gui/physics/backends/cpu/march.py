"""Exact line integrals of the trilinear field along single rays: for what slab-warp cannot do.

Between two crossings of voxel-centre planes the field along a ray is a cubic polynomial, so
Simpson's rule is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import kernel
from synthex_gui.physics.backends.cpu.warp import ANY


@kernel
def _value(stored: NDArray[Any], x: float, y: float, z: float) -> float:
    """The trilinear value at a voxel position, edge values repeated, below 0 as 0."""
    nz, ny, nx = stored.shape
    x = min(max(x, 0.0), nx - 1.0)
    y = min(max(y, 0.0), ny - 1.0)
    z = min(max(z, 0.0), nz - 1.0)
    i, j, k = int(x), int(y), int(z)
    fx, fy, fz = x - i, y - j, z - k
    right, lower, deeper = min(i + 1, nx - 1), min(j + 1, ny - 1), min(k + 1, nz - 1)
    total = 0.0
    for far in range(2):
        slab = deeper if far else k
        a = max(float(stored[slab, j, i]), 0.0)
        b = max(float(stored[slab, j, right]), 0.0)
        c = max(float(stored[slab, lower, i]), 0.0)
        d = max(float(stored[slab, lower, right]), 0.0)
        upper = a + fx * (b - a)
        value = upper + fy * (c + fx * (d - c) - upper)
        total += value * (fz if far else 1.0 - fz)
    return total


@kernel
def _next_plane(position: float, direction: float, at: float) -> float:
    """The parameter > `at` of the next integer plane of position + t * direction; inf if none."""
    if direction == 0.0:
        return np.inf
    here = position + at * direction
    if direction > 0.0:
        plane = np.floor(here + 1e-9) + 1.0
    else:
        plane = np.ceil(here - 1e-9) - 1.0
    return float((plane - position) / direction)


@kernel
def integrate(
    stored: NDArray[Any],
    source: NDArray[np.float64],
    direction: NDArray[np.float64],
    begin: float,
    end: float,
) -> float:
    """Integral over t in [begin, end] of the field at source + t * direction, in voxels (x, y, z);
    t in whatever unit the direction has. Outside the outer voxel faces the field is 0.
    """
    nz, ny, nx = stored.shape
    sizes = (nx, ny, nz)
    for axis in range(3):
        s, d = source[axis], direction[axis]
        near, far = -0.5 - s, sizes[axis] - 0.5 - s
        if d == 0.0:
            if near > 0.0 or far < 0.0:
                return 0.0
            continue
        one, two = near / d, far / d
        begin = max(begin, min(one, two))
        end = min(end, max(one, two))
    if begin >= end:
        return 0.0
    total = 0.0
    at = begin
    here = _value(
        stored,
        source[0] + at * direction[0],
        source[1] + at * direction[1],
        source[2] + at * direction[2],
    )
    while at < end:
        to = min(
            min(_next_plane(source[0], direction[0], at), _next_plane(source[1], direction[1], at)),
            min(_next_plane(source[2], direction[2], at), end),
        )
        middle = 0.5 * (at + to)
        mid = _value(
            stored,
            source[0] + middle * direction[0],
            source[1] + middle * direction[1],
            source[2] + middle * direction[2],
        )
        there = _value(
            stored,
            source[0] + to * direction[0],
            source[1] + to * direction[1],
            source[2] + to * direction[2],
        )
        total += (to - at) * (here + 4.0 * mid + there) / 6.0
        if to <= at:
            break
        at, here = to, there
    return total


@kernel
def march_rows(
    stored: NDArray[Any],
    source: NDArray[np.float64],
    directions: NDArray[np.float64],
    owners: NDArray[np.uint8],
    owner: int,
    area: tuple[int, int, int, int],
    factor: float,
    out: NDArray[np.float32],
) -> None:
    """As `warp_rows`, ray by ray: pixels of an area get factor * (mm) * the exact integral."""
    direction = np.empty(3)
    for row in range(area[0], area[1]):
        for column in range(area[2], area[3]):
            if owner != ANY and owners[row, column] != owner:
                continue
            for axis in range(3):
                direction[axis] = (
                    directions[axis, 0] * column + directions[axis, 1] * row + directions[axis, 2]
                )
            squared = 0.0
            for axis in range(3, 6):
                mm = directions[axis, 0] * column + directions[axis, 1] * row + directions[axis, 2]
                squared += mm * mm
            value = integrate(stored, source, direction, 0.0, np.inf)
            out[row, column] = value * np.sqrt(squared) * factor
