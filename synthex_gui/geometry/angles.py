"""Which way is LAO: the only file that knows the sign of a C-arm angle.

Angles follow DICOM PS3.3 C.8.7.5: the *detector* at the patient's left is +primary (LAO),
towards the head is +secondary (cranial), (0, 0) is the detector anterior of a supine patient.
DeepDRR's alpha and beta differ in sign and in order of composition.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from synthex_gui.geometry.transforms import Matrix, Vector, unit

# Closer to the body axis than this, "towards the feet" has no projection to speak of.
AXIAL_CONE_DEG = 0.1


def direction_from_angles(primary_deg: float, secondary_deg: float) -> Vector:
    """Unit vector isocentre -> detector, LPS, for DICOM positioner angles in degrees."""
    p, s = np.radians(primary_deg), np.radians(secondary_deg)
    return np.array([np.sin(p) * np.cos(s), -np.cos(p) * np.cos(s), np.sin(s)])


def angles_from_direction(direction: ArrayLike) -> tuple[float, float]:
    """(primary_deg, secondary_deg) of a direction isocentre -> detector in LPS."""
    d = unit(direction)
    secondary = float(np.degrees(np.arcsin(np.clip(d[2], -1.0, 1.0))))
    if np.hypot(d[0], d[1]) < 1e-12:
        return 0.0, secondary
    return float(np.degrees(np.arctan2(d[0], -d[1]))) + 0.0, secondary


def head_up_rotation(direction: ArrayLike) -> Matrix:
    """R (camera from world, 3x3) whose rows run towards the feet, for a detector at `direction`.

    Within 0.1 degrees of the body axis the rows run along +y instead.
    """
    d = unit(direction)
    down = np.array([0.0, 0.0, -1.0])
    if np.degrees(np.arccos(min(1.0, abs(float(d[2]))))) < AXIAL_CONE_DEG:
        down = np.array([0.0, 1.0, 0.0])
    y = unit(down - (down @ d) * d)
    return np.stack([np.cross(y, d), y, d]) + 0.0


def angle_text(primary_deg: float, secondary_deg: float) -> str:
    """As a console prints it: ``LAO 30.0° CRA 15.0°``."""
    p, s = round(primary_deg, 1), round(secondary_deg, 1)
    side = "LAO" if p >= 0 else "RAO"
    tilt = "CRA" if s >= 0 else "CAU"
    return f"{side} {abs(p):.1f}°  {tilt} {abs(s):.1f}°"
