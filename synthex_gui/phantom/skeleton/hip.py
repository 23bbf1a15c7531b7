"""The hemipelvis: an iliac sheet, columns, rami and an acetabular shell, joined and cut sharp."""

from __future__ import annotations

import numpy as np

from synthex_gui.phantom.paint.canvas import Canvas, bounds_of
from synthex_gui.phantom.paint.curves import Points, chain, grid_points, points, sheet, steps
from synthex_gui.phantom.paint.lattice import Box
from synthex_gui.phantom.tables import hip as t
from synthex_gui.phantom.trunk.shape import Shape


def ilium_grid() -> Points:
    """The iliac control grid (16, 9, 4): x, y, z, r."""
    levels = np.broadcast_to(np.array(t.ILIUM_LEVELS, dtype=float)[:, None, None], (16, 9, 1))
    return np.concatenate([t.ILIUM[..., :2], levels, t.ILIUM[..., 2:]], axis=-1)


def cup_opening(tilt: Points) -> Points:
    """(3,) unit vector out of the socket."""
    result: Points = tilt @ (np.array(t.CUP_OPENING) / np.linalg.norm(t.CUP_OPENING))
    return result


def cup_shell(centre: Points, tilt: Points) -> Points:
    """Balls of the acetabular wall round the femoral head's centre, the notch left out."""
    pole = -cup_opening(tilt)
    down = tilt @ np.array([0.0, 0.0, -1.0])
    down = down - pole * (down @ pole)
    down /= np.linalg.norm(down)
    side = np.cross(pole, down)
    balls = []
    for polar in np.arange(0.0, 89.1, 2.5):
        theta = np.radians(polar)
        count = max(1, int(np.ceil(360 * np.sin(theta) / 2.5)))
        azimuth = np.arange(count) * 360.0 / count
        off = np.minimum(azimuth, 360 - azimuth)
        azimuth = azimuth[(polar <= 50) | (off > 37)]
        a = np.radians(azimuth)[:, None]
        d = np.cos(theta) * pole + np.sin(theta) * (np.cos(a) * down + np.sin(a) * side)
        r = np.full(len(d), 2.7 if polar <= 45 else 3.4)
        r += np.where(d[:, 1] > 0.3, 1.2, 0.0) if polar > 45 else 0.0
        r -= 1.0 if polar > 80 else 0.0
        balls.append(np.column_stack([centre + (t.CUP_RADIUS + r)[:, None] * d, r]))
    return np.concatenate(balls)


def build_hip(canvas: Canvas, shape: Shape) -> Box:
    """The signed distance of one hemipelvis at +x (the caller mirrors it)."""
    step = max(1.1, 0.6 * canvas.lattice.spacing)
    centre = shape.head_centre()
    parts: list[tuple[float, Points]] = [(0.0, sheet(shape.pelvis(ilium_grid()), step))]
    for blend, text in t.HIP_SHEETS.values():
        parts.append((blend, sheet(shape.pelvis(grid_points(text)), max(1.5, step))))
    for blend, chains in t.HIP_CHAINS.values():
        curves = [chain(shape.pelvis(points(text)), step) for text in chains]
        parts.append((blend, np.concatenate(curves)))
    parts.append((5.0, cup_shell(centre, shape.tilt)))
    low, high = bounds_of(balls for _, balls in parts)
    box = canvas.lattice.box(low - 6, high + 6)
    for blend, balls in parts:
        canvas.unite(box, balls, blend)
    x = box.axes[0]
    box = box.with_sdf(_smooth_max(box.sdf, np.float32(0.9) - x, 5.0))
    box = canvas.roughen(canvas.smooth(box, 1.2), 0.22)
    return _open_joint(box, centre, shape)


def _open_joint(box: Box, centre: Points, shape: Shape) -> Box:
    """Cut the socket after smoothing, so that the joint stays sharp."""
    x, y, z = (v - np.float32(c) for v, c in zip(box.axes, centre))
    o = cup_opening(shape.tilt).astype(np.float32)
    along = np.maximum(x * o[0] + y * o[1] + z * o[2], 0)
    hole = np.sqrt((x - along * o[0]) ** 2 + (y - along * o[1]) ** 2 + (z - along * o[2]) ** 2)
    sdf = np.maximum(box.sdf, np.float32(t.CUP_RADIUS) - hole)
    fx, fy, fz = shape.tilt @ (np.array(t.FOSSA[:3]) - np.array(t.HEAD_CENTRE))
    fossa = np.sqrt((x - fx) ** 2 + (y - fy) ** 2 + (z - fz) ** 2)
    return box.with_sdf(np.maximum(sdf, np.float32(t.FOSSA[3]) - fossa))


def _smooth_max(a: Points, b: Points, k: float) -> Points:
    share = np.maximum(np.float32(k) - np.abs(a - b), 0) / np.float32(k)
    result: Points = np.maximum(a, b) + share * share * np.float32(k * 0.25)
    return result


def paint_hip(canvas: Canvas, box: Box, label: int, shape: Shape, mirror: bool) -> None:
    """Cortical shell, spongy core and the dense subchondral roof of the socket."""
    _, _, z = box.axes
    cortex_hu, core_hu, texture = t.HIP_HU
    cx, cy, cz = (v - np.float32(c) for v, c in zip(box.axes, shape.head_centre()))
    d = np.sqrt(cx**2 + cy**2 + cz**2)
    roof = np.clip(2.3 - np.abs(d - np.float32(28.9)), 0, 1) * ((cz > 14) & (cx > -14))
    core = shape.spongy(core_hu)
    # The pubis is the densest part in AP.
    pubis = np.exp(-((box.axes[0] / 26) ** 2)) * np.clip((-5 - z) / 10, 0, 1)
    canvas.paint(
        box,
        label,
        core_hu=core + shape.spongy(90 * pubis) + roof * np.maximum(shape.spongy(880) - core, 0),
        texture_hu=texture,
        cortex_mm=shape.cortex(steps(t.HIP_CORTEX_MM, z) + 0.7 * pubis),
        cortex_hu=cortex_hu,
        noise=canvas.noise.trabecular,
        mirror=mirror,
    )
