"""Kirschner wire and ball marker."""

from __future__ import annotations

import numpy as np
from manifold3d import Manifold

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.tools.parameters import Parameter, ToolError
from synthex_gui.tools.solids import closed_solid, cylinder, to_mesh

K_WIRE = (
    Parameter("diameter_mm", "Diameter", 1.6, 0.6, 5.0),
    Parameter("length_mm", "Length", 150.0, 30.0, 500.0, step=1.0),
    Parameter("tip_mm", "Trocar tip length", 5.0, 1.0, 20.0),
)
BALL = (Parameter("diameter_mm", "Diameter", 3.0, 0.5, 40.0),)


def k_wire(diameter_mm: float = 1.6, length_mm: float = 150.0, tip_mm: float = 5.0) -> Mesh:
    """A wire with a three-faced trocar tip at the origin, its axis along +z.

    `tip_mm` is the height at which the faces' corners leave the wire. Raises ToolError when the
    tip is longer than the wire.
    """
    if tip_mm >= length_mm:
        raise ToolError("the tip must be shorter than the wire")
    radius = diameter_mm / 2
    # The faces meet the wire's surface at their corners; their middles, half as far out, later.
    height = 2.0 * length_mm
    reach = radius * height / tip_mm
    angles = np.radians([90.0, 210.0, 330.0])
    corners = np.stack([reach * np.cos(angles), reach * np.sin(angles), np.full(3, height)], axis=1)
    points = np.concatenate([[[0.0, 0.0, 0.0]], corners])
    pyramid = closed_solid(points, np.array([[0, 2, 1], [0, 3, 2], [0, 1, 3], [1, 2, 3]]))
    return to_mesh(cylinder(0.0, length_mm, radius) ^ pyramid)


def ball_marker(diameter_mm: float = 3.0) -> Mesh:
    """A ball with its CENTRE at the origin, for calibration and registration.

    Its radius is a hair larger than asked, so that the faceted ball has a round one's volume.
    """
    facets = Manifold.sphere(diameter_mm / 2, 64)
    exact = np.pi * diameter_mm**3 / 6
    return to_mesh(facets.scale((float((exact / facets.volume()) ** (1 / 3)),) * 3))
