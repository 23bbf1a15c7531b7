"""Drill bit: tip at the origin, +z to the shank; the flat of the coupling faces +x."""

from __future__ import annotations

import numpy as np
from manifold3d import CrossSection, Manifold

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.tools.parameters import Parameter, ToolError, count
from synthex_gui.tools.solids import box, circle, cylinder, revolved, to_mesh

DRILL_BIT = (
    Parameter("diameter_mm", "Diameter", 3.2, 1.0, 12.0),
    Parameter("length_mm", "Length", 145.0, 30.0, 400.0, step=1.0),
    Parameter("flutes_mm", "Flute length", 60.0, 5.0, 300.0, step=1.0),
    Parameter("helix_deg", "Helix angle", 25.0, 5.0, 45.0, unit="deg", step=1.0),
    Parameter("point_deg", "Point angle", 90.0, 50.0, 150.0, unit="deg", step=1.0),
    count("flutes", "Number of flutes", 2, 2, 4),
)
# Depth and width of a flute as shares of the drill's radius.
WEB_SHARE, FLUTE_SHARE = 0.32, 0.62
COUPLING_MM = 20.0


def drill_bit(
    diameter_mm: float = 3.2,
    length_mm: float = 145.0,
    flutes_mm: float = 60.0,
    helix_deg: float = 25.0,
    point_deg: float = 90.0,
    flutes: int = 2,
) -> Mesh:
    """A twist drill with a flat and a groove for a quick coupling on its last 20 mm.

    Raises ToolError when the flutes reach into the coupling.
    """
    radius = diameter_mm / 2
    if flutes_mm > length_mm - COUPLING_MM:
        raise ToolError(f"the flutes must end {COUPLING_MM:g} mm before the drill does")
    lead = 2 * np.pi * radius / np.tan(np.radians(helix_deg))
    twist_deg = 360.0 * flutes_mm / lead
    layers = min(160, max(8, int(twist_deg / 9)))
    fluted = Manifold.extrude(flute_section(radius, flutes), flutes_mm, layers, twist_deg)
    point = radius / np.tan(np.radians(point_deg) / 2)
    solid = fluted + cylinder(flutes_mm - 1e-3, length_mm, radius)
    envelope = [(0.0, 0.0), (radius * 1.01, point * 1.01), (radius * 1.01, length_mm)]
    solid ^= revolved([*envelope, (0.0, length_mm)])
    flat = box((0.7 * radius, -radius, length_mm - COUPLING_MM * 0.6), (radius + 1, radius, 1e4))
    groove = cylinder(length_mm - 8.0, length_mm - 6.5, radius + 1) - cylinder(
        length_mm - 8.0, length_mm - 6.5, 0.78 * radius
    )
    return to_mesh(solid - flat - groove)


def flute_section(radius: float, flutes: int) -> CrossSection:
    """The cross-section of the fluted part: a circle less one circle a flute."""
    section = CrossSection([circle(radius, 48)])
    for index in range(flutes):
        angle = 2 * np.pi * index / flutes
        reach = (WEB_SHARE + FLUTE_SHARE) * radius
        # Centred outside, so that the flute opens wide and leaves a web in the middle.
        centre = np.array([np.cos(angle), np.sin(angle)]) * reach
        section -= CrossSection([circle(FLUTE_SHARE * radius, 24) + centre])
    return section
