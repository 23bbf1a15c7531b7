"""Branching vessels of a lung, grown generation by generation for all branches at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.phantom.paint.curves import Points
from synthex_gui.phantom.paint.lattice import Box

_STEP_MM = 1.2
_ROOTS = 12


def _unit(v: Points) -> Points:
    result: Points = v / np.linalg.norm(v, axis=-1, keepdims=True)
    return result


def _inside(lungs: Box, at: Points, margin_mm: float) -> NDArray[np.bool_]:
    index = np.rint((at - np.array(lungs.corner)) / lungs.lattice.spacing).astype(int)[:, ::-1]
    shape = np.array(lungs.sdf.shape)
    valid = ((index >= 0) & (index < shape)).all(axis=1)
    k, j, i = np.clip(index, 0, shape - 1).T
    result: NDArray[np.bool_] = valid & (lungs.sdf[k, j, i] < -margin_mm)
    return result


def grow_vessels(lungs: Box, root: Points, seed: int, side: int) -> Points:
    """Balls (n, 4) of one lung's tree from its hilum; stops 3 mm before the pleura, r < 0.65 mm.

    Branch lengths 8.5 r^0.75 mm x 0.8-1.3, taper 15 %; children 0.82 r at 12-30 degrees and
    0.76-0.85 r at 28-55 degrees the other way (designed to look like arteries in projection).
    """
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(2, side))))
    fan = np.linspace(-78, 78, _ROOTS) + rng.uniform(-8, 8, _ROOTS)
    outward = 1.0 if root[0] > 0 else -1.0
    d = _unit(
        np.column_stack(
            [
                outward * (0.45 + 0.55 * np.cos(np.radians(fan))),
                rng.uniform(-1.1, 1.1, _ROOTS),
                np.sin(np.radians(fan)) * 1.2 - 0.1,
            ]
        )
    )
    at = np.repeat(root[None], _ROOTS, axis=0) + 3 * d
    r = rng.uniform(2.8, 5.0, _ROOTS)
    balls: list[Points] = []
    generation = 0
    while len(r):
        steps = np.maximum(2, (8.5 * r**0.75 * rng.uniform(0.8, 1.3, len(r)) / _STEP_MM)).astype(
            int
        )
        alive = np.ones(len(r), dtype=bool)
        for n in range(int(steps.max())):
            # Drawn away from the hilum, so that the tree spreads to the pleura without tangles.
            away = _unit(at - root + 1e-6)
            d = _unit(d + rng.normal(0, 0.15, d.shape) + 0.05 * away)
            moving = alive & (n < steps)
            at = np.where(moving[:, None], at + _STEP_MM * d, at)
            if generation > 0:
                alive &= ~moving | _inside(lungs, at, 3.0)
            grown = moving & alive
            balls.append(np.column_stack([at, r * (1 - 0.15 * n / steps)])[grown])
        at, d, r = at[alive], d[alive], r[alive] * 0.85
        axis = _unit(np.cross(d, rng.normal(size=d.shape)))
        angles = np.radians([rng.uniform(12, 30, len(r)), -rng.uniform(28, 55, len(r))])
        radii = [0.82 / 0.85 * r, rng.uniform(0.76, 0.85, len(r)) / 0.85 * r]
        turned = [d * np.cos(a)[:, None] + np.cross(axis, d) * np.sin(a)[:, None] for a in angles]
        at, d, r = np.concatenate([at, at]), np.concatenate(turned), np.concatenate(radii)
        keep = r >= 0.65
        at, d, r = at[keep], d[keep], r[keep]
        generation += 1
    return np.concatenate(balls)
