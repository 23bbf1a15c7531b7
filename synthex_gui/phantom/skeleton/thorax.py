"""Ribs, costal cartilages, sternum, clavicles and scapulae."""

from __future__ import annotations

import numpy as np

from synthex_gui.phantom.paint.canvas import Canvas
from synthex_gui.phantom.paint.curves import Points, chain, sheet
from synthex_gui.phantom.paint.lattice import Box
from synthex_gui.phantom.tables import spine as t
from synthex_gui.phantom.tables.labels import ID
from synthex_gui.phantom.trunk.shape import Shape

_SHOULDER_GAP_MM = 3.0
SIDES = (("left", False), ("right", True))


def rib_curve(n: int) -> Points:
    """Control points (10, 3) of rib n (1-12), left, from its head at the spine."""
    y, z = t.BODIES[16 - (n - 1), :2]
    heads = np.array([[15, y + 11, z + 5], [27, y + 20, z + 3]])
    return np.concatenate([heads, t.RIBS[n - 1]])


def paint_thorax(canvas: Canvas, shape: Shape) -> None:
    """All bones and cartilages of the chest wall and shoulder."""
    cartilages = [_cartilage(shape, n) for n in range(1, 11)]
    every = np.concatenate(cartilages)
    box = canvas.stamp(canvas.lattice.box_around(every, 3.0), every, reach=3.0)
    for _, mirror in SIDES:
        canvas.paint(box, ID["costal-cartilage"], core_hu=95.0, texture_hu=10.0, mirror=mirror)
    for n in range(1, 13):
        r = {11: 2.7, 12: 2.4}.get(n, 3.0)
        # Ribs are flat: three rods one above the other that smoothing makes one.
        curve = shape.chest(rib_curve(n))
        balls = [
            chain(np.column_stack([curve + np.array([0, 0, dz]), np.full(len(curve), r)]), 1.0)
            for dz in (-3.2, 0.0, 3.2)
        ]
        solid = canvas.smooth(canvas.solid(np.concatenate(balls), 4.0), 0.6)
        _paint_pair(canvas, solid, f"rib-{{}}-{n}", shape, 1.25, 1000.0, 170.0)
    rows = shape.chest(np.column_stack([np.zeros(7), t.STERNUM[:, 1:3]]))[:, 1:]
    plate = np.stack(
        [[(x * w, y, z, r) for x in np.linspace(-1, 1, 5)]
         for (w, _, _, r), (y, z) in zip(t.STERNUM, rows)]
    )  # fmt: skip
    sternum = canvas.smooth(canvas.solid(sheet(plate, 1.5)), 1.0)
    canvas.paint(
        sternum, ID["sternum"], core_hu=shape.spongy(110), texture_hu=50.0,
        cortex_mm=shape.cortex(1.0), cortex_hu=600.0, noise=canvas.noise.trabecular,
    )  # fmt: skip
    clavicle = canvas.smooth(canvas.solid(chain(shape.chest(t.CLAVICLE), 1.0)), 0.8)
    _paint_pair(canvas, clavicle, "clavicle-{}", shape, 1.8, 950.0, 150.0)
    scapula = canvas.solid(sheet(shape.chest(t.SCAPULA), 1.2))
    canvas.unite(scapula, chain(shape.chest(t.SCAPULAR_SPINE), 1.2), 4.0)
    *centre, radius = shape.chest(np.array([t.HUMERUS_HEAD]))[0]
    canvas.cut(scapula, np.array([[*centre, radius + _SHOULDER_GAP_MM]]))
    _paint_pair(canvas, canvas.smooth(scapula, 0.8), "scapula-{}", shape, 1.0, 850.0, 140.0)
    arm = chain(shape.chest(t.HUMERUS), 1.5)
    humerus = canvas.solid(np.concatenate([[[*centre, radius]], arm]))
    _paint_pair(canvas, canvas.smooth(humerus, 1.3), "humerus-{}", shape, 1.8, 1050.0, 170.0)


def _paint_pair(
    canvas: Canvas, box: Box, name: str, shape: Shape, cortex: float, hu: float, core: float
) -> None:
    for side, mirror in SIDES:
        canvas.paint(
            box, ID[name.format(side)], core_hu=shape.spongy(core), texture_hu=50.0,
            cortex_mm=shape.cortex(cortex), cortex_hu=hu,
            noise=canvas.noise.trabecular, mirror=mirror,
        )  # fmt: skip


def _cartilage(shape: Shape, n: int) -> Points:
    """Balls from the end of rib n to the sternum (1-7) or the rib above (8-10), sagging."""
    start = t.RIBS[n - 1, -1]
    end = t.STERNAL_ENDS[n - 1] if n <= 7 else 0.5 * (t.RIBS[n - 2, -1] + t.STERNAL_ENDS[6])
    sag = np.interp(n, [1, 4, 7, 8, 10], [0, 8, 22, 14, 8])
    u = np.linspace(0, 1, 7)[:, None]
    path = start * (1 - u) + end * u
    path[:, 2] -= sag * np.sin(np.pi * u[:, 0]) * (u[:, 0] < 2)
    return chain(np.column_stack([shape.chest(path), np.full(7, 4.2)]), 1.5)
