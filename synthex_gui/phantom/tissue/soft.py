"""Body outline and everything soft below the diaphragm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.phantom.paint.canvas import Canvas, ellipsoid
from synthex_gui.phantom.paint.curves import Points, chain, steps
from synthex_gui.phantom.skeleton.sacrum import both_sides
from synthex_gui.phantom.tables import soft as t
from synthex_gui.phantom.tables.labels import ID
from synthex_gui.phantom.tissue import soft_kernel as sk
from synthex_gui.phantom.trunk.shape import Shape


def plane_table(z: Points, shape: Shape) -> NDArray[np.float64]:
    """The outline's numbers for each plane, (nz, 16), see `soft_kernel`."""
    p = np.empty((z.size, sk.COLUMNS))
    outline = shape.habitus.outline(t.OUTLINE)
    for column in range(7):
        p[:, column] = steps(outline, z, column + 1)
    # Between the thighs the trunk ends round: whatever is flat there is a line in the image.
    end = np.clip(1 - (np.maximum(0, -z - 30) / 78) ** 2, 1e-4, 1)
    p[:, sk.A] *= end
    p[:, sk.B] *= end
    below = np.maximum(0, -z - 20)
    a, b = shape.habitus.thigh_scale()
    p[:, sk.LIMB_X] = 90.0
    p[:, sk.LIMB_Y] = 8 - 0.03 * below
    p[:, sk.LIMB_A] = (86 - 0.06 * np.maximum(0, -z - 80)) * a
    p[:, sk.LIMB_B] = (109 - 0.10 * below) * b
    p[:, sk.LIMB_ADD] = 0.004 * np.maximum(0, z + 45) ** 2
    # Raised arms, which leave the volume at its top.
    y, up = shape.bend.top
    arm = z - up > t.ARM[0, 0]
    for column, name in enumerate((sk.LIMB_X, sk.LIMB_Y, sk.LIMB_A, sk.LIMB_B), 1):
        p[arm, name] = steps(t.ARM, z[arm] - up, column)
    p[arm, sk.LIMB_Y] += y
    p[arm, sk.LIMB_ADD] = 0.012 * np.maximum(0, t.SHOULDER_Z - (z[arm] - up)) ** 2
    p[:, sk.YC] += 0.25 * below
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


def paint_breasts(canvas: Canvas, shape: Shape) -> None:
    """Two flattened lobes on the chest wall under 2 mm of skin; they only add to what is there."""
    centre, axes = shape.habitus.breast()
    for side in (-1.0, 1.0):
        at = centre * np.array([side, 1, 1])
        box = canvas.lattice.box(at - 2 * axes, at + 2 * axes)
        # The upper part tapers off, so that only the lower edge is seen.
        for move, size in (((0, 0, 0), (1, 1, 1)), ((side * 6, 7, 26), (0.95, 0.75, 1.2))):
            part = ellipsoid(canvas.lattice, at + np.array(move), axes * np.array(size))
            canvas.unite(box, part, 8.0)
        canvas.paint(
            canvas.roughen(box, 2.0, canvas.noise.septa), -1, core_hu=-62.0, texture_hu=24.0,
            cortex_mm=2.0, cortex_hu=20.0, noise=canvas.noise.coarse, mode=1,
        )  # fmt: skip


def paint_organs(canvas: Canvas, shape: Shape) -> None:
    """Psoas, bladder, kidneys, liver, spleen, stomach, great vessels."""
    psoas = chain(shape.torso(t.PSOAS))
    # A sheath of fat draws the psoas margin.
    for grow, hu in ((2.5, -92.0), (0.0, 55.0)):
        for balls in (psoas, both_sides(psoas)[len(psoas) :]):
            box = canvas.solid(balls + np.array([0, 0, 0, grow]))
            canvas.paint(box, -1, core_hu=hu, texture_hu=8.0)
    for label, organs in (
        ("bladder", [t.BLADDER]),
        ("reproductive-organ", [t.REPRODUCTIVE]),
        ("kidney-left", [t.KIDNEY_LEFT]),
        ("kidney-right", [t.KIDNEY_RIGHT]),
        ("liver", [t.LIVER_RIGHT, t.LIVER_LEFT]),
        ("spleen", [t.SPLEEN]),
    ):
        for centre, axes, hu in organs:
            at = shape.torso(np.array([centre], dtype=float))[0]
            canvas.paint(ellipsoid(canvas.lattice, at, axes), ID[label], core_hu=hu, texture_hu=8.0)
    stomach = canvas.solid(chain(shape.torso(t.STOMACH)))
    canvas.paint(stomach, ID["stomach"], core_hu=38.0, texture_hu=14.0, noise=canvas.noise.coarse)
    gas = canvas.solid(chain(shape.torso(t.STOMACH_GAS)))
    canvas.paint(canvas.roughen(gas, 3.0, canvas.noise.septa), ID["stomach"], core_hu=-940.0)
    for label, curve in (("aorta", t.ABDOMINAL_AORTA), ("vena-cava", t.VENA_CAVA)):
        balls = chain(shape.torso(curve))
        canvas.paint(canvas.solid(balls), ID[label], core_hu=45.0, texture_hu=7.0)
