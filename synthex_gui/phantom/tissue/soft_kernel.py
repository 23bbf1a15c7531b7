"""The compiled loop that fills the whole body: skin, fat, muscle, abdominal cavity."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import kernel
from synthex_gui.phantom.paint.kernels import Floats

# Columns of the per-plane table.
A, B, YC, N, FAT_SIDE, FAT_FRONT, FAT_BACK = range(7)
LIMB_X, LIMB_Y, LIMB_A, LIMB_B, LIMB_ADD, CAVITY_A, CAVITY_B, CAVITY_Y = range(7, 15)
CAVITY_HU = 15
COLUMNS = 16
LIMB_N = 2.4  # rounder, and the thighs leave wedges between them in a lateral view


@kernel
def _superellipse(u: float, v: float, x: float, y: float, n: float) -> float:
    """First-order distance [mm] from the powers u = |x/a|^n, v = |y/b|^n; -60 when deep inside."""
    f = u + v
    if f < 0.12:
        return -60.0
    ux = u / x if x > 1e-3 else 0.0
    vy = v / y if y > 1e-3 else 0.0
    g = f ** (1.0 / n)
    distance: float = (g - 1.0) * f / (g * math.sqrt(ux * ux + vy * vy))
    return distance


@kernel
def fill_body(
    hu: NDArray[np.int16],
    x0: float,
    y0: float,
    h: float,
    planes: NDArray[np.float64],
    cavity_n: float,
    table_y: float,
    wall: float,
    ramp: float,
    fine: Floats,
    septa: Floats,
    k_lo: int,
    k_hi: int,
) -> None:
    """Paint skin, fat, muscle and the fatty abdominal cavity; `planes` (nz, 16) in mm."""
    _, ny, nx = hu.shape
    half = nx // 2
    mask = fine.shape[0] - 1
    u = np.empty(half)
    ut = np.empty(half)
    uc = np.empty(half)
    for k in range(k_lo, k_hi):
        p = planes[k]
        n = p[N]
        for i in range(half):
            x = -(x0 + i * h)
            u[i] = (x / p[A]) ** n
            ut[i] = (abs(x - p[LIMB_X]) / p[LIMB_A]) ** LIMB_N
            uc[i] = (x / p[CAVITY_A]) ** cavity_n
        limbs = p[LIMB_ADD] < 40.0
        for j in range(ny):
            y = y0 + j * h
            t = (y - p[YC]) / p[B]
            v = abs(t) ** n
            vt = (abs(y - p[LIMB_Y]) / p[LIMB_B]) ** LIMB_N
            vc = abs((y - p[CAVITY_Y]) / p[CAVITY_B]) ** cavity_n
            t = min(max(t, -1.0), 1.0)
            change = p[FAT_BACK] - p[FAT_SIDE] if t > 0 else p[FAT_FRONT] - p[FAT_SIDE]
            fat = p[FAT_SIDE] + change * t * t
            for i in range(half):
                x = -(x0 + i * h)
                d = _superellipse(u[i], v, x, abs(y - p[YC]), n)
                if limbs:
                    e = (
                        _superellipse(ut[i], vt, abs(x - p[LIMB_X]), abs(y - p[LIMB_Y]), LIMB_N)
                        + p[LIMB_ADD]
                    )
                    share = max(14.0 - abs(d - e), 0.0) / 14.0
                    d = min(d, e) - share * share * 3.5
                d = max(d, y - table_y)
                w = 0.5 - d / ramp
                if w <= 0.0:
                    continue
                w = min(w, 1.0)
                cavity = (
                    min(max(0.5 - _superellipse(uc[i], vc, x, abs(y - p[CAVITY_Y]), cavity_n) / 3.0,
                            0.0), 1.0)
                    if uc[i] + vc < 1.6 else 0.0
                )  # fmt: skip
                for side in range(2):
                    column = i if side == 0 else nx - 1 - i
                    grain = fine[k & mask, j & mask, column & mask]
                    belly = septa[k & mask, j & mask, column & mask]
                    if d > -2.0:
                        value = 20.0
                    elif d > -(fat * (1.0 + 0.09 * belly) + 0.5 * grain):
                        value = -102.0 + 9.0 * grain
                    else:
                        value = 54.0 + 9.0 * grain
                        plane = 1.0 - abs(belly) / 0.14
                        if plane > 0.0:
                            value -= 105.0 * min(1.6 * plane, 1.0)
                        room = cavity * min(max((-d - fat - wall) / 2.0, 0.0), 1.0)
                        if room > 0.0:
                            inner = p[CAVITY_HU] + 8.0 * grain
                            if plane > 0.0:
                                inner += 40.0 * plane
                            value += room * (inner - value)
                    hu[k, j, column] = np.int16(math.floor(-1000.0 + w * (value + 1000.0) + 0.5))
