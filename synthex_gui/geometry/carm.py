"""Joint values <-> source, detector and camera of a C-arm.

Two chains (the device file says which):
``orbital-in-angulation``: a mobile arm at the side, d = (sin o, -cos o cos a, cos o sin a);
``angulation-in-orbital``: a floor or ceiling stand at the head, where joints are DICOM angles.
`world_from_device` puts the device's origin, the isocentre with all lengths 0, on the aim point.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from synthex_gui.geometry.angles import head_up_rotation
from synthex_gui.geometry.camera import Camera, look
from synthex_gui.geometry.device import OTHER_SIDE, BaseSide, Device, Joints, joint_label
from synthex_gui.geometry.transforms import (
    Matrix,
    Vector,
    rotation_x,
    rotation_y,
    rotation_z,
    unit,
)

# Camera axes in the arm's, image rotation 0: x = patient right, y = feet, z = anterior.
CAMERA_FROM_ARM = np.array([[-1.0, 0, 0], [0, 0, -1.0], [0, -1.0, 0]])


@dataclass(frozen=True)
class Reach:
    """How a pose is reached: joints, the base's side, and the joints that forbid it (if any)."""

    joints: Joints
    base_side: BaseSide
    blocked_by: tuple[str, ...]

    @property
    def is_possible(self) -> bool:
        """True when no joint is beyond its limit."""
        return not self.blocked_by

    def reason(self, device: Device) -> str:
        """One line that names each blocking joint, its value and its limits; empty if possible."""
        limits = device.limits_at(self.base_side)
        values = self.joints.as_dict()
        parts = []
        for name in self.blocked_by:
            suffix = "°" if name.endswith("_deg") else " mm"
            travel = f"{limits[name].low:g} to {limits[name].high:g}{suffix}"
            parts.append(
                f"{joint_label(name).lower()} {values[name]:.1f}{suffix} is beyond {travel}"
            )
        return f"{device.name}: " + "; ".join(parts) if parts else ""


def arm_rotation(device: Device, joints: Joints) -> Matrix:
    """(3, 3) rotation of the arm in the device frame; identity at (0, 0, 0)."""
    swivel = rotation_y(-joints.swivel_deg)
    if device.chain == "orbital-in-angulation":
        return swivel @ rotation_x(-joints.angulation_deg) @ rotation_z(joints.orbital_deg)
    return swivel @ rotation_z(joints.orbital_deg) @ rotation_x(-joints.angulation_deg)


def isocentre_mm(joints: Joints, world_from_device: ArrayLike) -> Vector:
    """(3,) world position of the isocentre after lift, slide and longitudinal movement."""
    matrix = np.asarray(world_from_device, dtype=np.float64)
    offset = np.array([joints.slide_mm, -joints.lift_mm, joints.longitudinal_mm])
    result: Vector = matrix[:3, :3] @ offset + matrix[:3, 3]
    return result


def camera_from_joints(
    device: Device, joints: Joints, world_from_device: ArrayLike, size: int | None = None
) -> Camera:
    """The camera at these joint values; `size` columns over the same field, else the detector's."""
    matrix = np.asarray(world_from_device, dtype=np.float64)
    world_from_arm = matrix[:3, :3] @ arm_rotation(device, joints)
    r = rotation_z(-joints.image_rotation_deg) @ CAMERA_FROM_ARM @ world_from_arm.T + 0.0
    source = isocentre_mm(joints, matrix) - joints.source_isocentre_mm * r[2]
    camera = look(source, r, joints.sdd_mm, device.pixel_pitch_mm, device.columns, device.rows)
    return camera if size is None else camera.resized(size)


def head_up(device: Device, joints: Joints, world_from_device: ArrayLike) -> Joints:
    """The joints with the image rotation that makes rows run towards the feet."""
    camera = camera_from_joints(device, replace(joints, image_rotation_deg=0.0), world_from_device)
    target = head_up_rotation(camera.direction)
    # target = Rz(-a) R, so the x axis of target in camera axes is (cos a, sin a).
    c, s = camera.r[0] @ target[0], camera.r[1] @ target[0]
    return replace(joints, image_rotation_deg=float(np.degrees(np.arctan2(s, c))) + 0.0)


def joints_for_direction(device: Device, direction: ArrayLike, joints: Joints) -> Iterator[Joints]:
    """Both joint branches that turn the detector to `direction` (device frame), swivel kept."""
    d = rotation_y(joints.swivel_deg) @ unit(direction)
    if device.chain == "orbital-in-angulation":
        first = np.degrees(np.arcsin(np.clip(d[0], -1.0, 1.0)))
        inner = np.hypot(d[1], d[2])
        second = np.degrees(np.arctan2(d[2], -d[1])) if inner > 1e-9 else 0.0
        other = (_wrap(180.0 - first), _wrap(second + 180.0))
    else:
        second = np.degrees(np.arcsin(np.clip(d[2], -1.0, 1.0)))
        inner = np.hypot(d[0], d[1])
        first = np.degrees(np.arctan2(d[0], -d[1])) if inner > 1e-9 else joints.orbital_deg
        other = (_wrap(first + 180.0), _wrap(180.0 - second))
    for orbital, angulation in ((first, second), other):
        yield replace(
            joints, orbital_deg=float(orbital) + 0.0, angulation_deg=float(angulation) + 0.0
        )


def aim(
    device: Device,
    joints: Joints,
    world_from_device: ArrayLike,
    direction: ArrayLike,
    aim_point_mm: ArrayLike,
    source_to_aim_mm: float | None = None,
    base_side: BaseSide | None = None,
) -> Reach:
    """Joints that look along `direction` (world, isocentre -> detector) at a point, head up.

    `source_to_aim_mm` None puts the isocentre on the point. Tried: both joint branches, then the
    base at the other side of the table; if limits forbid all of them, the first with its blockers.
    """
    matrix = np.asarray(world_from_device, dtype=np.float64)
    d = unit(direction)
    point = np.asarray(aim_point_mm, dtype=np.float64)
    distance = joints.source_isocentre_mm if source_to_aim_mm is None else source_to_aim_mm
    isocentre = point + (joints.source_isocentre_mm - distance) * d
    x, y, z = matrix[:3, :3].T @ (isocentre - matrix[:3, 3]) + 0.0
    start = replace(joints, slide_mm=float(x), lift_mm=-float(y) + 0.0, longitudinal_mm=float(z))
    side = device.base_side if base_side is None else base_side
    reaches = [
        _reach(device, candidate, matrix, at)
        for at in dict.fromkeys((side, OTHER_SIDE[side]))
        for candidate in joints_for_direction(device, matrix[:3, :3].T @ d, start)
    ]
    return next((reach for reach in reaches if reach.is_possible), reaches[0])


def _reach(device: Device, joints: Joints, world_from_device: Matrix, side: BaseSide) -> Reach:
    turned = head_up(device, joints, world_from_device)
    return Reach(turned, side, device.blocked_by(turned, side))


def field_mm(camera: Camera, distance_mm: float) -> tuple[float, float]:
    """(width, height) of the field in a plane at that distance from the source."""
    scale = distance_mm / camera.sdd_mm
    fx, fy = abs(float(camera.k[0, 0])), abs(float(camera.k[1, 1]))
    return (
        camera.width * camera.sdd_mm / fx * scale,
        camera.height * camera.sdd_mm / fy * scale,
    )


def _wrap(angle_deg: float) -> float:
    """The angle in (-180, 180]."""
    return float(180.0 - (180.0 - angle_deg) % 360.0)
