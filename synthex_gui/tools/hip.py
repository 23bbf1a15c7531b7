"""Total hip: stem with head, and cup.

Stem: distal tip at the origin, +z along its axis to the shoulder, +x medial (the head's side).
Cup: its pole at the origin, +z from the pole through the centre to the opening.
"""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.transforms import Vector, rigid, rotation_from_to
from synthex_gui.tools.parameters import Parameter, ToolError, count
from synthex_gui.tools.solids import cylinder, loft, placed, revolved, to_mesh, union

HIP_STEM = (
    Parameter("stem_mm", "Stem length", 130.0, 80.0, 250.0, step=5.0),
    Parameter("distal_mm", "Distal diameter", 9.0, 5.0, 20.0),
    Parameter("proximal_width_mm", "Proximal width", 30.0, 18.0, 50.0),
    Parameter("proximal_depth_mm", "Proximal depth", 14.0, 8.0, 26.0),
    Parameter("offset_mm", "Head offset", 42.0, 25.0, 65.0, step=1.0),
    Parameter("ccd_deg", "Neck-shaft angle", 132.0, 120.0, 145.0, unit="deg", step=1.0),
    Parameter("neck_mm", "Neck diameter", 12.5, 8.0, 18.0),
    Parameter("head_mm", "Head diameter", 32.0, 22.0, 54.0, step=2.0),
)
CUP = (
    Parameter("outer_diameter_mm", "Outer diameter", 52.0, 36.0, 76.0, step=2.0),
    Parameter("wall_mm", "Wall", 4.0, 1.5, 12.0),
    count("screw_holes", "Screw holes", 3, 0, 6),
    Parameter("hole_mm", "Screw hole diameter", 6.0, 3.0, 9.0),
)
# Lateral and medial share of the proximal width; stems flare to the medial side.
LATERAL_SHARE = 0.3
# How far below the top of the stem the axes of stem and neck meet.
NECK_BELOW_MM = 18.0


def head_centre_mm(stem_mm: float, offset_mm: float, ccd_deg: float) -> Vector:
    """(3,) centre of the head in the tool frame; its neck meets the stem's axis 18 mm down."""
    rise = offset_mm / np.tan(np.radians(180.0 - ccd_deg))
    return np.array([offset_mm, 0.0, stem_mm - NECK_BELOW_MM + rise])


def hip_stem(
    stem_mm: float = 130.0,
    distal_mm: float = 9.0,
    proximal_width_mm: float = 30.0,
    proximal_depth_mm: float = 14.0,
    offset_mm: float = 42.0,
    ccd_deg: float = 132.0,
    neck_mm: float = 12.5,
    head_mm: float = 32.0,
) -> Mesh:
    """A straight flared stem, a tapered neck and a ball head, one solid.

    Raises ToolError when the stem does not widen upwards or the neck is wider than the head.
    """
    if distal_mm > min(proximal_width_mm, proximal_depth_mm) + 4.0:
        raise ToolError("the stem must be wider at the top than at its tip")
    if neck_mm > 0.75 * head_mm:
        raise ToolError("the neck must be thinner than three quarters of the head")
    centre = head_centre_mm(stem_mm, offset_mm, ccd_deg)
    start = np.array([0.0, 0.0, stem_mm - NECK_BELOW_MM])
    axis = centre - start
    length = float(np.linalg.norm(axis))
    pose = rigid(rotation_from_to([0, 0, 1], axis), start)
    # The neck leaves the shoulder at 0.4 of its axis; below, the stem itself carries it.
    neck = cylinder(0.4 * length, length, 0.54 * neck_mm, 0.46 * neck_mm)
    shoulder = Manifold.batch_hull(
        [
            loft(_stem_rings(stem_mm, distal_mm, proximal_width_mm, proximal_depth_mm)[-2:]),
            placed(cylinder(0.4 * length, 0.45 * length, 0.54 * neck_mm), pose),
        ]
    )
    stem = loft(_stem_rings(stem_mm, distal_mm, proximal_width_mm, proximal_depth_mm))
    head = Manifold.sphere(head_mm / 2, 96).translate(tuple(float(value) for value in centre))
    return to_mesh(union([stem, shoulder, placed(neck, pose), head]))


def acetabular_cup(
    outer_diameter_mm: float = 52.0,
    wall_mm: float = 4.0,
    screw_holes: int = 3,
    hole_mm: float = 6.0,
) -> Mesh:
    """A hemispherical shell, open towards +z, with holes 35 degrees from the pole."""
    outer = outer_diameter_mm / 2
    inner = outer - wall_mm
    angles = np.linspace(0.0, np.pi / 2, 33)
    profile = [(outer * np.sin(a), outer - outer * np.cos(a)) for a in angles]
    profile += [(inner * np.sin(a), outer - inner * np.cos(a)) for a in angles[::-1]]
    shell = revolved([(float(r), float(z)) for r, z in profile], 96)
    for index in range(screw_holes):
        around = 2 * np.pi * index / screw_holes
        off = np.radians(35.0)
        axis = np.array([np.sin(off) * np.cos(around), np.sin(off) * np.sin(around), -np.cos(off)])
        pose = rigid(rotation_from_to([0, 0, 1], axis), [0, 0, outer])
        shell -= placed(cylinder(0.5 * inner, outer + 2.0, hole_mm / 2), pose)
    return to_mesh(shell)


def _stem_rings(stem: float, distal: float, width: float, depth: float) -> np.ndarray:
    """(k, n, 3) rounded sections from the tip upwards, counter-clockwise seen from above."""
    heights = np.concatenate([[0.0, 0.008, 0.02, 0.04], np.linspace(0.07, 1.0, 19)])
    turn = 2 * np.pi * np.arange(48) / 48
    rings = []
    for share in heights:
        flare = max(0.0, (share - 0.25) / 0.75) ** 2
        half_depth = distal / 2 + (depth - distal) / 2 * share
        lateral = distal / 2 + (LATERAL_SHARE * width - distal / 2) * share
        medial = distal / 2 + ((1 - LATERAL_SHARE) * width - distal / 2) * flare
        # The tip is rounded off over its last few millimetres.
        blunt = np.sqrt(max(1 - max(0.0, 1 - share / 0.04) ** 2, 0.05))
        # A superellipse: nearly rectangular with round corners, as press-fit stems are.
        c, s = np.cos(turn), np.sin(turn)
        squareness = 1.0 - 0.35 * share
        x = np.sign(c) * np.abs(c) ** squareness
        y = np.sign(s) * np.abs(s) ** squareness
        x = np.where(x > 0, medial, lateral) * x
        rings.append(np.stack([blunt * x, blunt * half_depth * y, np.full(48, share * stem)], 1))
    return np.array(rings)
