"""From the intermediate plane of ray slopes to detector pixels: one homography, Catmull-Rom."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import kernel, vector_kernel

# Stands for every owner: a view that one axis serves alone.
ANY = 255
# Pixels of a row that are handled together.
CHUNK = 128


def owner_code(axis: int, side: int) -> int:
    """How `share_rows` writes rays that run mainly along an axis, towards +1 or -1."""
    return 2 * axis + (side < 0)


@kernel
def share_rows(
    directions: NDArray[np.float64], area: tuple[int, int, int, int], owners: NDArray[np.uint8]
) -> None:
    """Write into `owners`, for each pixel of an area, the axis and side along which its ray's
    direction in voxels is largest: each ray has exactly one owner.
    """
    for row in range(area[0], area[1]):
        for column in range(area[2], area[3]):
            largest, code = -1.0, 0
            for axis in range(3):
                along = (
                    directions[axis, 0] * column + directions[axis, 1] * row + directions[axis, 2]
                )
                if abs(along) > largest:
                    largest = abs(along)
                    code = 2 * axis + (1 if along < 0.0 else 0)
            owners[row, column] = code


@vector_kernel
def _catmull_rom(f: np.float32) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Weights of the four samples around a share f between the middle two, float32."""
    half, one = np.float32(0.5), np.float32(1.0)
    g = one - f
    w0, w3 = -half * f * g * g, -half * g * f * f
    w1 = one + half * f * f * (np.float32(3.0) * f - np.float32(5.0))
    return w0, w1, one - w0 - w1 - w3, w3


@vector_kernel
def _across(
    samples: NDArray[np.float32],
    first: np.uint32,
    w0: np.float32,
    w1: np.float32,
    w2: np.float32,
    w3: np.float32,
) -> np.float32:
    """Four neighbours in a row, weighted."""
    value: np.float32 = w0 * samples[first] + w1 * samples[first + np.uint32(1)]
    value += w2 * samples[first + np.uint32(2)] + w3 * samples[first + np.uint32(3)]
    return value


@vector_kernel
def warp_rows(
    plane: NDArray[np.float32],
    lattice: NDArray[np.float64],
    directions: NDArray[np.float64],
    order: tuple[int, int, int],
    side: int,
    owners: NDArray[np.uint8],
    owner: int,
    area: tuple[int, int, int, int],
    factor: float,
    out: NDArray[np.float32],
) -> None:
    """Add a plane of slab sums to the rows [area[0], area[1]) and columns [area[2], area[3]).

    `directions` (6, 3): rows 0-2 give a pixel's (column, row, 1) ray direction in voxels along x,
    y, z; rows 3-5 the same in mm. `order` the axes (u, v, w) of the plane, `side` the sign along w
    of the rays that it holds, `owner` (from `share_rows`, or `ANY`) the pixels that are served.
    Each of them gets factor * (mm of ray per slab) * the plane there; what lies outside the
    plane's inner samples is 0.
    """
    n_q, n_p = plane.shape
    samples = plane.reshape(-1)
    p0, dp, q0, dq = lattice
    u, v, w = directions[order[0]], directions[order[1]], directions[order[2]]
    x_mm, y_mm, z_mm = directions[3], directions[4], directions[5]
    cells = np.empty(CHUNK, np.int32)
    across = np.empty(CHUNK, np.float32)
    down = np.empty(CHUNK, np.float32)
    lengths = np.empty(CHUNK, np.float32)
    for row in range(area[0], area[1]):
        for start in range(area[2], area[3], CHUNK):
            count = min(CHUNK, area[3] - start)
            if owner != ANY:
                served = 0
                for n in range(count):
                    served += owners[row, start + n] == owner
                if served == 0:
                    continue
            # Two loops, so that each of them is compiled to vector code.
            for n in range(count):
                c, r = float(start + n), float(row)
                slow = 1.0 / (w[0] * c + (w[1] * r + w[2]))
                x = ((u[0] * c + (u[1] * r + u[2])) * slow - p0) / dp
                y = ((v[0] * c + (v[1] * r + v[2])) * slow - q0) / dq
                inside = (x >= 1.0) & (y >= 1.0) & (x < n_p - 2) & (y < n_q - 2)
                inside = inside & (slow * side > 0.0)
                x = x if inside else 1.0
                y = y if inside else 1.0
                i, j = np.int32(x), np.int32(y)
                cells[n] = (j - 1) * np.int32(n_p) + (i - 1)
                across[n] = np.float32(x - i)
                down[n] = np.float32(y - j)
                a = x_mm[0] * c + (x_mm[1] * r + x_mm[2])
                b = y_mm[0] * c + (y_mm[1] * r + y_mm[2])
                d = z_mm[0] * c + (z_mm[1] * r + z_mm[2])
                length = np.sqrt(a * a + b * b + d * d) * abs(slow) * factor
                lengths[n] = np.float32(length) if inside else np.float32(0.0)
            if owner != ANY:
                for n in range(count):
                    if owners[row, start + n] != owner:
                        lengths[n] = np.float32(0.0)
            for n in range(count):
                x0, x1, x2, x3 = _catmull_rom(across[n])
                y0, y1, y2, y3 = _catmull_rom(down[n])
                first = np.uint32(cells[n])
                second = first + np.uint32(n_p)
                third = second + np.uint32(n_p)
                fourth = third + np.uint32(n_p)
                value = y0 * _across(samples, first, x0, x1, x2, x3)
                value += y1 * _across(samples, second, x0, x1, x2, x3)
                value += y2 * _across(samples, third, x0, x1, x2, x3)
                value += y3 * _across(samples, fourth, x0, x1, x2, x3)
                # Owners share no pixel, so that adding 0 leaves the others' alone.
                out[row, start + n] += max(value, np.float32(0.0)) * lengths[n]
