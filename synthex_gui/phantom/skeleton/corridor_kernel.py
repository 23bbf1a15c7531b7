"""How wide a straight bony corridor is: rings round an axis sampled in distance boxes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import kernel
from synthex_gui.phantom.paint.kernels import Floats

_STEP_MM = 3.0
_RING = 12


@kernel
def _distance(
    sdf: Floats, corner: NDArray[np.float64], h: float, x: float, y: float, z: float
) -> float:
    """Trilinear distance at a point; 8 outside the box."""
    nz, ny, nx = sdf.shape
    u, v, w = (x - corner[0]) / h, (y - corner[1]) / h, (z - corner[2]) / h
    i, j, k = math.floor(u), math.floor(v), math.floor(w)
    if i < 0 or j < 0 or k < 0 or i >= nx - 1 or j >= ny - 1 or k >= nz - 1:
        return 8.0
    fu, fv, fw = u - i, v - j, w - k
    total = 0.0
    for c in range(2):
        for b in range(2):
            for a in range(2):
                weight = (fu if a else 1 - fu) * (fv if b else 1 - fv) * (fw if c else 1 - fw)
                total += weight * sdf[k + c, j + b, i + a]
    return total


@kernel
def _bone(
    first: Floats,
    first_corner: NDArray[np.float64],
    second: Floats,
    second_corner: NDArray[np.float64],
    h: float,
    joint_mm: float,
    x: float,
    y: float,
    z: float,
) -> float:
    """The nearer bone's distance; -1 in the joint between the two."""
    a = _distance(first, first_corner, h, x, y, z)
    b = _distance(second, second_corner, h, x, y, z)
    nearer: float = min(a, b)
    if a < joint_mm and b < joint_mm:
        nearer = min(nearer, -1.0)
    return nearer


@kernel
def widest(
    first: Floats,
    first_corner: NDArray[np.float64],
    second: Floats,
    second_corner: NDArray[np.float64],
    h: float,
    joint_mm: float,
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    shortest_mm: float,
) -> tuple[float, int, float]:
    """(radius, axis index, length) of the widest axis, mm; radius 0 when none fits.

    Each axis (n, 3) runs from its start, in bone, towards its end and stops 4 mm before it leaves
    bone; axes shorter than `shortest_mm` do not count. Two bones count as one across a gap below
    twice `joint_mm`.
    """
    best, best_axis, best_length = 0.0, -1, 0.0
    for n in range(starts.shape[0]):
        sx, sy, sz = starts[n]
        dx, dy, dz = ends[n, 0] - sx, ends[n, 1] - sy, ends[n, 2] - sz
        whole = math.sqrt(dx * dx + dy * dy + dz * dz)
        dx, dy, dz = dx / whole, dy / whole, dz / whole
        t = 0.0
        while t < whole and (
            _bone(first, first_corner, second, second_corner, h, joint_mm,
                  sx + t * dx, sy + t * dy, sz + t * dz) < 0.0
        ):  # fmt: skip
            t += 1.0
        length = t - 4.0
        if length < shortest_mm:
            continue
        # Two directions across the axis.
        if abs(dz) < 0.9:
            ux, uy, uz = -dy, dx, 0.0
        else:
            ux, uy, uz = 0.0, -dz, dy
        norm = math.sqrt(ux * ux + uy * uy + uz * uz)
        ux, uy, uz = ux / norm, uy / norm, uz / norm
        vx, vy, vz = dy * uz - dz * uy, dz * ux - dx * uz, dx * uy - dy * ux
        # Only what beats the best axis so far is tried.
        radius = best
        fits = True
        while fits and radius < 20.0:
            trial = radius + 0.25
            steps = int(length / _STEP_MM)
            for m in range(steps + 1):
                t = length * m / steps
                for q in range(_RING):
                    c = trial * math.cos(2 * math.pi * q / _RING)
                    s = trial * math.sin(2 * math.pi * q / _RING)
                    if (
                        _bone(first, first_corner, second, second_corner, h, joint_mm,
                              sx + t * dx + c * ux + s * vx, sy + t * dy + c * uy + s * vy,
                              sz + t * dz + c * uz + s * vz) >= 0.0
                    ):  # fmt: skip
                        fits = False
                        break
                if not fits:
                    break
            if fits:
                radius = trial
        if radius > best:
            best, best_axis, best_length = radius, n, length
    return best, best_axis, best_length
