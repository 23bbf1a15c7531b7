"""The compiled loops of the phantom: stamp, join, smooth and paint signed distances.

Every kernel works on the planes `k_lo <= k < k_hi` of its target and reads nothing another range
writes, so slabs can run on any number of threads and give the same bytes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import kernel

Floats = NDArray[Any]  # float32 throughout; mixed with Python and float64 numbers on the way
REACH_MM = 8.0  # distances are clipped here: nothing beyond it changes a surface


@kernel
def stamp_balls(
    sdf: Floats,
    x0: float,
    y0: float,
    z0: float,
    h: float,
    balls: NDArray[np.float64],
    reach: float,
    k_lo: int,
    k_hi: int,
) -> None:
    """Distance [mm] = min(old, distance to each ball (x, y, z, r)), to `reach` mm outside."""
    _, ny, nx = sdf.shape
    for n in range(balls.shape[0]):
        cx, cy, cz, r = balls[n, 0], balls[n, 1], balls[n, 2], balls[n, 3]
        big = r + reach
        ka = max(k_lo, math.ceil((cz - big - z0) / h))
        kb = min(k_hi - 1, math.floor((cz + big - z0) / h))
        for k in range(ka, kb + 1):
            dz = z0 + k * h - cz
            left = big * big - dz * dz
            if left <= 0.0:
                continue
            half = math.sqrt(left)
            ja = max(0, math.ceil((cy - half - y0) / h))
            jb = min(ny - 1, math.floor((cy + half - y0) / h))
            for j in range(ja, jb + 1):
                dy = y0 + j * h - cy
                rest = left - dy * dy
                if rest <= 0.0:
                    continue
                half = math.sqrt(rest)
                ia = max(0, math.ceil((cx - half - x0) / h))
                ib = min(nx - 1, math.floor((cx + half - x0) / h))
                flat = dz * dz + dy * dy
                for i in range(ia, ib + 1):
                    dx = x0 + i * h - cx
                    square = flat + dx * dx
                    # Compared as squares: most voxels need no root.
                    reachable = sdf[k, j, i] + r
                    if reachable > 0.0 and square < reachable * reachable:
                        sdf[k, j, i] = np.float32(math.sqrt(square) - r)


@kernel
def join(
    target: Floats,
    part: Floats,
    dk: int,
    dj: int,
    di: int,
    smooth: float,
    sign: float,
    k_lo: int,
    k_hi: int,
) -> None:
    """Join a part, whose voxel (0, 0, 0) is voxel (dk, dj, di) of the target, into the target.

    `sign` +1: polynomial smooth-min with blend width `smooth` mm (union); -1: the part is cut away
    (smooth-max with the negated part).
    """
    nz, ny, nx = part.shape
    for k in range(max(k_lo, dk), min(k_hi, dk + nz)):
        for j in range(ny):
            for i in range(nx):
                p = part[k - dk, j, i]
                if p >= REACH_MM:
                    continue
                a = sign * target[k, j + dj, i + di]
                m = min(a, p)
                if smooth > 0.0:
                    share = max(smooth - abs(a - p), 0.0) / smooth
                    m -= share * share * smooth * 0.25
                target[k, j + dj, i + di] = np.float32(sign * m)


@kernel
def smooth_axis(
    source: Floats, target: Floats, weights: Floats, axis: int, k_lo: int, k_hi: int
) -> None:
    """Convolve along one axis (0 z, 1 y, 2 x) with symmetric weights; the edge value repeats."""
    nz, ny, nx = source.shape
    radius = weights.size // 2
    for k in range(k_lo, k_hi):
        for j in range(ny):
            for i in range(nx):
                target[k, j, i] = np.float32(0.0)
            # The inner loop runs along x whatever the axis: there memory lies in a row.
            for t in range(weights.size):
                w = weights[t]
                step = t - radius
                if axis == 0:
                    kk = min(max(k + step, 0), nz - 1)
                    for i in range(nx):
                        target[k, j, i] += w * source[kk, j, i]
                elif axis == 1:
                    jj = min(max(j + step, 0), ny - 1)
                    for i in range(nx):
                        target[k, j, i] += w * source[k, jj, i]
                else:
                    for i in range(nx):
                        target[k, j, i] += w * source[k, j, min(max(i + step, 0), nx - 1)]


@kernel
def paint(
    hu: NDArray[np.int16],
    labels: NDArray[np.uint8],
    sdf: Floats,
    dk: int,
    dj: int,
    di: int,
    mirror: bool,
    cortex_mm: Any,
    cortex_hu: Any,
    core_hu: Any,
    texture_hu: float,
    noise: Floats,
    ramp_mm: float,
    label: int,
    mode: int,
    k_lo: int,
    k_hi: int,
) -> None:
    """Paint a body given by its signed distance into the CT; planes count in the box.

    `cortex_mm`, `cortex_hu`, `core_hu` (float32, broadcast to the box's shape): a shell of that
    thickness and CT number round a core with `texture_hu` times unit noise. `mirror` paints at the
    mirrored columns. `label` < 0 keeps the labels. `mode` +1 only brightens, -1 only
    darkens, 0 does both.
    """
    ny, nx = sdf.shape[1], sdf.shape[2]
    width = hu.shape[2]
    # The tile has a power of two a side, so that it repeats by a bit mask.
    mask = noise.shape[0] - 1
    for k in range(k_lo, k_hi):
        for j in range(ny):
            for i in range(nx):
                s = sdf[k, j, i]
                w = 0.5 - s / ramp_mm
                if w <= 0.0:
                    continue
                w = min(w, 1.0)
                c = min(max(0.5 + (cortex_mm[k, j, i] + s) / ramp_mm, 0.0), 1.0)
                column = width - 1 - (i + di) if mirror else i + di
                grain = noise[(k + dk) & mask, (j + dj) & mask, column & mask]
                value = c * cortex_hu[k, j, i] + (1.0 - c) * (core_hu[k, j, i] + texture_hu * grain)
                old = hu[k + dk, j + dj, column]
                new = np.int16(math.floor(old * (1.0 - w) + value * w + 0.5))
                if mode == 0 or (mode > 0 and new > old) or (mode < 0 and new < old):
                    hu[k + dk, j + dj, column] = new
                    if w >= 0.5 and label >= 0:
                        labels[k + dk, j + dj, column] = label
