"""Vertebrae L5 to C4: a waisted elliptic body, pedicles, arch and processes in a tilted frame."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from synthex_gui.phantom.paint.canvas import Canvas, bounds_of, ellipsoid
from synthex_gui.phantom.paint.curves import Points, chain, sheet
from synthex_gui.phantom.paint.kernels import Floats
from synthex_gui.phantom.paint.lattice import Box
from synthex_gui.phantom.skeleton.joints import keep_clear, whole
from synthex_gui.phantom.skeleton.sacrum import both_sides
from synthex_gui.phantom.tables import spine as t
from synthex_gui.phantom.trunk.shape import Shape

_FACET_GAP_MM = 1.3
_ARCH_HU = 170.0  # facets and laminae are dense: in AP they frame the dark gap between the arches
_SPINOUS_CORTEX_MM = 0.9  # thicker and the stacked processes outshine the bodies in AP


@dataclass(frozen=True)
class Vertebra:
    """One level's sizes in mm in its own frame: x left, y back, z up; origin the body's centre."""

    name: str
    centre_yz: tuple[float, float]
    tilt_deg: float
    a: float
    b: float
    height: float
    canal_y: float
    pedicle: tuple[float, float, float]  # x, half width, half height
    transverse: tuple[float, float, float, float]
    spinous: tuple[float, float, float]  # length, drop, height
    facet: tuple[float, float, float]  # x, up, down
    waist: float
    wedge: float

    @property
    def is_lumbar(self) -> bool:
        """L5 to L1."""
        return self.name.startswith("L")

    @property
    def pedicle_z(self) -> float:
        """Height of the pedicles' centre above the body's."""
        return 6.5 if self.is_lumbar else 4 * self.height / 23

    @property
    def lamina_y(self) -> float:
        """Where the lamina lies."""
        return self.b + 2 * self.canal_y + 1.5

    def world(self, local: ArrayLike) -> Points:
        """(n, 3+) local points, radii untouched, to the patient."""
        points = np.array(local, dtype=np.float64)
        phi = np.radians(self.tilt_deg)
        y, z = points[..., 1].copy(), points[..., 2].copy()
        points[..., 1] = self.centre_yz[0] + y * np.cos(phi) - z * np.sin(phi)
        points[..., 2] = self.centre_yz[1] + y * np.sin(phi) + z * np.cos(phi)
        return points

    def local(self, box: Box) -> tuple[Floats, Floats, Floats]:
        """A box's voxel centres in the local frame."""
        x, y, z = box.axes
        phi = np.radians(self.tilt_deg)
        c, s = np.float32(np.cos(phi)), np.float32(np.sin(phi))
        dy, dz = y - np.float32(self.centre_yz[0]), z - np.float32(self.centre_yz[1])
        return x, dy * c + dz * s, dz * c - dy * s


def vertebrae(shape: Shape) -> list[Vertebra]:
    """All levels of a shape, L5 first."""
    result = []
    for n, (name, row) in enumerate(zip(t.LEVELS, t.BODIES)):
        y, z, tilt, a, b, h = row
        y, z, tilt = shape.vertebra(y, z, tilt)
        if n < 5:
            v = t.LUMBAR[n]
            rest = (
                v[0],
                tuple(v[2:5]),
                tuple(v[5:9]),
                tuple(v[9:12]),
                tuple(v[12:15]),
                v[15],
                v[16],
            )
        elif name.startswith("C"):
            length = 24.0 if name == "C7" else 14.0
            rest = (
                7.0, (11.0, 2.8, 3.4), (27.0, 6.0, 1.0, 3.2), (length, 8.0, 6.0),
                (15.0, 7.0, 8.0), 0.06, 0.0,
            )  # fmt: skip
        else:
            i = n - 5
            spinous = (20.0, 6.0, 9.0) if i < 2 else (17.0, 15.0, 9.0)
            rest = (
                7.5, (10.5, 3.6, 6 * h / 23), (30 + 0.6 * i, 27 * b / 15.5 + 3, 4.0, 3.8), spinous,
                (12.0, 8 * h / 23, 12 * h / 23), 0.11, 0.02 if i % 2 else -0.02,
            )  # fmt: skip
        result.append(Vertebra(name, (y, z), tilt, a, b, h, *rest))
    return result


