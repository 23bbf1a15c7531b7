"""Sacrum and coccyx: a height field over a curved chart (s down the front midline, n behind it)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from synthex_gui.phantom.paint.canvas import Canvas
from synthex_gui.phantom.paint.curves import Points, chain, steps
from synthex_gui.phantom.paint.kernels import Floats
from synthex_gui.phantom.paint.lattice import Box
from synthex_gui.phantom.skeleton.joints import keep_clear, whole
from synthex_gui.phantom.tables import spine as t
from synthex_gui.phantom.trunk.shape import Shape

_GAP_MM = 2.2
_EXTRA_MM = 30.0  # the chart goes on straight beyond both ends


@dataclass(frozen=True, eq=False)
class Chart:
    """The front midline sampled each 0.25 mm: arc length `s` (m,), `yz` and `normal` (m, 2)."""

    s: Points
    yz: Points
    normal: Points

    @classmethod
    def of(cls, shape: Shape) -> Chart:
        """The chart of a shape's sacrum."""
        front = np.column_stack([np.zeros(len(t.SACRUM_FRONT)), t.SACRUM_FRONT])
        front = shape.pelvis(front)[:, 1:]
        chord = np.linalg.norm(np.diff(front, axis=0), axis=1)
        u = np.concatenate([[0.0], np.cumsum(chord)])
        spline = CubicSpline(u, front, axis=0)
        fine = spline(np.linspace(0, u[-1], 1024))
        arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))])
        s = np.arange(-_EXTRA_MM, t.SACRUM_END + _EXTRA_MM, 0.25)
        inner = np.clip(s, 0.0, arc[-1])
        yz = np.column_stack([np.interp(inner, arc, fine[:, n]) for n in range(2)])
        tangent = np.gradient(yz, s, axis=0)
        first, last = fine[4] - fine[0], fine[-1] - fine[-5]
        for mask, end in ((s <= 0, first), (s >= arc[-1], last)):
            tangent[mask] = end
        tangent /= np.linalg.norm(tangent, axis=1)[:, None]
        yz += (s - inner)[:, None] * tangent
        # Turning the downward tangent a quarter gives the normal that points backwards.
        return cls(s, yz, np.column_stack([-tangent[:, 1], tangent[:, 0]]))

    def world(self, s: Points | float, n: Points | float, x: Points | float = 0.0) -> Points:
        """(…, 3) positions of chart coordinates."""
        s, n, x = np.broadcast_arrays(*np.atleast_1d(s, n, x))
        base = [np.interp(s, self.s, self.yz[:, c]) for c in range(2)]
        normal = [np.interp(s, self.s, self.normal[:, c]) for c in range(2)]
        return np.stack([x, base[0] + n * normal[0], base[1] + n * normal[1]], axis=-1)

    def coordinates(self, box: Box) -> tuple[Floats, Floats]:
        """S and n (nz, ny, 1) of a box's voxels, the same for every x."""
        _, y, z = box.axes
        s = np.empty((box.sdf.shape[0], box.sdf.shape[1], 1), dtype=np.float32)
        n = np.empty_like(s)
        for k, level in enumerate(z[:, 0, 0]):
            d = np.stack(
                np.broadcast_arrays(y[0, :, 0][:, None] - self.yz[:, 0], level - self.yz[:, 1])
            )
            nearest = (d**2).sum(axis=0).argmin(axis=1)
            rows = np.arange(nearest.size)
            s[k, :, 0] = self.s[nearest]
            n[k, :, 0] = (d[:, rows, nearest] * self.normal[nearest].T).sum(axis=0)
        return s, n


def _smoothstep(u: Floats) -> Floats:
    u = np.clip(u, 0, 1)
    result: Floats = u * u * (3 - 2 * u)
    return result


def _solid(x: Floats, s: Floats, n: Floats) -> Floats:
    """The distance-like value of the plain solid: the largest of its five limits."""

    def at(table: NDArray[np.float64]) -> Floats:
        return steps(table, s).astype(np.float32)

    half = at(t.SACRUM_HALF_WIDTH) - np.maximum(0, n - 14) * at(t.SACRUM_WIDTH_SLOPE)
    front = np.maximum(0, x - 24) * at(t.SACRUM_FRONT_SLOPE)
    crest = np.exp(-((x / 6) ** 2)) * (0.75 + 0.35 * np.cos(2 * np.pi * s / 22))
    blend = _smoothstep((x - 8) / 30)
    back = (at(t.SACRUM_DEPTH) - 7 + 7 * crest) * (1 - blend) + at(t.SACRUM_ALA) * blend
    # 0.42, not 0: a flat top is a ruler-straight line in the outlet view.
    ala_top = 0.5 * np.clip(n, 0, 30) - 3 + 0.42 * (x - 24)
    mix = _smoothstep((x - 21) / 6)
    top = 0.5 * n * (1 - mix) + ala_top * mix
    result = np.maximum(front - n, n - back)
    result = np.maximum(result, x - half)
    result = np.maximum(result, top - s)
    result = np.maximum(result, s - np.float32(t.SACRUM_END))
    return np.asarray(result)


