"""Pure functions Scene -> Scene: what a person does to the document."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from synthex_gui.geometry.angles import direction_from_angles
from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.carm import Reach, aim, camera_from_joints, isocentre_mm
from synthex_gui.geometry.device import Device, Joints
from synthex_gui.geometry.transforms import Vector, rigid
from synthex_gui.scene.camera import FreeCamera
from synthex_gui.scene.devices import Preset, device_by_id
from synthex_gui.scene.frozen import as_pose
from synthex_gui.scene.model import CArm, Scene, Tool
from synthex_gui.scene.naming import free_name


def carm_device(carm: CArm) -> Device:
    """The device of a C-arm; UnknownName when the project names one that does not exist."""
    return device_by_id(carm.device)


def camera_of(carm: CArm, size: int | None = None) -> Camera:
    """The camera of a C-arm pose: its free camera if it has one, else from the joints."""
    if carm.free_camera is not None:
        camera = carm.free_camera.camera()
        return camera if size is None else camera.resized(size)
    device = carm_device(carm)
    return camera_from_joints(device, carm.joints, np.array(carm.world_from_device), size)


def own_pitch_mm(carm: CArm) -> float:
    """Pixel pitch of the C-arm's detector at its full size, which no pose changes."""
    if carm.free_camera is not None:
        return camera_of(carm).pixel_pitch_mm
    return carm_device(carm).pixel_pitch_mm


def camera_json(carm: CArm, size: int | None = None) -> dict[str, Any]:
    """The ``camera`` object of an exported image of this pose.

    A camera from outside has neither isocentre nor joints, a view beyond reach no joints.
    """
    camera = camera_of(carm, size)
    # No joints are claimed for a free pose: those it carries are not this image's.
    if carm.free_camera is not None:
        return camera.to_json(source_isocentre_mm=carm.free_camera.source_isocentre_mm)
    return camera.to_json(
        source_isocentre_mm=carm.joints.source_isocentre_mm, joints=carm.joints.as_dict()
    )


def aim_point_mm(carm: CArm) -> Vector:
    """(3,) the scene's aim point: where the isocentre lies with all lengths 0."""
    result: Vector = np.array(carm.world_from_device)[:3, 3]
    return result


def new_carm(device: Device, aim_mm: ArrayLike) -> CArm:
    """A device at its home joints, isocentre on a point."""
    return CArm(
        device=device.id,
        joints=device.home,
        base_side=device.base_side,
        world_from_device=as_pose(rigid(None, aim_mm)),
    )


def move_joints(carm: CArm, **values: float) -> CArm:
    """Joint values replaced (limits are the caller's to show); a free pose goes back to joints."""
    return carm.evolve(joints=carm.joints.moved(**values), free_camera=None)


def source_to_aim_mm(carm: CArm) -> float:
    """Distance from the source to the aim point along the central ray."""
    camera = camera_of(carm)
    return float((aim_point_mm(carm) - camera.source_mm) @ camera.direction)


def reach_preset(
    carm: CArm, preset: Preset, aim_mm: ArrayLike | None, source_to_aim: float | None = None
) -> tuple[CArm, Reach]:
    """A preset view: (the pose, how it is reached).

    `aim_mm` None keeps the aim point; `source_to_aim` None puts the isocentre on it. When limits
    forbid every branch and both base sides, the pose is a free one and `Reach` names the blockers.
    A distance of the preset that the device cannot set stays as it is.
    """
    device = carm_device(carm)
    joints = carm.joints
    # A mobile arm has one fixed SDD: the view is taken with it, and the caller says so.
    for name, value in preset.distances_mm().items():
        if device.limits[name].contains(value):
            joints = joints.moved(**{name: value})
    direction = direction_from_angles(preset.primary_deg, preset.secondary_deg)
    return reach_direction(carm, joints, direction, aim_mm, source_to_aim)


def reach_direction(
    carm: CArm,
    joints: Joints,
    direction: ArrayLike,
    aim_mm: ArrayLike | None = None,
    source_to_aim: float | None = None,
) -> tuple[CArm, Reach]:
    """Look along a direction (world, isocentre -> detector) at a point: (pose, reach)."""
    device = carm_device(carm)
    world = np.array(carm.world_from_device)
    point = world[:3, 3] if aim_mm is None else np.asarray(aim_mm, dtype=np.float64)
    world = rigid(world[:3, :3], point)
    reach = aim(
        device, joints.moved(swivel_deg=0.0), world, direction, point, source_to_aim, carm.base_side
    )
    placed = carm.evolve(
        joints=reach.joints,
        base_side=reach.base_side,
        world_from_device=as_pose(world),
        free_camera=None,
    )
    # The image the user asked for, rather than none: a real team would move the table.
    if not reach.is_possible:
        camera = camera_from_joints(device, reach.joints, world)
        free = FreeCamera.of(camera, reach.joints.source_isocentre_mm)
        placed = placed.evolve(free_camera=free)
    return placed, reach


def isocentre_of(carm: CArm) -> Vector:
    """(3,) the isocentre's world position; a free pose has it at its source-isocentre distance."""
    if carm.free_camera is not None:
        camera = camera_of(carm)
        distance = carm.joints.source_isocentre_mm
        result: Vector = camera.source_mm + distance * camera.direction
        return result
    return isocentre_mm(carm.joints, np.array(carm.world_from_device))


def replace_tool(scene: Scene, name: str, /, **changes: Any) -> Scene:
    """One tool changed; KeyError when the scene has none of that name."""
    if name not in {tool.name for tool in scene.tools}:
        raise KeyError(name)
    return scene.evolve(
        tools=tuple(tool.evolve(**changes) if tool.name == name else tool for tool in scene.tools)
    )


def add_tool(scene: Scene, tool: Tool) -> Scene:
    """A tool added, its name made free."""
    name = free_name(tool.name, [item.name for item in scene.tools])
    return scene.evolve(tools=(*scene.tools, tool.evolve(name=name)))