def _body(v: Vertebra, x: Floats, y: Floats, z: Floats) -> Floats:
    """Distance of the body: waisted elliptic column, dished wedge-shaped plates, round edges."""
    half = np.float32(v.height / 2)
    waist = 1 - np.float32(v.waist) * (1 - np.minimum(np.abs(z) / half, 1) ** 2.2)
    a, b = np.float32(v.a) * waist, np.float32(v.b) * waist
    # The back is 10 % flatter over the canal.
    b = np.where(y > 0, b * (1 - np.float32(0.1) * np.exp(-((x / 8) ** 4))), b)
    g = np.sqrt((x / a) ** 2 + (y / b) ** 2)
    slope = np.sqrt((x / (a * a)) ** 2 + (y / (b * b)) ** 2) / np.maximum(g, 1e-4)
    side = (g - 1) / np.maximum(slope, 1e-3)
    lean = np.clip(-y / np.float32(v.b), -1, 1) * np.float32(v.wedge)
    dish = np.float32(1.8) * np.clip(1 - g * g, 0, 1)
    plate = np.abs(z) - (half * (1 + lean) - dish)
    r = np.float32(2.5)
    outer = np.sqrt(np.maximum(side + r, 0) ** 2 + np.maximum(plate + r, 0) ** 2)
    inner = np.minimum(np.maximum(side + r, plate + r), 0)
    return np.asarray(outer + inner - r)


def _cone(a: ArrayLike, b: ArrayLike) -> Points:
    """Balls of a round cone between two (x, y, z, r)."""
    return chain(np.array([a, b], dtype=float), 0.9)


def _arch(v: Vertebra) -> tuple[Points, Points, Points]:
    """Balls at +x of the arch and its processes, of the pedicle, and of the spinous process."""
    p, fx, yl = v.pedicle_z, v.facet[0], v.lamina_y
    up, down = v.facet[1:]
    px, rx, rz = v.pedicle
    k = 1.0 if v.is_lumbar else 0.8
    tx, ty, tz, tr = v.transverse
    arch = [
        _cone((fx, yl - 1, p - 4, 4.8 * k), (2, yl + 4.5, p - 8, 4 * k)),
        _cone((fx - 1, yl + 0.5, p - 9, 3.8 * k), (2, yl + 5.5, p - 15, 3.2 * k)),
        _cone((fx, yl - 1, p - 2, 5.5 * k), (fx + 2, yl - 0.5, p + up, 5.4 * k)),
        _cone((fx - 1, yl + 1, p - 8, 5 * k), (fx - 2, yl + 4.5, p - down, 5.2 * k)),
        # A waist and a knob at the end, rising outwards.
        chain(
            np.array(
                [
                    (px + 2, yl - 9, p - 2, 1.5 * tr),
                    (0.6 * px + 0.4 * tx, yl - 4, p, tr),
                    (tx - 4, ty + 4, tz + 1, 1.1 * tr),
                    (tx, ty + 6, tz + 3, 0.8 * tr),
                ]
            ),
            0.9,
        ),
    ]
    lift = np.linspace(-1, 1, 5)[:, None] * max(rz - rx, 0.0)
    # Hourglasses: straight tubes along the beam are rings in AP.
    rows = [
        np.array([px - 0.5, 0.55 * v.b, p, 1.2 * rx]),
        np.array([px, 0.5 * (v.b + yl), p, 0.95 * rx]),
        np.array([px + 2.0, yl - 2, p, 1.1 * rx]),
    ]
    pedicle = np.stack([row + np.array([0, 0, 1, 0]) * lift for row in rows], axis=1)
    length, drop, height = v.spinous
    t_values = np.linspace(0, 1, 5)
    spinous = np.stack(
        [[(0, yl + 3, p - 8 - u * height, 3.7),
          (0, yl + length * 0.55, p - 8 - 0.6 * drop - 0.94 * u * height, 2.9 + 0.8 * u),
          (0, yl + length, p - 8 - drop - 0.9 * u * height, 3.5 + 1.7 * u)] for u in t_values]
    )  # fmt: skip
    return np.concatenate(arch), sheet(pedicle, 1.1), sheet(spinous, 1.1)


