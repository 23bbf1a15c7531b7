"""4x4 rigid and affine transforms in LPS millimetres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


def rotation_x(angle_deg: float) -> Matrix:
    """Right-handed rotation about +x, (3, 3)."""
    c, s = _cos_sin(angle_deg)
    return np.array([[1.0, 0, 0], [0, c, -s], [0, s, c]])


def rotation_y(angle_deg: float) -> Matrix:
    """Right-handed rotation about +y, (3, 3)."""
    c, s = _cos_sin(angle_deg)
    return np.array([[c, 0, s], [0, 1.0, 0], [-s, 0, c]])


def rotation_z(angle_deg: float) -> Matrix:
    """Right-handed rotation about +z, (3, 3)."""
    c, s = _cos_sin(angle_deg)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def rotation_about(axis: ArrayLike, angle_deg: float) -> Matrix:
    """Right-handed rotation about any axis through the origin (Rodrigues), (3, 3)."""
    x, y, z = unit(axis)
    c, s = _cos_sin(angle_deg)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0.0]])
    result: Matrix = np.eye(3) + s * cross + (1 - c) * (cross @ cross)
    return result


def rigid(rotation: ArrayLike | None = None, translation: ArrayLike | None = None) -> Matrix:
    """4x4 transform from a (3, 3) rotation and a (3,) translation in mm."""
    result = np.eye(4)
    if rotation is not None:
        result[:3, :3] = rotation
    if translation is not None:
        result[:3, 3] = translation
    return result


def transform_points(target_from_source: ArrayLike, points: ArrayLike) -> Matrix:
    """Apply a 4x4 to points (..., 3)."""
    matrix = np.asarray(target_from_source, dtype=np.float64)
    result: Matrix = np.asarray(points, dtype=np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    return result


def unit(vector: ArrayLike) -> Vector:
    """The vector scaled to length 1; ValueError for a zero vector."""
    array = np.asarray(vector, dtype=np.float64)
    length = float(np.linalg.norm(array))
    if length == 0:
        raise ValueError("a zero vector has no direction")
    result: Vector = array / length
    return result


def rotation_from_to(source: ArrayLike, target: ArrayLike) -> Matrix:
    """The smallest rotation that takes one direction into another, (3, 3)."""
    a, b = unit(source), unit(target)
    axis = np.cross(a, b)
    if np.linalg.norm(axis) < 1e-12:
        if a @ b > 0:
            return np.eye(3)
        axis = np.cross(a, np.eye(3)[int(np.argmin(np.abs(a)))])
    angle_deg = float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))
    return rotation_about(axis, angle_deg)


def pose_problem(matrix: ArrayLike) -> str:
    """Why a 4x4 is not the pose of a rigid thing, in words that name the determinant; "" when it
    is: a rotation within 1e-3 (text with four digits rounds that much) and a shift within 1 km.
    """
    pose = np.asarray(matrix, dtype=np.float64)
    if pose.shape != (4, 4) or not np.isfinite(pose).all():
        return "must be 4 x 4 finite numbers"
    if not np.array_equal(pose[3], [0, 0, 0, 1]):
        return "the last row of a 4x4 transform must be 0 0 0 1"
    turn = pose[:3, :3]
    if np.abs(turn).max() > 1e6:
        return f"its 3x3 part must be a rotation; it holds {np.abs(turn).max():g}"
    determinant = float(np.linalg.det(turn)) + 0.0
    if np.abs(turn @ turn.T - np.eye(3)).max() > 1e-3 or determinant < 0:
        if abs(determinant) < 1e-6:
            kind, determinant = "flattens", 0.0
        elif determinant < 0:
            kind = "mirrors"
        else:
            kind = "scales or shears"
        return (
            f"its 3x3 part has the determinant {determinant:.6g} and {kind}; it must be a rotation "
            "(determinant 1)"
        )
    far = float(np.abs(pose[:3, 3]).max())
    return f"its shift of {far:g} mm is more than a kilometre" if far > 1e6 else ""


def as_nested(matrix: ArrayLike) -> list[list[float]]:
    """A matrix as nested lists for JSON, negative zeros removed."""
    rows: Sequence[Sequence[float]] = (np.asarray(matrix, dtype=np.float64) + 0.0).tolist()
    return [[float(value) for value in row] for row in rows]


def _cos_sin(angle_deg: float) -> tuple[float, float]:
    # Exact at the quarter turns, so that AP is AP and not 6e-17 away from it.
    quarter = angle_deg / 90.0
    if quarter == round(quarter):
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[round(quarter) % 4]
    radians = np.radians(angle_deg)
    return float(np.cos(radians)), float(np.sin(radians))
