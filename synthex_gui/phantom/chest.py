"""Lungs with their vessel trees, heart, aorta and airways."""

from __future__ import annotations

import numpy as np

from synthex_gui.phantom import tables_soft as t
from synthex_gui.phantom.canvas import Canvas, ellipsoid
from synthex_gui.phantom.curves import chain, steps
from synthex_gui.phantom.labels import ID
from synthex_gui.phantom.lattice import Box
from synthex_gui.phantom.lung_kernel import lung_distance
from synthex_gui.phantom.shape import Shape
from synthex_gui.phantom.vessels import grow_vessels


def paint_chest(canvas: Canvas, shape: Shape, seed: int) -> None:
    """Everything soft above the diaphragm."""
    lungs = _lungs(canvas, shape)
    for centre, axes in t.HEART:
        at = shape.chest(np.array([centre], dtype=float))[0]
        canvas.paint(ellipsoid(canvas.lattice, at, axes), ID["heart"], core_hu=42.0, texture_hu=7.0)
    aorta = chain(shape.chest(t.THORACIC_AORTA))
    canvas.paint(canvas.solid(aorta), ID["aorta"], core_hu=45.0, texture_hu=7.0)
    for n, hilum in enumerate(t.HILA):
        root = shape.chest(np.array([hilum]))[0]
        balls = grow_vessels(lungs, root, seed, n)
        box = canvas.stamp(canvas.lattice.box_around(balls, 3.0), balls, reach=2.0)
        canvas.paint(box, ID["lung-vessels"], core_hu=45.0, mode=1)
    for curve in (t.TRACHEA, *t.BRONCHI):
        tube = chain(shape.chest(curve))
        wall = tube + np.array([0, 0, 0, 1.5])
        canvas.paint(canvas.solid(wall), -1, core_hu=30.0)
    for curve in (t.TRACHEA, *t.BRONCHI):
        canvas.paint(canvas.solid(chain(shape.chest(curve))), ID["airways"], core_hu=-990.0)


def _lungs(canvas: Canvas, shape: Shape) -> Box:
    outline = shape.lungs(t.LUNGS)
    box = canvas.lattice.box([-126, -118, 225], [126, 100, 527])
    z = box.axes[2][:, 0, 0].astype(np.float64)
    planes = np.column_stack(
        [
            *(steps(outline, z, column) for column in (1, 2, 3)),
            22 + 7 * np.exp(-(((z - 432) / 30) ** 2)) + 6 * np.exp(-(((z - 520) / 40) ** 2)),
            19 + 1.5 * np.cos(0.285 * z),
        ]
    )
    outside = (z < outline[0, 0] - 20) | (z > outline[-1, 0])
    planes[outside, :2] = 1e-3
    domes = t.DOMES.copy()
    domes[:, :2] = shape.chest(domes)[:, :2]
    canvas.slabs(
        lung_distance, z.size, box.sdf, *box.corner, canvas.lattice.spacing, planes, domes,
        t.LUNG_EXPONENT,
    )  # fmt: skip
    x, y, _ = box.axes
    core = -862 + 40 * np.clip((y + 90) / 170, 0, 1)
    for label, side in (("lung-left", x > 0), ("lung-right", x < 0)):
        canvas.paint(
            box.with_sdf(np.where(side, box.sdf, np.float32(8))), ID[label], core_hu=core,
            texture_hu=28.0,
        )  # fmt: skip
    return box
