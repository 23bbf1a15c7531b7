"""Where rays cross the triangles of closed meshes: a rasteriser that keeps every hit.

Vertices are in projective pixel space, h = K (R x + t) = depth * (column, row, 1). The pixel
(c, r) sees the triangle abc when the three numbers (c, r, 1) . (h_a x h_b), and so on round, have
one sign (Olano and Greer 1997), wherever the vertices lie: triangles that cross the source's plane
need no clipping. An edge's normal h_a x h_b is exactly the negative of its neighbour's, and a ray
that meets an edge exactly is decided by the sign of the first non-zero component of the normal, as
if all rays were moved by one infinitesimal (e, e^2, e^3); so every ray enters a closed mesh as
often as it leaves it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.backends.cpu_jit import kernel

# Rows of pixels whose hits are gathered and sorted together.
BAND_ROWS = 32


@kernel
def bound_triangles(
    corners: NDArray[np.float64], width: int, height: int, boxes: NDArray[np.int32]
) -> None:
    """First and last row, first and last column that each triangle may cover, into `boxes` (n, 4);
    last row -1 where none. `corners` (n, 3, 3) are the vertices in projective pixel space.
    """
    for n in range(len(corners)):
        boxes[n, 0], boxes[n, 1] = 0, -1
        deepest = max(max(corners[n, 0, 2], corners[n, 1, 2]), corners[n, 2, 2])
        nearest = min(min(corners[n, 0, 2], corners[n, 1, 2]), corners[n, 2, 2])
        if deepest <= 0.0:
            continue
        if nearest <= 1e-6 * deepest:
            boxes[n, 1], boxes[n, 2], boxes[n, 3] = height - 1, 0, width - 1
            continue
        x_low = y_low = np.inf
        x_high = y_high = -np.inf
        for corner in range(3):
            x = corners[n, corner, 0] / corners[n, corner, 2]
            y = corners[n, corner, 1] / corners[n, corner, 2]
            x_low, x_high = min(x_low, x), max(x_high, x)
            y_low, y_high = min(y_low, y), max(y_high, y)
        # A millionth of a pixel more: the exact test decides, this may only not miss.
        first_row = max(np.ceil(y_low - 1e-6), 0.0)
        last_row = min(np.floor(y_high + 1e-6), height - 1.0)
        first_column = max(np.ceil(x_low - 1e-6), 0.0)
        last_column = min(np.floor(x_high + 1e-6), width - 1.0)
        if first_row <= last_row and first_column <= last_column:
            boxes[n, 0], boxes[n, 1] = int(first_row), int(last_row)
            boxes[n, 2], boxes[n, 3] = int(first_column), int(last_column)


@kernel
def bin_triangles(
    boxes: NDArray[np.int32], n_bands: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(starts (n_bands + 1,), triangles): band b may be covered by triangles[starts[b] :
    starts[b + 1]], in the meshes' order.
    """
    starts = np.zeros(n_bands + 1, np.int64)
    for n in range(len(boxes)):
        if boxes[n, 1] >= 0:
            for band in range(boxes[n, 0] // BAND_ROWS, boxes[n, 1] // BAND_ROWS + 1):
                starts[band + 1] += 1
    for band in range(n_bands):
        starts[band + 1] += starts[band]
    triangles = np.empty(starts[n_bands], np.int64)
    filled = starts.copy()
    for n in range(len(boxes)):
        if boxes[n, 1] >= 0:
            for band in range(boxes[n, 0] // BAND_ROWS, boxes[n, 1] // BAND_ROWS + 1):
                triangles[filled[band]] = n
                filled[band] += 1
    return starts, triangles


@kernel
def _cross(a: NDArray[np.float64], b: NDArray[np.float64], normal: NDArray[np.float64]) -> int:
    """A x b into `normal`; returns the sign of its first non-zero component."""
    normal[0] = a[1] * b[2] - a[2] * b[1]
    normal[1] = a[2] * b[0] - a[0] * b[2]
    normal[2] = a[0] * b[1] - a[1] * b[0]
    for axis in range(3):
        if normal[axis] != 0.0:
            return 1 if normal[axis] > 0.0 else -1
    return 0


@kernel
def hit_band(
    corners: NDArray[np.float64],
    mesh_of: NDArray[np.int32],
    triangles: NDArray[np.int64],
    boxes: NDArray[np.int32],
    width: int,
    rows: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]]:
    """All hits in the rows [rows[0], rows[1]), sorted by pixel, then by depth.

    Returns `starts` (pixels + 1,), `depth` (hits,) in mm along the camera's z for pixel p at
    [starts[p], starts[p + 1]), and `codes` (hits,): +(mesh + 1) where the three numbers are
    positive, -(mesh + 1) where they are negative. Hits behind the source are left out.
    """
    first, last = rows
    starts = np.zeros((last - first) * width + 1, np.int64)
    filled = starts
    depth = np.empty(0)
    codes = np.empty(0, np.int32)
    ab, bc, ca = np.empty(3), np.empty(3), np.empty(3)
    for phase in range(2):
        for item in range(len(triangles)):
            n = triangles[item]
            a, b, c = corners[n, 0], corners[n, 1], corners[n, 2]
            tie_ab, tie_bc, tie_ca = _cross(a, b, ab), _cross(b, c, bc), _cross(c, a, ca)
            determinant = a[0] * bc[0] + a[1] * bc[1] + a[2] * bc[2]
            nearest = min(min(a[2], b[2]), c[2])
            deepest = max(max(a[2], b[2]), c[2])
            for row in range(max(boxes[n, 0], first), min(boxes[n, 1] + 1, last)):
                for column in range(boxes[n, 2], boxes[n, 3] + 1):
                    e0 = ab[0] * column + ab[1] * row + ab[2]
                    e1 = bc[0] * column + bc[1] * row + bc[2]
                    s0 = tie_ab if e0 == 0.0 else (1 if e0 > 0.0 else -1)
                    s1 = tie_bc if e1 == 0.0 else (1 if e1 > 0.0 else -1)
                    if s0 != s1:
                        continue
                    e2 = ca[0] * column + ca[1] * row + ca[2]
                    s2 = tie_ca if e2 == 0.0 else (1 if e2 > 0.0 else -1)
                    if s0 != s2 or s0 == 0:
                        continue
                    total = e0 + e1 + e2
                    at = determinant / total if total != 0.0 else 0.5 * (nearest + deepest)
                    # A sliver's own rounding may not throw the hit off the triangle.
                    at = min(max(at, nearest), deepest)
                    if at <= 0.0:
                        continue
                    pixel = (row - first) * width + column
                    if phase == 0:
                        starts[pixel + 1] += 1
                    else:
                        place = filled[pixel]
                        filled[pixel] += 1
                        # Insertion keeps the pixel's hits sorted; equal depths in mesh order.
                        while place > starts[pixel] and depth[place - 1] > at:
                            depth[place] = depth[place - 1]
                            codes[place] = codes[place - 1]
                            place -= 1
                        depth[place] = at
                        codes[place] = s0 * (mesh_of[n] + 1)
        if phase == 0:
            for pixel in range(len(starts) - 1):
                starts[pixel + 1] += starts[pixel]
            filled = starts.copy()
            depth = np.empty(starts[-1])
            codes = np.empty(starts[-1], np.int32)
    return starts, depth, codes
