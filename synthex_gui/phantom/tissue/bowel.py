"""Small-bowel loops, the colon with haustra, gas and stool."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from synthex_gui.phantom.paint.canvas import Canvas
from synthex_gui.phantom.paint.curves import Points, chain
from synthex_gui.phantom.tables import soft as t
from synthex_gui.phantom.tables.labels import ID
from synthex_gui.phantom.trunk.shape import Shape

_LOOPS = 150
_LOOP_RADIUS_MM = (8.5, 12.5)


def paint_bowel(canvas: Canvas, shape: Shape, seed: int) -> None:
    """Wall and content of small and large bowel, then gas and stool that only darken."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(1,))))
    loops = small_bowel(shape, rng)
    for grow, hu, texture in ((0.0, 44.0, 8.0), (-2.2, 24.0, 10.0)):
        balls = loops + np.array([0, 0, 0, grow])
        canvas.paint(canvas.solid(balls, 3.0), ID["small-bowel"], core_hu=hu, texture_hu=texture)
    gas: list[Points] = []
    stool: list[Points] = []
    for curve, haustra, low, high, threshold in t.COLON.values():
        dense = chain(np.column_stack([shape.torso(curve), np.zeros(len(curve))]), 1.5)[:, :3]
        arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(dense, axis=0), axis=1))])
        r = low + (high - low) * np.abs(np.sin(np.pi * arc / haustra)) ** 0.7
        wall = canvas.solid(np.column_stack([dense, r + 2.5]), 3.0)
        canvas.paint(wall, ID["colon"], core_hu=40.0, texture_hu=7.0)
        content = canvas.solid(np.column_stack([dense, r]), 3.0)
        noise = canvas.noise.coarse
        canvas.paint(content, ID["colon"], core_hu=22.0, texture_hu=30.0, noise=noise)
        i = np.arange(len(dense))
        full = np.sin(i / 9 + rng.uniform(0, 6.28)) + 0.3 * np.sin(i / 3.7) > threshold
        # Gas rises to the front and fills the haustra there.
        share = rng.uniform(0.55, 0.8)
        bubbles = np.column_stack([dense, share * r])
        bubbles[:, 1] -= (0.95 - share) * r
        gas.append(bubbles[full])
        rest = np.repeat(np.flatnonzero(~full), 4)
        at = dense[rest] + rng.normal(0, 0.42, (rest.size, 3)) * r[rest, None]
        stool.append(np.column_stack([at, rng.gamma(4.0, 0.45, rest.size)]))
    runs = rng.integers(0, len(loops) - 60, 14)
    small = np.concatenate([loops[n : n + rng.integers(1, 50)] for n in runs])
    small -= np.array([0.0, 3.0, 0.0, 4.5])
    gas.append(small)
    # Rough, else bubbles look like beads.
    for balls, hu, label, rough in (
        (stool, -550.0, -1, 0.8),
        (gas, -960.0, ID["bowel-gas"], 1.0),
    ):
        every = np.concatenate(balls)
        box = canvas.stamp(canvas.lattice.box_around(every, 6.0), every, reach=5.0)
        box = canvas.roughen(canvas.roughen(box, rough), 2.2 * rough, canvas.noise.septa)
        canvas.paint(box, label, core_hu=hu, mode=-1)


def small_bowel(shape: Shape, rng: np.random.Generator) -> Points:
    """Balls (n, 4) of one long tube that wanders through the middle of the abdomen (designed)."""
    free = rng.uniform([-115.0, -130.0, 44.0], [115.0, 24.0, 222.0], (60 * _LOOPS, 3))
    a, b, y = (np.interp(free[:, 2], t.CAVITY[:, 0], t.CAVITY[:, column]) for column in (1, 2, 3))
    wall = (np.abs(free[:, 0]) / (a - 14)) ** 2 + ((free[:, 1] - y) / (b - 13)) ** 2
    # In front of spine and psoas; in the true pelvis behind the bladder too.
    free = free[(wall < 1) & (free[:, 1] < np.interp(free[:, 2], [60, 90], [24.0, -22.0]))]
    chosen = [free[0]]
    distance = np.linalg.norm(free - free[0], axis=1)
    while len(chosen) < _LOOPS:  # farthest points first fills the space evenly
        chosen.append(free[distance.argmax()])
        distance = np.minimum(distance, np.linalg.norm(free - chosen[-1], axis=1))
    left = np.array(chosen)
    path = [left[left[:, 2].argmax()]]
    while len(left):  # then always on to the nearest point not yet visited
        n = int(np.linalg.norm(left - path[-1], axis=1).argmin())
        path.append(left[n])
        left = np.delete(left, n, axis=0)
    curve = shape.torso(np.array(path[1:]))
    at = np.arange(0.0, len(curve) - 1, 0.05)
    radii = np.interp(at, np.arange(len(curve)), rng.uniform(*_LOOP_RADIUS_MM, len(curve)))
    result: Points = np.column_stack([CubicSpline(np.arange(len(curve)), curve, axis=0)(at), radii])
    return result
