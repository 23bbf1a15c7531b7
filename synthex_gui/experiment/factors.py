"""What a factor's value changes in a scene, apart from its camera."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import ValidationError
from scipy.spatial.transform import Rotation

from synthex_gui.core.wording import fault_of
from synthex_gui.experiment.errors import PlanError
from synthex_gui.geometry.transforms import Matrix, Vector, transform_points
from synthex_gui.scene.distributions import Value
from synthex_gui.scene.edits import camera_of, replace_tool
from synthex_gui.scene.frozen import Frozen, as_pose
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import BuiltInTool, Position
from synthex_gui.scene.study import NODES, SHEAR_AXES, TOOL_AXES, tool_of
from synthex_gui.tools.catalogue import build_tool, tool_points
from synthex_gui.tools.parameters import ToolError


def with_nodes(scene: Scene, values: Mapping[str, Value]) -> Scene:
    """The scene with every factor ``NODE.FIELD`` set; PlanError for a value that it refuses."""
    for name, value in values.items():
        node, _, field = name.partition(".")
        if node not in NODES:
            continue
        part: Frozen = getattr(scene, node)
        field, _, key = field.partition(".")
        changed: Any = dict(getattr(part, field)) | {key: value} if key else value
        try:
            scene = scene.evolve(**{node: part.evolve(**{field: changed})})
        except ValidationError as error:
            raise PlanError(f"{name} cannot be {value}: {fault_of(error)}") from None
    return scene


def with_tool_parameters(scene: Scene, values: Mapping[str, Value]) -> Scene:
    """The scene with every factor ``tool.NAME.PARAMETER`` set.

    Raises PlanError for a tool that is not there or not built from parameters, or for a value that
    it does not take.
    """
    for tool in scene.tools:
        own = {
            pair[1]: float(value)
            for name, value in values.items()
            if (pair := tool_of(name)) is not None and pair[0] == tool.name
        }
        if not own:
            continue
        if not isinstance(tool.source, BuiltInTool):
            raise PlanError(f"the tool {tool.name!r} is a mesh and has no parameters to vary")
        parameters = dict(tool.source.parameters) | own
        try:
            build_tool(tool.source.tool, parameters)
        except ToolError as error:
            raise PlanError(f"the tool {tool.name!r}: {error}") from None
        source = tool.source.evolve(parameters=parameters)
        scene = replace_tool(scene, tool.name, source=source)
    return scene


def with_tool_placed(scene: Scene, values: Mapping[str, Value], at_mm: Vector) -> Scene:
    """The first tool's base at the anchor, moved and turned in the frame of the scene's camera."""
    if not any(f"tool.{axis}" in values for axis in TOOL_AXES):
        return scene
    if not scene.tools:
        raise PlanError("the plan places a tool, and the scene has none")
    tool = scene.tools[0]
    r = camera_of(scene.carm).r
    drawn = [float(values.get(f"tool.{axis}", 0.0)) for axis in TOOL_AXES]
    turn: Matrix = Rotation.from_euler("xyz", drawn[3:], degrees=True).as_matrix()
    pose = np.array(tool.world_from_tool)
    pose[:3, :3] = r.T @ turn @ r @ pose[:3, :3]
    pose[:3, 3] = at_mm + r.T @ np.array(drawn[:3]) - pose[:3, :3] @ base_mm(tool)
    return replace_tool(scene, tool.name, world_from_tool=as_pose(pose))


def base_mm(tool: Tool) -> Vector:
    """(3,) what stands at the anchor, in the tool's frame: its base, else its tip or origin."""
    if not isinstance(tool.source, BuiltInTool):
        return np.zeros(3)
    points = tool_points(tool.source.tool, dict(tool.source.parameters))
    return points.get("base", points["tip"])


def shear_of(values: Mapping[str, Value], centre_mm: Vector) -> Matrix | None:
    """(4, 4) what the CT is sheared by, about its centre; None when nothing is.

    ``shear_axis`` "xz" moves x in proportion to z, by the tangent of ``shear_deg``.
    """
    angle = float(values.get("shear_deg", 0.0))
    if angle == 0.0:
        return None
    axis = str(values.get("shear_axis", "xy"))
    if axis not in SHEAR_AXES or not abs(angle) < 80.0:
        raise PlanError(f"a shear of {angle:g} degrees along {axis} is none")
    shear = np.eye(4)
    shear["xyz".index(axis[0]), "xyz".index(axis[1])] = np.tan(np.radians(angle))
    shear[:3, 3] = centre_mm - shear[:3, :3] @ centre_mm
    return shear


def with_shear(scene: Scene, shear: Matrix) -> Scene:
    """Landmarks move with the CT, and so does each tool, which stays rigid."""

    def moved(point: Position) -> Position:
        x, y, z = transform_points(shear, [point])[0].tolist()
        return x, y, z

    landmarks = [item.evolve(position=moved(item.position)) for item in scene.landmarks]
    scene = scene.evolve(landmarks=tuple(landmarks))
    for tool in scene.tools:
        pose = np.array(tool.world_from_tool)
        pose[:3, 3] = transform_points(shear, pose[None, :3, 3])[0]
        scene = replace_tool(scene, tool.name, world_from_tool=as_pose(pose))
    return scene
