"""Body outline and everything soft below the diaphragm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.phantom import soft_kernel as sk
from synthex_gui.phantom import tables_soft as t
from synthex_gui.phantom.canvas import Canvas, ellipsoid
from synthex_gui.phantom.curves import Points, chain, steps
from synthex_gui.phantom.labels import ID
from synthex_gui.phantom.sacrum import both_sides
from synthex_gui.phantom.shape import Shape


def plane_table(z: Points, shape: Shape) -> NDArray[np.float64]:
    """The outline's numbers for each plane, (nz, 17), see `soft_kernel`."""
    p = np.empty((z.size, sk.COLUMNS))
    outline = shape.habitus.outline(t.OUTLINE)
    for column in range(7):
        p[:, column] = steps(outline, z, column + 1)
    below = np.maximum(0, -z - 20)
    p[:, sk.TORSO_ADD] = 52 * (np.maximum(0, 5 - z) / 80) ** 2
    a, b = shape.habitus.thigh_scale()
    p[:, sk.THIGH_X] = 90.0
    p[:, sk.THIGH_Y] = 8 - 0.03 * below
    p[:, sk.THIGH_A] = (86 - 0.06 * np.maximum(0, -z - 80)) * a
    p[:, sk.THIGH_B] = (109 - 0.10 * below) * b
    p[:, sk.THIGH_ADD] = 0.012 * np.maximum(0, z + 60) ** 2
    cavity = shape.habitus.cavity(t.CAVITY)
    for column in range(3):
        p[:, sk.CAVITY_A + column] = steps(cavity, z, column + 1)
    # Mesenteric fat below the diaphragm, the mediastinum's mixture above it.
    p[:, sk.CAVITY_HU] = np.interp(z, [325.0, 355.0], [-98.0, 25.0])
    outside = (z < cavity[0, 0]) | (z > cavity[-1, 0])
    p[outside, sk.CAVITY_A] = p[outside, sk.CAVITY_B] = 1e-3
    return p


def fill_body(canvas: Canvas, shape: Shape) -> None:
    """Skin, fat, muscle and the cavity's fat and bowel lumps."""
    lattice = canvas.lattice
    x0, y0, z0 = lattice.origin
    table_y = t.TABLE_TOP_Y + max(0.0, float(shape.bend.top[0]))
    z = z0 + lattice.spacing * np.arange(lattice.shape[0])
    canvas.slabs(
        sk.fill_body, lattice.shape[0], canvas.hu, x0, y0, lattice.spacing, plane_table(z, shape),
        t.CAVITY_EXPONENT,
        table_y, t.WALL_MM, canvas.ramp_mm, canvas.noise.fine, canvas.noise.septa,
    )  # fmt: skip


def paint_organs(canvas: Canvas, shape: Shape) -> None:
    """Psoas, bladder, kidneys, liver, spleen, stomach, great vessels."""
    psoas = chain(shape.torso(t.PSOAS))
    for balls in (psoas, both_sides(psoas)[len(psoas) :]):
        canvas.paint(canvas.solid(balls), -1, core_hu=55.0, texture_hu=8.0)
    for label, organs in (
        ("bladder", [t.BLADDER]),
        ("reproductive-organ", [t.REPRODUCTIVE]),
        ("kidney-left", [t.KIDNEY_LEFT]),
        ("kidney-right", [t.KIDNEY_RIGHT]),
        ("liver", [t.LIVER_RIGHT, t.LIVER_LEFT]),
        ("spleen", [t.SPLEEN]),
        ("stomach", [t.STOMACH, t.STOMACH_GAS]),
    ):
        for centre, axes, hu in organs:
            at = shape.torso(np.array([centre], dtype=float))[0]
            canvas.paint(ellipsoid(canvas.lattice, at, axes), ID[label], core_hu=hu, texture_hu=8.0)
    for label, curve in (("aorta", t.ABDOMINAL_AORTA), ("vena-cava", t.VENA_CAVA)):
        balls = chain(shape.torso(curve))
        canvas.paint(canvas.solid(balls), ID[label], core_hu=45.0, texture_hu=7.0)
