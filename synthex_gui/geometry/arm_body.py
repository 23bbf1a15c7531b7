"""How large the parts of a C-arm are, and points on them; arm frame, isocentre at 0.

Detector towards -y, head +z. The sizes are a drawing's, not a maker's: they tell what is likely to
touch, not what does.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.device import BaseSide, Device, Joints
from synthex_gui.geometry.transforms import Vector

TUBE_BEHIND_MM = 70.0
TUBE_BOX_MM = (260.0, 190.0, 260.0)
DETECTOR_BEHIND_MM = 60.0
DETECTOR_DEPTH_MM = 90.0
DETECTOR_MARGIN_MM = 50.0
DETECTOR_GAP_MM = 4.0
ARM_RADIUS_MM = 46.0
# The C is a little wider than a half circle through both housings.
ARC_WIDTH = 1.12
# Closer than the table is thick, so that nothing slips through between two points.
SPACING_MM = 28.0

Points = NDArray[np.float64]


def base_direction(side: BaseSide) -> Vector:
    """Unit vector from the isocentre to where the base stands."""
    return np.array({"right": (-1.0, 0, 0), "left": (1.0, 0, 0), "head": (0, 0, 1.0)}[side])


def arc_line(joints: Joints, side: BaseSide) -> Points:
    """(65, 3) middle line of the C, from tube housing to detector housing."""
    tube_y = joints.source_isocentre_mm + TUBE_BEHIND_MM
    detector_y = -(joints.sdd_mm - joints.source_isocentre_mm) - DETECTOR_BEHIND_MM
    middle, radius = (tube_y + detector_y) / 2, (tube_y - detector_y) / 2
    angles = np.radians(np.linspace(-90.0, 90.0, 65))
    points = np.outer(np.cos(angles), base_direction(side)) * radius * ARC_WIDTH
    points[:, 1] = middle - radius * np.sin(angles)
    return points


def tube_box(joints: Joints) -> tuple[Vector, Vector]:
    """Centre and size (3,) of the tube's housing."""
    # The focal spot lies 20 mm in front of the housing's middle.
    centre = np.array([0.0, joints.source_isocentre_mm + TUBE_BEHIND_MM - 20.0, 0.0])
    return centre, np.array(TUBE_BOX_MM)


def detector_box(device: Device, joints: Joints) -> tuple[Vector, Vector]:
    """Centre and size (3,) of the flat panel's housing, behind the image plane."""
    width, height = device.detector_mm
    y = -(joints.sdd_mm - joints.source_isocentre_mm)
    centre = np.array([0.0, y - DETECTOR_GAP_MM - DETECTOR_DEPTH_MM / 2, 0.0])
    size = (width + DETECTOR_MARGIN_MM, DETECTOR_DEPTH_MM, height + DETECTOR_MARGIN_MM)
    return centre, np.array(size)


def body_points(device: Device, joints: Joints, side: BaseSide) -> Mapping[str, Points]:
    """Points (n, 3) on ``tube``, ``detector`` and (not in a room) ``arc``, 28 mm apart at most."""
    points = {
        "tube": _box_surface(*tube_box(joints)),
        "detector": _box_surface(*detector_box(device, joints)),
    }
    if device.form != "room":
        line = arc_line(joints, side)[4:-4]
        inward = -base_direction(side)
        up = np.array([0.0, 0.0, 1.0]) if inward[2] == 0 else np.array([1.0, 0.0, 0.0])
        steps = np.linspace(-ARM_RADIUS_MM, ARM_RADIUS_MM, 4)
        offsets = [*(np.outer(steps, up)), *(np.outer(steps, inward))]
        points["arc"] = np.concatenate([line + offset for offset in offsets])
    return points


def _box_surface(centre: Vector, size: Vector) -> Points:
    axes = [
        np.linspace(-0.5, 0.5, max(2, int(np.ceil(length / SPACING_MM)) + 1)) for length in size
    ]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    surface = grid[(np.abs(np.abs(grid) - 0.5) < 1e-9).any(axis=1)]
    result: Points = centre + surface * size
    return result
