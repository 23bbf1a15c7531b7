"""From the arguments of ``synthex render`` to a scene in its pose."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from synthex_gui.cli.detector_arguments import with_detector
from synthex_gui.cli.source_arguments import ct_source_options, numbers_of
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import absolute
from synthex_gui.core.text import TextError, json_of, text_of
from synthex_gui.core.wording import fault_of
from synthex_gui.geometry.camera import Camera, CameraError
from synthex_gui.geometry.transforms import pose_problem
from synthex_gui.loading.material_map import matter_of
from synthex_gui.loading.opening import DEFAULT_DEVICE
from synthex_gui.loading.placing import first_pose
from synthex_gui.scene.assets import SceneAssets, default_aim_mm, preset_aim_mm
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.beam_presets import beam_preset
from synthex_gui.scene.camera import FreeCamera
from synthex_gui.scene.detector import Processing
from synthex_gui.scene.devices import device_by_id, preset_by_id
from synthex_gui.scene.edits import (
    add_tool,
    camera_json,
    carm_device,
    move_joints,
    new_carm,
)
from synthex_gui.scene.frozen import IDENTITY, Pose, as_pose
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.naming import numbered_name
from synthex_gui.scene.sources import FileSource, MeshFile, PhantomSource

MOST_BYTES = 16 << 20


def scene_of(options: argparse.Namespace) -> Scene:
    """The scene without its pose: CT, labels, tools, beam, level."""
    scene = with_detector(options, Scene(level=options.level, beam=_beam(options)))
    look = Processing(look=options.look or "log", bone_dark=options.bone_dark)
    scene = scene.evolve(processing=look)
    if options.material_map:
        scene = scene.evolve(matter=matter_of(Path(options.material_map)))
    if options.ct:
        path = str(absolute(Path(options.ct)))
        scene = scene.evolve(ct=FileSource(path=path, **ct_source_options(options)))
    elif not options.mesh:
        scene = scene.evolve(ct=PhantomSource(), labels=PhantomSource())
    if options.labels:
        source = FileSource(
            path=str(absolute(Path(options.labels))), label_scheme=options.label_names
        )
        scene = scene.evolve(labels=source)
    for text in options.mesh:
        name = numbered_name("mesh", [tool.name for tool in scene.tools])
        scene = add_tool(scene, _tool(text, options.mesh_unit, name))
    return scene


def tool_called(scene: Scene, name: str) -> str | None:
    """The name of the tool that is meant: its own, or the stem of its file; None for no tool.

    What is written holds the tool's own name, for a file's may be a patient's.
    """
    for tool in scene.tools:
        source = tool.source
        if tool.name == name or (isinstance(source, MeshFile) and Path(source.path).stem == name):
            return tool.name
    return None


def posed(
    options: argparse.Namespace, scene: Scene, assets: SceneAssets
) -> tuple[Scene, str | None]:
    """(the scene in the pose asked for, a warning when the device cannot reach it)."""
    aim = default_aim_mm(scene, assets)
    view = None
    if not (options.joints or options.camera):
        view = preset_by_id(options.view or "ap")
    device_id = options.device or (view.device if view is not None else None) or DEFAULT_DEVICE
    device = device_by_id(device_id)
    carm = new_carm(device, aim)
    if options.camera:
        camera = _camera(options.camera, device.home.sdd_mm)
        return scene.evolve(carm=carm.evolve(free_camera=FreeCamera.of(camera))), None
    if view is None:
        carm = move_joints(carm, **_joints(options.joints))
        blocked = device.blocked_by(carm.joints, carm.base_side)
        warning = None
        if blocked:
            warning = (
                f"{device.name}: beyond the limits of {', '.join(blocked)}; rendered all the same"
            )
        return scene.evolve(carm=carm), warning
    carm, warning = first_pose(device, aim, view, preset_aim_mm(scene, assets, view))
    if carm.free_camera is None and view.sdd_mm is not None and carm.joints.sdd_mm != view.sdd_mm:
        warning = (
            f"{device.name} cannot set the {view.sdd_mm:g} mm from source to detector of "
            f"{view.id}; rendered at {carm.joints.sdd_mm:g} mm"
        )
    return scene.evolve(carm=carm), warning


def camera_record(scene: Scene, size: int | None) -> dict[str, Any]:
    """The ``camera`` object of the image."""
    return camera_json(scene.carm, size)


def _beam(options: argparse.Namespace) -> Beam:
    changes: dict[str, Any] = {"noise": not options.no_noise, "seed": options.seed}
    changes["exposure_control"] = options.exposure_control
    if options.beam is not None:
        preset = beam_preset(options.beam)
        changes |= {"kvp": preset.kvp, "filtration_mm": dict(preset.filtration_mm)}
    for name in ("kvp", "mas", "photons", "anode_deg", "focal_spot_mm"):
        if getattr(options, name) is not None:
            changes[name] = getattr(options, name)
    if options.filter is not None:
        changes["filtration_mm"] = _pairs(options.filter, "--filter")
    beam: Beam = _validated(Beam, changes)
    return beam


def _validated(kind: Any, values: dict[str, Any]) -> Any:
    try:
        return kind(**values)
    except ValidationError as error:
        fault = fault_of(error).replace("filtration_mm.", "filter ")
        name, _, rest = fault.partition(" ")
        raise SynthexError(f"--{name.replace('_', '-')} {rest}") from None


def _tool(text: str, unit: str | None, name: str) -> Tool:
    head, pose_file = text, None
    if head.lower().endswith(".json"):
        head, _, pose_file = head.rpartition(":")
        if pose_file[:1] in ("/", "\\") and re.search(r":[A-Za-z]$", head):
            # C:/pose.json: the last colon belongs to a Windows drive.
            pose_file = f"{head[-1]}:{pose_file}"
            head = head[:-2]
    path, colon, material = head.rpartition(":")
    if not colon or not path or not material:
        raise SynthexError(f"--mesh {text}: give FILE:MATERIAL or FILE:MATERIAL:POSE.json")
    from synthex_gui.physics.matter.materials import material as check

    check(material)
    pose = IDENTITY
    if pose_file is not None:
        pose = _pose(pose_file)
    source = MeshFile(path=str(absolute(Path(path))), unit=unit)  # type: ignore[arg-type]
    return Tool(name=name, source=source, material=material, world_from_tool=pose)


def _pose(path: str) -> Pose:
    try:
        matrix = np.array(_json(path).get("world_from_tool", []), dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        matrix = np.empty(0)
    if matrix.shape != (4, 4):
        raise SynthexError(f'{path}: must hold {{"world_from_tool": 4x4 numbers}}')
    problem = pose_problem(matrix)
    if problem:
        raise SynthexError(f"{path}: world_from_tool: {problem}")
    return as_pose(matrix)


def _joints(text: str) -> dict[str, float]:
    return _pairs(text, "--joints")


def _pairs(text: str, option: str) -> dict[str, float]:
    values = {}
    for part in filter(None, text.split(",")):
        name, _, number = part.partition("=")
        try:
            values[name.strip()], *_ = numbers_of(option, number, 1)
        except SynthexError:
            raise SynthexError(f"{option} {part}: give NAME=NUMBER, separated by commas") from None
    return values


def _camera(path: str, default_sdd_mm: float) -> Camera:
    try:
        return Camera.from_json(_json(path), default_sdd_mm)
    except CameraError as error:
        raise SynthexError(f"{path}: {error}") from None


def _json(path: str) -> dict[str, Any]:
    try:
        data = json_of(text_of(absolute(Path(path)), MOST_BYTES, "a camera or a pose"))
    except TextError as error:
        raise SynthexError(f"{path}: {error}") from error
    if not isinstance(data, dict):
        raise SynthexError(f"{path}: must hold one JSON object")
    # An exported image's own file holds its camera as one of several members.
    return data.get("camera", data) if "K" not in data else data


__all__ = ["camera_record", "carm_device", "posed", "scene_of"]
