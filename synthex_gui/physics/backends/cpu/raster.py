"""Where rays cross the triangles of closed meshes: a rasteriser that keeps every hit.

Edge functions are exact integers. A pixel exactly on an edge is decided as if all pixels were moved
by one infinitesimal (e, e^2): two triangles that share an edge never both have it, and never both
lack it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import kernel

# Rows of pixels whose hits are gathered and sorted together.
BAND_ROWS = 32
# Rows of a triangle that are wider than this are not walked pixel by pixel but solved.
WIDE = 12


@kernel
def bound_triangles(
    points: NDArray[np.int64],
    triangles: NDArray[np.int32],
    grid: int,
    width: int,
    height: int,
    boxes: NDArray[np.int32],
) -> None:
    """First and last row, first and last column whose pixel centres each triangle may cover, into
    `boxes` (m, 4); last row -1 where none. `points`, `triangles`, `grid` as in `Screen`.
    """
    for n in range(len(triangles)):
        a, b, c = triangles[n, 0], triangles[n, 1], triangles[n, 2]
        x_low = min(min(points[a, 0], points[b, 0]), points[c, 0])
        x_high = max(max(points[a, 0], points[b, 0]), points[c, 0])
        y_low = min(min(points[a, 1], points[b, 1]), points[c, 1])
        y_high = max(max(points[a, 1], points[b, 1]), points[c, 1])
        boxes[n, 0] = max(-(-y_low // grid), 0)
        boxes[n, 1] = min(y_high // grid, height - 1)
        boxes[n, 2] = max(-(-x_low // grid), 0)
        boxes[n, 3] = min(x_high // grid, width - 1)
        if boxes[n, 0] > boxes[n, 1] or boxes[n, 2] > boxes[n, 3]:
            boxes[n, 0], boxes[n, 1] = 0, -1


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
def _edge(points: NDArray[np.int64], a: int, b: int, sign: int, grid: int) -> tuple[int, int, int]:
    """(per column, per row, at pixel (0, 0)) of sign * the edge function of ab, lowered by one
    where a pixel exactly on the edge is outside: inside is >= 0 then.
    """
    x, y = points[a, 1] - points[b, 1], points[b, 0] - points[a, 0]
    constant = sign * (points[a, 0] * points[b, 1] - points[a, 1] * points[b, 0])
    x, y = sign * x, sign * y
    if not (x > 0 or (x == 0 and y > 0)):
        constant -= 1
    return x * grid, y * grid, constant


@kernel
def _narrow(at: int, pace: int, low: int, high: int) -> tuple[int, int]:
    """The steps k in [low, high] with at + k * pace >= 0, for an integer pace."""
    if pace > 0:
        low = max(low, -(at // pace))
    elif pace < 0:
        high = min(high, at // -pace)
    elif at < 0:
        high = low - 1
    return low, high


@kernel
def hit_band(
    points: NDArray[np.int64],
    inverse_depth: NDArray[np.float64],
    grid: int,
    triangles: NDArray[np.int32],
    mesh_of: NDArray[np.int32],
    listed: NDArray[np.int64],
    boxes: NDArray[np.int32],
    width: int,
    rows: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]]:
    """All hits of the `listed` triangles in the rows [rows[0], rows[1]), by pixel, then by depth.

    Returns `starts` (pixels + 1,), `depth` (hits,) in mm along the camera's z for pixel p at
    [starts[p], starts[p + 1]), and `codes` (hits,): +(mesh + 1) where the triangle turns one way in
    the image, -(mesh + 1) where it turns the other.
    """
    first, last = rows
    most = 0
    for item in range(len(listed)):
        box = boxes[listed[item]]
        most += (min(box[1] + 1, last) - max(box[0], first)) * (box[3] - box[2] + 1)
    where = np.empty(most, np.int32)
    found_depth = np.empty(most)
    found_code = np.empty(most, np.int32)
    starts = np.zeros((last - first) * width + 1, np.int64)
    found = 0
    for item in range(len(listed)):
        n = listed[item]
        a, b, c = triangles[n, 0], triangles[n, 1], triangles[n, 2]
        area = (points[b, 0] - points[a, 0]) * (points[c, 1] - points[a, 1])
        area -= (points[b, 1] - points[a, 1]) * (points[c, 0] - points[a, 0])
        if area == 0:
            continue
        sign = 1 if area > 0 else -1
        x0, y0, e0 = _edge(points, b, c, sign, grid)
        x1, y1, e1 = _edge(points, c, a, sign, grid)
        x2, y2, e2 = _edge(points, a, b, sign, grid)
        share = 1.0 / (sign * area)
        # 1 / depth is linear in the image; vertex n weighs by the edge function opposite to it.
        za, zb, zc = inverse_depth[a] * share, inverse_depth[b] * share, inverse_depth[c] * share
        left, right = boxes[n, 2], boxes[n, 3]
        for row in range(max(boxes[n, 0], first), min(boxes[n, 1] + 1, last)):
            f0 = e0 + y0 * row + x0 * left
            f1 = e1 + y1 * row + x1 * left
            f2 = e2 + y2 * row + x2 * left
            low, high = 0, right - left
            if high > WIDE:
                low, high = _narrow(f0, x0, low, high)
                low, high = _narrow(f1, x1, low, high)
                low, high = _narrow(f2, x2, low, high)
            pixel = (row - first) * width + left
            for step in range(low, high + 1):
                g0, g1, g2 = f0 + x0 * step, f1 + x1 * step, f2 + x2 * step
                if (g0 | g1 | g2) >= 0:
                    where[found] = pixel + step
                    found_depth[found] = 1.0 / (g0 * za + g1 * zb + g2 * zc)
                    found_code[found] = sign * (mesh_of[n] + 1)
                    starts[pixel + step + 1] += 1
                    found += 1
    for pixel in range(len(starts) - 1):
        starts[pixel + 1] += starts[pixel]
    filled = starts.copy()
    depth = np.empty(found)
    codes = np.empty(found, np.int32)
    for hit in range(found):
        pixel = where[hit]
        place = filled[pixel]
        filled[pixel] += 1
        # Insertion keeps the pixel's hits sorted; equal depths in the meshes' order.
        while place > starts[pixel] and depth[place - 1] > found_depth[hit]:
            depth[place] = depth[place - 1]
            codes[place] = codes[place - 1]
            place -= 1
        depth[place] = found_depth[hit]
        codes[place] = found_code[hit]
    return starts, depth, codes
