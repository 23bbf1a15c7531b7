"""The colon with haustra, gas and stool, and small-bowel bubbles."""

from __future__ import annotations

import numpy as np

from synthex_gui.phantom import tables_soft as t
from synthex_gui.phantom.canvas import Canvas
from synthex_gui.phantom.curves import Points, chain
from synthex_gui.phantom.labels import ID
from synthex_gui.phantom.shape import Shape


def paint_bowel(canvas: Canvas, shape: Shape, seed: int) -> None:
    """Colon wall and content, then gas and stool that only darken."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(1,))))
    gas: list[Points] = []
    stool: list[Points] = []
    for curve, haustra, low, high, threshold in t.COLON.values():
        dense = chain(np.column_stack([shape.torso(curve), np.zeros(len(curve))]), 1.5)[:, :3]
        arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(dense, axis=0), axis=1))])
        r = low + (high - low) * np.abs(np.sin(np.pi * arc / haustra)) ** 0.7
        canvas.paint(
            canvas.solid(np.column_stack([dense, r + 2.5])),
            ID["colon"],
            core_hu=38.0,
            texture_hu=7.0,
        )
        canvas.paint(
            canvas.solid(np.column_stack([dense, r])), ID["colon"], core_hu=20.0, texture_hu=12.0
        )
        i = np.arange(len(dense))
        full = np.sin(i / 9 + rng.uniform(0, 6.28)) + 0.3 * np.sin(i / 3.7) > threshold
        bubbles = np.column_stack([dense, 0.5 * r * rng.uniform(0.8, 1.25, len(r))])
        bubbles[:, 1] -= 0.35 * r
        gas.append(bubbles[full & (i % 3 == 0)])
        rest = np.repeat(np.flatnonzero(~full), 3)
        at = dense[rest] + rng.normal(0, 0.42, (rest.size, 3)) * r[rest, None]
        stool.append(np.column_stack([at, rng.uniform(0.8, 2.6, rest.size)]))
    low_corner, high_corner = [-65.0, -95.0, 85.0], [65.0, -60.0, 215.0]
    small = shape.torso(rng.uniform(low_corner, high_corner, (18, 3)))
    gas.append(np.column_stack([small, rng.uniform(2, 5.5, 18)]))
    for balls, hu, label in ((stool, -550.0, -1), (gas, -960.0, ID["bowel-gas"])):
        every = np.concatenate(balls)
        # A box for each run of bubbles would be many; the whole abdomen's box is one.
        canvas.paint(
            canvas.stamp(canvas.lattice.box_around(every, 3.0), every, reach=2.0),
            label,
            core_hu=hu,
            mode=-1,
        )
