"""Polyaxial pedicle screw: tip at the origin, +z to the tulip, whose rod slot runs along x when
the tulip is not tilted; it tilts about x.
"""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.transforms import rigid, rotation_x
from synthex_gui.tools.parameters import Parameter, ToolError
from synthex_gui.tools.screws import screw_envelope
from synthex_gui.tools.solids import box, circle, cylinder, placed, prism, to_mesh, union
from synthex_gui.tools.thread import threaded_rod

PEDICLE_SCREW = (
    Parameter("outer_diameter_mm", "Thread diameter", 6.5, 3.5, 10.0),
    Parameter("core_diameter_mm", "Core diameter", 4.6, 2.0, 8.5),
    Parameter("pitch_mm", "Pitch", 2.7, 1.0, 6.0, step=0.05),
    Parameter("length_mm", "Length, tip to neck", 45.0, 20.0, 120.0, step=5.0),
    Parameter("tulip_diameter_mm", "Tulip diameter", 13.0, 9.0, 18.0),
    Parameter("tulip_height_mm", "Tulip height", 15.0, 10.0, 25.0),
    Parameter("slot_mm", "Rod slot width", 5.6, 3.0, 8.0),
    Parameter("tilt_deg", "Tulip tilt", 0.0, -30.0, 30.0, unit="deg", step=1.0),
)


def pedicle_screw(
    outer_diameter_mm: float = 6.5,
    core_diameter_mm: float = 4.6,
    pitch_mm: float = 2.7,
    length_mm: float = 45.0,
    tulip_diameter_mm: float = 13.0,
    tulip_height_mm: float = 15.0,
    slot_mm: float = 5.6,
    tilt_deg: float = 0.0,
) -> Mesh:
    """A threaded screw, a ball above its neck and a slotted tulip that turns about the ball.

    Raises ToolError when the slot does not leave two walls or the screw is wider than the tulip.
    """
    if slot_mm > tulip_diameter_mm - 4.0:
        raise ToolError("the slot must leave walls of 2 mm on both sides")
    if core_diameter_mm > 0.75 * tulip_diameter_mm:
        raise ToolError("the tulip must be wider than the screw")
    core, outer = core_diameter_mm / 2, outer_diameter_mm / 2
    rod = threaded_rod(core, outer, pitch_mm, screw_envelope(core, outer, length_mm))
    ball_radius = max(0.3 * tulip_diameter_mm, 1.15 * core)
    ball_height = length_mm + 0.75 * ball_radius
    neck = cylinder(length_mm - 0.5 * pitch_mm, ball_height, 0.92 * core)
    ball = Manifold.sphere(ball_radius, 48).translate((0, 0, ball_height))
    tulip = _tulip(tulip_diameter_mm, tulip_height_mm, slot_mm, ball_radius)
    pose = rigid(rotation_x(tilt_deg), [0, 0, ball_height])
    return to_mesh(union([rod, neck, ball, placed(tulip, pose)]))


def ball_centre_mm(length_mm: float, core_diameter_mm: float, tulip_diameter_mm: float) -> float:
    """Height of the point about which the tulip turns."""
    ball_radius = max(0.3 * tulip_diameter_mm, 1.15 * core_diameter_mm / 2)
    return length_mm + 0.75 * ball_radius


def _tulip(diameter: float, height: float, slot: float, ball_radius: float) -> object:
    """In its own frame: the ball's centre at the origin, the slot open towards +z, rod along x."""
    radius = diameter / 2
    low = -0.55 * ball_radius
    body = cylinder(low, low + 0.25 * height, 0.75 * radius, radius)
    body += cylinder(low + 0.25 * height, low + height, radius)
    # Flats on two sides, as instruments grip it.
    flat = 0.9 * radius
    body ^= box((-radius, -flat, low), (radius, flat, low + height))
    seat = low + 0.5 * height
    angles = np.linspace(np.pi, 2 * np.pi, 17)
    channel = np.stack([slot / 2 * np.cos(angles), seat + slot / 2 * np.sin(angles)], axis=1)
    top = low + height + 1.0
    outline = np.concatenate([channel, [[slot / 2, top], [-slot / 2, top]]])
    cutter = prism(outline, -radius - 1.0, radius + 1.0)
    # The prism's x, y, z become y, z, x.
    turn = np.eye(4)
    turn[:3, :3] = [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    thread_bore = prism(circle(0.5 * slot + 1.3), seat + 0.25 * slot, top)
    return body - placed(cutter, turn) - thread_bore
