"""Lungs with their vessel trees, heart, aorta and airways."""

from __future__ import annotations

import numpy as np

from synthex_gui.phantom.paint.canvas import Canvas
from synthex_gui.phantom.paint.curves import chain, steps
from synthex_gui.phantom.paint.lattice import Box
from synthex_gui.phantom.tables import soft as t
from synthex_gui.phantom.tables.labels import ID
from synthex_gui.phantom.tissue.lesions import paint_lesions
from synthex_gui.phantom.tissue.lung_kernel import lung_distance
from synthex_gui.phantom.tissue.vessels import grow_vessels
from synthex_gui.phantom.trunk.shape import Shape


def paint_chest(canvas: Canvas, shape: Shape, seed: int, lesions: int = 0) -> None:
    """Everything soft above the diaphragm."""
    lungs = _lungs(canvas, shape)
    chambers = [chain(shape.chest(curve), 3.0) for curve in t.HEART]
    heart = canvas.lattice.box_around(np.concatenate(chambers))
    for balls in chambers:
        canvas.unite(heart, balls, 16.0)
    canvas.paint(canvas.smooth(heart, 2.5), ID["heart"], core_hu=42.0, texture_hu=7.0)
    for label, curve in (("vena-cava", t.UPPER_CAVA), ("aorta", t.THORACIC_AORTA)):
        vessel = canvas.solid(chain(shape.chest(curve)))
        canvas.paint(vessel, ID[label], core_hu=45.0, texture_hu=7.0)
    for curve in t.PULMONARY_ARTERIES:
        vessel = canvas.solid(chain(shape.chest(curve)))
        canvas.paint(vessel, ID["lung-vessels"], core_hu=45.0, mode=1)
    for n, hilum in enumerate(t.HILA):
        root = shape.chest(np.array([hilum]))[0]
        balls = grow_vessels(lungs, root, seed, n)
        box = canvas.stamp(canvas.lattice.box_around(balls, 3.0), balls, reach=2.0)
        canvas.paint(box, ID["lung-vessels"], core_hu=45.0, mode=1)
    if lesions:
        paint_lesions(canvas, lungs, lesions, seed)
    for curve in (t.TRACHEA, *t.BRONCHI):
        tube = chain(shape.chest(curve))
        wall = tube + np.array([0, 0, 0, 1.5])
        canvas.paint(canvas.solid(wall), -1, core_hu=30.0)
    for curve in (t.TRACHEA, *t.BRONCHI):
        canvas.paint(canvas.solid(chain(shape.chest(curve))), ID["airways"], core_hu=-990.0)


def _lungs(canvas: Canvas, shape: Shape) -> Box:
    dy, dz = shape.bend.top
    box = canvas.lattice.box([-126, -118 + dy, 225 + dz], [126, 100 + dy, 527 + dz])
    at = box.axes[2][:, 0, 0].astype(np.float64) - dz
    x0, y0, z0 = box.corner
    planes = np.column_stack(
        [
            *(steps(t.LUNGS, at, column) for column in (1, 2, 3)),
            *(steps(t.MEDIASTINUM, at, column) for column in (1, 2, 3)),
            17 + 0.5 * np.cos(0.285 * at),
        ]
    )
    outside = (at < t.LUNGS[0, 0] - 20) | (at > t.LUNGS[-1, 0])
    planes[outside, :2] = 1e-3
    canvas.slabs(
        lung_distance, at.size, box.sdf, x0, y0 - dy, z0 - dz, canvas.lattice.spacing, planes,
        t.DOMES, t.LUNG_EXPONENT,
    )  # fmt: skip
    x, y, _ = box.axes
    core = -862 + 40 * np.clip((y - dy + 90) / 170, 0, 1)
    for label, side in (("lung-left", x > 0), ("lung-right", x < 0)):
        canvas.paint(
            box.with_sdf(np.where(side, box.sdf, np.float32(8))), ID[label], core_hu=core,
            texture_hu=28.0,
        )  # fmt: skip
    return box