def foramen(chart: Chart, row: Points) -> tuple[Points, Points]:
    """A foramen's funnel and the groove that leaves it outwards, balls at +x."""
    s, x, r0, end = row
    n = np.array([d if k < 2 else d * end for k, d in enumerate(t.FUNNEL_DEPTH)])
    f = t.FUNNEL_RADIUS
    # The upper wall lies along the beam and draws a bright arc, the lower one does not.
    at = chart.world(s + 0.6 * (n - 3) - r0 * (1 - f), n, x + 2.5 * f - 1.5)
    funnel = np.column_stack([at, r0 * f])
    groove = np.column_stack(
        [chart.world(np.array([s - 2, s + 1]), np.array([-3.0, -5.0]), np.array([x + 3, x + 15])),
         [0.9 * r0, 0.8 * r0]]
    )  # fmt: skip
    return funnel, groove


def build_sacrum(canvas: Canvas, shape: Shape, hips: tuple[Box, Box]) -> tuple[Box, Floats]:
    """The signed distance of sacrum and coccyx, and s per voxel (nz, ny, 1).

    The ilium grown 2.2 mm is carved away, which gives the sacro-iliac joint an even gap.
    """
    chart = Chart.of(shape)
    outline = chart.world(np.linspace(-14, 130, 40)[:, None], np.array([-6.0, 62.0]), 0.0)
    y, z = outline[..., 1], outline[..., 2]
    box = canvas.lattice.box((-80, y.min(), z.min()), (80, y.max() + 2, z.max()))
    s, n = chart.coordinates(box)
    x = np.abs(box.axes[0]) / np.float32(shape.sacrum_width())
    box = canvas.smooth(box.with_sdf(_solid(x, s, n)), 1.8)
    facet = np.column_stack(
        [chart.world(t.S1_FACET[:, 0], t.S1_FACET[:, 1], t.S1_FACET[:, 2]), t.S1_FACET[:, 3]]
    )
    canal = np.column_stack(
        [chart.world(t.SACRAL_CANAL[:, 0], t.SACRAL_CANAL[:, 1]), t.SACRAL_CANAL[:, 2]]
    )
    canvas.unite(box, both_sides(chain(facet, 1.0)), 5.0)
    canvas.cut(box, chain(canal, 1.0), 2.0)
    for row in t.SACRAL_FORAMINA:
        for part in foramen(chart, row):
            canvas.cut(box, both_sides(chain(part, 1.0)), 2.0)
    box = canvas.roughen(canvas.smooth(box, 0.7), 0.45)
    for hip, mirrored in zip(hips, (False, True)):
        box = keep_clear(box, hip, _GAP_MM, mirrored=mirrored)
    return whole(box), s


def both_sides(balls: Points) -> Points:
    """The balls and their mirror images."""
    return np.concatenate([balls, balls * np.array([-1.0, 1, 1, 1])])


def paint_sacrum(
    canvas: Canvas, box: Box, s: Floats, shape: Shape, labels: tuple[int, int]
) -> None:
    """Paint the bone, then label S1-S2 as the upper and the rest as the lower sacrum."""
    cortex, cortex_hu, core, texture = t.SACRUM_HU
    # The wings are mostly fat, and the bodies lose bone downwards.
    wing = _smoothstep((np.abs(box.axes[0]) / np.float32(shape.sacrum_width()) - 20) / 14)
    core = (core - 0.5 * np.clip(s, 0, 100)) * (1 - wing) + t.SACRUM_WING_HU * wing
    for part, label in ((s < t.S2_END, labels[0]), (s >= t.S2_END, labels[1])):
        canvas.paint(
            box.with_sdf(np.where(part, box.sdf, np.float32(100))),
            label,
            core_hu=shape.spongy(core),
            texture_hu=texture,
            cortex_mm=shape.cortex(cortex),
            cortex_hu=cortex_hu,
            noise=canvas.noise.trabecular,
        )