def build_vertebra(canvas: Canvas, v: Vertebra, below: Box) -> tuple[Box, Floats, Floats]:
    """The signed distance of one vertebra, clear of the bone below; per voxel its cortex in mm and
    how much denser the core is than the body's, in HU.

    A thin shell round the body, a thick one behind it, else the arch vanishes in projection.
    """
    arch, pedicle, spinous = (v.world(balls) for balls in _arch(v))
    corners = v.world([[x, y, z, 4.0] for x in (-v.a, v.a) for y in (-v.b, v.b)
                       for z in (-v.height / 2, v.height / 2)])  # fmt: skip
    low, high = bounds_of([both_sides(arch), spinous, corners])
    box = canvas.lattice.box(low - 4, high + 4)
    x, y, z = v.local(box)
    box = box.with_sdf(np.minimum(_body(v, x, y, z), 8))
    canvas.unite(box, both_sides(pedicle), 3.0)
    canvas.unite(box, both_sides(arch), 3.0)
    canvas.unite(box, spinous, 3.0)
    body, pedicle_mm, back = (0.9, 0.65, 1.5) if v.is_lumbar else (0.9, 0.8, 1.4)
    spine = np.clip((y - v.lamina_y - 4) / 4, 0, 1) * np.clip(6 - np.abs(x), 0, 1)
    arch_share = np.clip((y - 0.5 * (v.b + v.lamina_y)) / 6, 0, 1)
    cortex = body + (pedicle_mm - body) * np.clip((y - v.b) / 3, 0, 1)
    cortex = cortex + (back - cortex) * arch_share
    cortex = cortex + (_SPINOUS_CORTEX_MM - cortex) * spine
    core = _ARCH_HU * arch_share * (1 - 0.3 * spine)
    box = canvas.roughen(canvas.smooth(box, 0.6), 0.2)
    fields = cortex.astype(np.float32), core.astype(np.float32)
    return whole(keep_clear(box, below, _FACET_GAP_MM)), *fields


def paint_vertebra(
    canvas: Canvas,
    box: Box,
    cortex_mm: Floats,
    denser_hu: Floats,
    label: int,
    shape: Shape,
    is_lumbar: bool,
) -> None:
    """Cortical shell and spongy core, dense in the arch."""
    hu, core = (850.0, 150.0) if is_lumbar else (820.0, 160.0)
    canvas.paint(
        box,
        label,
        core_hu=shape.spongy(core + denser_hu),
        texture_hu=75.0,
        cortex_mm=shape.cortex(cortex_mm),
        cortex_hu=hu,
        noise=canvas.noise.trabecular,
    )


def paint_discs(canvas: Canvas, levels: list[Vertebra], label: int, shape: Shape) -> None:
    """Ellipsoids between the bodies and under L5."""
    y, z, _ = shape.vertebra(*t.LUMBOSACRAL_DISC[1:], 21.0)
    discs = [((0.0, y, z), (22, 15, 8))]
    for below, above in pairwise(levels):
        middle = (np.array(below.centre_yz) + np.array(above.centre_yz)) / 2
        discs.append(((0.0, *middle), ((22 if below.is_lumbar else 16), 15, 8)))
    for centre, axes in discs:
        canvas.paint(ellipsoid(canvas.lattice, centre, axes), label, core_hu=90.0, texture_hu=8.0)
