"""The proximal femur: head ball, neck, shaft and trochanters with a thick tubular cortex."""

from __future__ import annotations

import numpy as np

from synthex_gui.phantom.paint.canvas import Canvas, bounds_of
from synthex_gui.phantom.paint.curves import chain, points, steps
from synthex_gui.phantom.paint.lattice import Box
from synthex_gui.phantom.tables import hip as t
from synthex_gui.phantom.trunk.shape import Shape


def build_femur(canvas: Canvas, shape: Shape) -> Box:
    """The signed distance of one femur at +x (the caller mirrors it)."""
    head = np.array([[*shape.head_centre(), t.HEAD_RADIUS]])
    parts = [(3.0, head)]
    for blend, chains in t.FEMUR_CHAINS.values():
        parts.append((blend, np.concatenate([chain(shape.femur(points(c)), 1.2) for c in chains])))
    low, high = bounds_of(balls for _, balls in parts)
    box = canvas.lattice.box(low - 6, high + 6)
    for blend, balls in parts:
        canvas.unite(box, balls, blend)
    return canvas.roughen(canvas.smooth(box, 1.3), 0.15)


def paint_femur(canvas: Canvas, box: Box, label: int, shape: Shape, mirror: bool) -> None:
    """Cortex by level, marrow in the shaft, spongy bone with the compressive band in the head."""
    z = box.axes[2]
    x = box.axes[0] - np.float32(shape.head_centre()[0] - t.HEAD_CENTRE[0])
    loose = 1 - 0.5 * np.clip((x - 112) / 10, 0, 1)  # Ward's triangle and the trochanter
    core = steps(t.FEMUR_CORE_HU, z) * loose
    along = (x - 100) * np.float32(-0.42) + (z + 22) * np.float32(0.91)
    across = (x - 100) * np.float32(0.91) + (z + 22) * np.float32(0.42)
    inside = np.clip((along + 14) / 6, 0, 1) * np.clip((60 - along) / 6, 0, 1)
    band = 140 * np.exp(-((across / 8) ** 2)) * inside
    # The calcar: the neck's thick medial cortex.
    calcar = 1.4 * np.exp(-(((x - 106) / 14) ** 2) - ((z + 34) / 16) ** 2)
    canvas.paint(
        box,
        label,
        core_hu=shape.spongy(core + band),
        texture_hu=t.FEMUR_TEXTURE_HU,
        cortex_mm=shape.cortex(steps(t.FEMUR_CORTEX_MM, z) + calcar),
        cortex_hu=steps(t.FEMUR_CORTEX_HU, z),
        noise=canvas.noise.trabecular,
        mirror=mirror,
    )
