"""The compiled loop of the lungs: outer wall, diaphragm, spine and mediastinum as soft limits."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import kernel
from synthex_gui.phantom.paint.kernels import Floats


@kernel
def lung_distance(
    sdf: Floats,
    x0: float,
    y0: float,
    z0: float,
    h: float,
    planes: NDArray[np.float64],
    domes: NDArray[np.float64],
    n: float,
    k_lo: int,
    k_hi: int,
) -> None:
    """Distance-like value [mm] of both lungs, negative inside.

    `planes` (nz, 7): half width, half depth, centre y, mediastinal half width at the right (x < 0),
    at the left and in front, spinal half width.
    `domes` (2, 3): x, y, top of the left (x > 0) and right diaphragm.
    """
    _, ny, nx = sdf.shape
    for k in range(k_lo, k_hi):
        z = z0 + k * h
        a, b, yc, right, left, front, spine = planes[k]
        for j in range(ny):
            y = y0 + j * h
            v = abs((y - yc) / b) ** n
            # Slow changes: what runs along the beam is a line in the image.
            fore = max((-y - 15.0) / 75.0, 0.0)
            aft = max((y + 15.0) / 50.0, 0.0)
            back = min(max((y - 5.0) / 30.0, 0.0), 1.0)
            # Heads and necks of the ribs keep the lung off the arches.
            beside = back * (spine + 0.5 * max(y - 25.0, 0.0))
            for i in range(nx):
                x = x0 + i * h
                ax = abs(x)
                if v > 1.3:
                    sdf[k, j, i] = 8.0
                    continue
                u = (ax / a) ** n
                f = u + v
                ux = u / ax if ax > 1e-3 else 0.0
                vy = v / abs(y - yc) if abs(y - yc) > 1e-3 else 0.0
                d = -60.0
                if f > 1e-6:
                    g = f ** (1.0 / n)
                    d = (g - 1.0) * f / (g * math.sqrt(ux * ux + vy * vy) + 1e-9)
                middle = left if x > 0 else right
                # The aorta lies behind at the left; at the right the lung reaches to the gullet.
                rear = 15.0 if x > 0 else 3.0
                wall = middle + (front - middle) * fore + (rear - middle) * aft
                wall = max(wall, beside, 2.0)
                near = wall - ax
                share = max(8.0 - abs(d - near), 0.0) / 8.0
                d = max(d, near) + share * share * 2.0
                dome = domes[0] if x > 0 else domes[1]
                e = ((x - dome[0]) / 82.0) ** 2 + ((y - dome[1]) / 96.0) ** 2
                floor = dome[2] - 130.0 * (1.0 - math.sqrt(max(1.0 - e, 0.0)))
                # Between the domes the heart rests on a saddle, without an edge of its own.
                saddle = 332.0 - 0.006 * x * x - 0.02 * max(y + 30.0, 0.0) ** 2
                share = max(40.0 - abs(floor - saddle), 0.0) / 40.0
                floor = max(floor, saddle) + share * share * 10.0
                floor = max(floor, 262.0)
                d = max(d, 0.8 * (floor - z))
                sdf[k, j, i] = np.float32(min(d, 8.0))
