"""Bone plate: one end at the origin, +z along the plate, +y its outer face, the bone at y = 0."""

from __future__ import annotations

import numpy as np

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.tools.parameters import Parameter, ToolError, count
from synthex_gui.tools.solids import cylinder, placed, prism, to_mesh

BONE_PLATE = (
    count("holes", "Holes", 6, 2, 20),
    Parameter("spacing_mm", "Hole spacing", 16.0, 5.0, 40.0),
    Parameter("width_mm", "Width", 12.0, 4.0, 25.0),
    Parameter("thickness_mm", "Thickness", 3.6, 1.0, 8.0),
    Parameter("hole_mm", "Hole diameter", 5.0, 1.5, 10.0),
    Parameter("end_mm", "End margin", 9.0, 3.0, 30.0),
)
# The countersink takes the upper half of the plate.
SINK_SHARE = 0.5


def bone_plate(
    holes: int = 6,
    spacing_mm: float = 16.0,
    width_mm: float = 12.0,
    thickness_mm: float = 3.6,
    hole_mm: float = 5.0,
    end_mm: float = 9.0,
) -> Mesh:
    """A straight plate with round ends, bevelled edges and countersunk holes.

    Raises ToolError when the holes do not fit into the plate or into one another.
    """
    sink = hole_mm + 1.2 * thickness_mm * SINK_SHARE
    if sink > min(width_mm - 1.0, spacing_mm - 0.5) or sink / 2 > end_mm - 0.5:
        raise ToolError("the holes are too large for this width, spacing or end")
    if end_mm < width_mm / 2:
        raise ToolError("the end must be at least half the width long, since it is round")
    length = spacing_mm * (holes - 1) + 2 * end_mm
    bevel = 0.15 * thickness_mm
    outline = stadium(length, width_mm)
    inner = stadium(length - 2 * bevel, width_mm - 2 * bevel)
    inner[:, 1] += bevel
    # The prism's x, y, z become the plate's -x, z, y.
    plate = prism(outline, 0.0, thickness_mm - bevel)
    top = prism(inner, thickness_mm - bevel - 1e-6, thickness_mm)
    solid = plate + top
    for index in range(holes):
        where = (0.0, end_mm + spacing_mm * index, 0.0)
        bore = cylinder(-1.0, thickness_mm + 1.0, hole_mm / 2).translate(where)
        cone = cylinder(thickness_mm * (1 - SINK_SHARE), thickness_mm + 1e-4, hole_mm / 2, sink / 2)
        solid = solid - bore - cone.translate(where)
    turn = np.eye(4)
    turn[:3, :3] = [[-1, 0, 0], [0, 0, 1], [0, 1, 0]]
    return to_mesh(placed(solid, turn))


def stadium(length: float, width: float) -> np.ndarray:
    """(n, 2) outline with round ends: x across, y along from 0, counter-clockwise."""
    radius = width / 2
    low = np.linspace(np.pi, 2 * np.pi, 33)
    high = np.linspace(0.0, np.pi, 33)
    return np.concatenate(
        [
            np.stack([radius * np.cos(low), radius + radius * np.sin(low)], axis=1),
            np.stack([radius * np.cos(high), length - radius + radius * np.sin(high)], axis=1),
        ]
    )
