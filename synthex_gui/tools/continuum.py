"""Cable-driven continuum manipulator: a notched tube that bends in one plane.

Tool frame: its BASE does not move when it bends. Straight, the tip is at the origin and +z runs
from the tip to the base; a positive angle bends the tip towards +x.

Sizes (27 notches, 35 mm of bending length, 6 mm outer and 4 mm inner diameter, nitinol) and the
smooth bending by control points: Gao et al., "Fluoroscopic navigation for a surgical robotic
system including a continuum manipulator", IEEE TBME 2022, and the SyntheX snake data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manifold3d import Manifold
from scipy.interpolate import CubicSpline

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.transforms import Matrix, Vector, rigid, rotation_y, transform_points
from synthex_gui.tools.parameters import Parameter, ToolError
from synthex_gui.tools.solids import cylinder, placed, to_mesh, union

NOTCHES = 27
CONTROL_POINTS = 5
BEND_MM = 35.0
OUTER_RADIUS_MM = 3.0
INNER_RADIUS_MM = 2.0
GAP_MM = 0.7
HINGE_HALF_WIDTH_MM = 0.75
LIMIT_DEG = 7.9
CONTINUUM = (
    *(
        Parameter(
            f"bend_{n}_deg",
            f"Bend {n}" + {1: ", at the base", CONTROL_POINTS: ", at the tip"}.get(n, ""),
            0.0,
            -LIMIT_DEG,
            LIMIT_DEG,
            unit="deg",
        )
        for n in range(1, CONTROL_POINTS + 1)
    ),
    Parameter("shaft_mm", "Shaft length", 60.0, 5.0, 300.0, step=5.0),
)


def joint_angles_deg(bend_deg: Sequence[float]) -> Vector:
    """(27,) angle of each notch, base to tip: a cubic spline through the control points.

    Where the spline swings out further, a notch stops at the angle that closes its gap (13.3
    degrees). Raises ToolError for another number of control points.
    """
    if len(bend_deg) != CONTROL_POINTS:
        raise ToolError(f"the manipulator bends at {CONTROL_POINTS} control points")
    at = np.linspace(1, NOTCHES, CONTROL_POINTS)
    result: Vector = CubicSpline(at, np.asarray(bend_deg, dtype=np.float64))(
        np.arange(1, NOTCHES + 1)
    )
    limit = float(np.degrees(2 * np.arctan(GAP_MM / 2 / OUTER_RADIUS_MM)))
    return np.clip(result, -limit, limit)


def link_poses(bend_deg: Sequence[float]) -> Matrix:
    """(28, 4, 4) tool_from_link, base first.

    A link's origin is the middle of the notch before it, its +z points on to the tip; the first
    link's origin is the base.
    """
    pitch = BEND_MM / NOTCHES
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[2, 3] = BEND_MM
    poses = [pose]
    for index, angle in enumerate(joint_angles_deg(bend_deg)):
        step = rigid(None, [0, 0, pitch / 2 if index == 0 else pitch])
        pose = pose @ step @ rigid(rotation_y(float(angle)))
        poses.append(pose)
    return np.array(poses)


def tip_mm(bend_deg: Sequence[float]) -> Vector:
    """(3,) centre of the end face in the tool frame."""
    end = [[0.0, 0.0, BEND_MM / NOTCHES / 2]]
    result: Vector = transform_points(link_poses(bend_deg)[-1], end)[0]
    return result


def continuum_manipulator(
    bend_1_deg: float = 0.0,
    bend_2_deg: float = 0.0,
    bend_3_deg: float = 0.0,
    bend_4_deg: float = 0.0,
    bend_5_deg: float = 0.0,
    shaft_mm: float = 60.0,
) -> Mesh:
    """The bent tube on its shaft: 28 rings joined by two hinges at each of 27 notches."""
    poses = link_poses((bend_1_deg, bend_2_deg, bend_3_deg, bend_4_deg, bend_5_deg))
    pitch = BEND_MM / NOTCHES
    first = _ring(-shaft_mm, pitch / 2 - GAP_MM / 2)
    middle = _ring(GAP_MM / 2, pitch - GAP_MM / 2)
    last = _ring(GAP_MM / 2, pitch / 2)
    parts = [placed(first, poses[0])]
    for index in range(1, NOTCHES + 1):
        parts.append(placed(last if index == NOTCHES else middle, poses[index]))
        before = poses[index - 1] @ rigid(None, [0, 0, pitch / 2 if index == 1 else pitch])
        for side in (1.0, -1.0):
            # A tenth of a millimetre into both rings: solids that only touch do not join.
            ends = [
                _hinge_end(before, -GAP_MM / 2 - 0.1, side),
                _hinge_end(poses[index], GAP_MM / 2 + 0.1, side),
            ]
            parts.append(Manifold.hull_points(np.concatenate(ends)))
    return to_mesh(union(parts))


def hinge_outline() -> Matrix:
    """(n, 2) convex cross-section of a hinge at +y: the outer arc and a chord inside the wall."""
    half = np.arcsin(HINGE_HALF_WIDTH_MM / OUTER_RADIUS_MM)
    angles = np.pi / 2 + np.linspace(-half, half, 7)
    # Just inside the wall: surfaces that coincide leave slivers in the union.
    arc = OUTER_RADIUS_MM * np.stack([np.cos(angles), np.sin(angles)], axis=1) * 0.999
    chord = [[-HINGE_HALF_WIDTH_MM, INNER_RADIUS_MM], [HINGE_HALF_WIDTH_MM, INNER_RADIUS_MM]]
    return np.concatenate([arc, chord])


def _ring(low: float, high: float) -> Any:
    wall = cylinder(low, high, OUTER_RADIUS_MM)
    return wall - cylinder(low - 1.0, high + 1.0, INNER_RADIUS_MM)


def _hinge_end(pose: Matrix, height: float, side: float) -> Matrix:
    outline = hinge_outline() * [1.0, side]
    points = np.column_stack([outline, np.full(len(outline), height)])
    return transform_points(pose, points)
