"""The C-arm's body as meshes in the arm frame: isocentre at 0, detector towards -y, head +z."""

from __future__ import annotations

import numpy as np
import pyvista as pv

from synthex_gui.geometry.arm_body import (
    ARC_WIDTH,
    ARM_RADIUS_MM,
    DETECTOR_BEHIND_MM,
    TUBE_BEHIND_MM,
    arc_line,
    base_direction,
    detector_box,
    tube_box,
)
from synthex_gui.geometry.device import BaseSide, Device, Joints
from synthex_gui.geometry.transforms import Vector


def arc(device: Device, joints: Joints, side: BaseSide) -> pv.PolyData | None:
    """The C itself, a tube of constant radius from tube housing to detector housing."""
    # A radiography room's tube hangs from the ceiling: there is no C.
    if device.form == "room":
        return None
    line = pv.MultipleLines(points=arc_line(joints, side))
    return line.tube(radius=ARM_RADIUS_MM, n_sides=28)


def carriage(device: Device, joints: Joints, side: BaseSide) -> pv.PolyData | None:
    """The carriage that the C slides through; it keeps still while the orbital joint moves."""
    if device.form == "room":
        return None
    tube_y = joints.source_isocentre_mm + TUBE_BEHIND_MM
    detector_y = -(joints.sdd_mm - joints.source_isocentre_mm) - DETECTOR_BEHIND_MM
    middle, radius = (tube_y + detector_y) / 2, (tube_y - detector_y) / 2 * ARC_WIDTH
    out = base_direction(side)
    centre = out * (radius + 40.0) + np.array([0, middle, 0])
    block = _box(centre, along=out, length=150.0, width=210.0, height=150.0)
    arm = _box(out * (radius + 250.0) + [0, middle, 0], out, 340.0, 110.0, 110.0)
    return block.merge(arm)


def column(device: Device, joints: Joints, side: BaseSide) -> pv.PolyData | None:
    """The column and base under the carriage; only lengths move it."""
    if device.form == "room":
        return None
    tube_y = joints.source_isocentre_mm + TUBE_BEHIND_MM
    detector_y = -(joints.sdd_mm - joints.source_isocentre_mm) - DETECTOR_BEHIND_MM
    middle, radius = (tube_y + detector_y) / 2, (tube_y - detector_y) / 2 * ARC_WIDTH
    out = base_direction(side)
    foot = out * (radius + 440.0)
    # The foot stays on the floor however the arm is raised.
    bottom = max(joints.source_isocentre_mm + 260.0, middle + 500.0)
    post = _box(
        foot + [0, (middle + bottom) / 2 - 60, 0],
        np.array([0, 1.0, 0]),
        bottom - middle + 160,
        200.0,
        260.0,
    )
    base = _box(foot * 0.86 + [0, bottom, 0], out, 780.0, 90.0, 560.0)
    return post.merge(base)


def tube_housing(joints: Joints) -> pv.PolyData:
    """The X-ray tube: a box behind the source and the collimator's cone before it."""
    centre, size = tube_box(joints)
    box = _bevelled(centre, (size[0], size[1], size[2]))
    y = joints.source_isocentre_mm
    cone = pv.Cylinder(center=(0, y - 45.0, 0), direction=(0, 1, 0), radius=80.0, height=60.0)
    return box.merge(cone.triangulate())


def detector_housing(device: Device, joints: Joints) -> pv.PolyData:
    """The flat panel's box; its front face lies 4 mm behind the image."""
    centre, size = detector_box(device, joints)
    return _bevelled(centre, (size[0], size[1], size[2]))


def table(centre: Vector, length_mm: float, width_mm: float, thickness_mm: float) -> pv.PolyData:
    """A thin slab; `centre` is the middle of its upper face."""
    middle = np.asarray(centre) + [0, thickness_mm / 2, 0]
    return _bevelled(middle, (width_mm, thickness_mm, length_mm))


def _box(centre: Vector, along: Vector, length: float, width: float, height: float) -> pv.PolyData:
    """A box whose `length` runs along an axis-aligned direction."""
    axis = int(np.argmax(np.abs(along)))
    sizes = [width, width, height]
    if axis == 1:
        sizes = [width, length, height]
    elif axis == 0:
        sizes = [length, width, height]
    else:
        sizes = [height, width, length]
    return _bevelled(np.asarray(centre), (sizes[0], sizes[1], sizes[2]))


def _bevelled(centre: Vector, size: tuple[float, float, float]) -> pv.PolyData:
    half = np.array(size) / 2
    low, high = centre - half, centre + half
    return pv.Box(bounds=(low[0], high[0], low[1], high[1], low[2], high[2])).triangulate()
