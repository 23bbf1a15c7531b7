"""From the intermediate plane of ray slopes to detector pixels: one homography, Catmull-Rom."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.backends.cpu_jit import fused_kernel, kernel

# Stands for every owner: a view that one axis serves alone.
ANY = 255


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


@fused_kernel
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
    of the rays that it holds; others stay as they are. Only pixels whose
    `owners` entry (from `share_rows`) is `owner` are touched, all of them with `ANY`. Each pixel
    gets factor * (mm of ray per slab) * the plane there, what lies outside the plane's inner
    samples 0.
    """
    n_q, n_p = plane.shape
    p0, dp, q0, dq = lattice
    u_axis, v_axis, w_axis = order
    for row in range(area[0], area[1]):
        for column in range(area[2], area[3]):
            if owner != ANY and owners[row, column] != owner:
                continue
            du = (
                directions[u_axis, 0] * column + directions[u_axis, 1] * row + directions[u_axis, 2]
            )
            dv = (
                directions[v_axis, 0] * column + directions[v_axis, 1] * row + directions[v_axis, 2]
            )
            dw = (
                directions[w_axis, 0] * column + directions[w_axis, 1] * row + directions[w_axis, 2]
            )
            if side * dw <= 0.0:
                continue
            x = (du / dw - p0) / dp
            y = (dv / dw - q0) / dq
            if not (x >= 1.0 and y >= 1.0 and x < n_p - 2 and y < n_q - 2):
                continue
            i, j = int(x), int(y)
            fx, fy = np.float32(x - i), np.float32(y - j)
            half, one = np.float32(0.5), np.float32(1.0)
            gx, gy = one - fx, one - fy
            x0, x3 = -half * fx * gx * gx, -half * gx * fx * fx
            x1 = one + half * fx * fx * (np.float32(3.0) * fx - np.float32(5.0))
            x2 = one - x0 - x1 - x3
            y0, y3 = -half * fy * gy * gy, -half * gy * fy * fy
            y1 = one + half * fy * fy * (np.float32(3.0) * fy - np.float32(5.0))
            y2 = one - y0 - y1 - y3
            value = np.float32(0.0)
            for tap in range(4):
                above = plane[j - 1 + tap]
                across = x0 * above[i - 1] + x1 * above[i] + x2 * above[i + 1] + x3 * above[i + 2]
                weight = y0 if tap == 0 else (y1 if tap == 1 else (y2 if tap == 2 else y3))
                value += weight * across
            gx_mm = directions[3, 0] * column + directions[3, 1] * row + directions[3, 2]
            gy_mm = directions[4, 0] * column + directions[4, 1] * row + directions[4, 2]
            gz_mm = directions[5, 0] * column + directions[5, 1] * row + directions[5, 2]
            length = np.sqrt(gx_mm * gx_mm + gy_mm * gy_mm + gz_mm * gz_mm) / abs(dw)
            out[row, column] = max(value, np.float32(0.0)) * np.float32(factor * length)
