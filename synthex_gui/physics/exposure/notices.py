"""An image of nothing is said: the beam misses what is there, or begins within the patient."""

from __future__ import annotations

import numpy as np

from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.physics.scatter.exit import CoarseMatter
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.model import Tool

MISSES_CT = "the CT is not in the beam: the image is empty"
MISSES_TOOLS = "the tools are not in the beam: the image is empty"
NOTHING = "there is neither a CT nor a tool: the image is empty"
INSIDE = "the source lies inside the patient: what is behind it does not count"
# Skin and fat are denser; lung and a CT's couch are not.
BODY_G_CM3 = 0.5


def blank_notices(
    camera: Camera, assets: SceneAssets, coarse: CoarseMatter | None, tools: tuple[Tool, ...]
) -> tuple[str, ...]:
    """What a person should know before this image is taken for one; usually nothing.

    `coarse` of the CT, None without one; `tools` those that the image shows.
    """
    if coarse is None:
        if not tools:
            return (NOTHING,)
        return () if any(_is_seen(camera, assets, tool) for tool in tools) else (MISSES_TOOLS,)
    found = []
    if coarse.density_at(camera.source_mm) > BODY_G_CM3:
        found.append(INSIDE)
    if not coarse.meets(camera) and not any(_is_seen(camera, assets, tool) for tool in tools):
        found.append(MISSES_CT)
    return tuple(found)


def _is_seen(camera: Camera, assets: SceneAssets, tool: Tool) -> bool:
    """True when a corner of the mesh falls on the image, before the source."""
    vertices = assets.meshes[tool.name].vertices
    pixels, depth = camera.project(transform_points(np.array(tool.world_from_tool), vertices))
    size = np.array([camera.width, camera.height])
    inside = ((pixels > -0.5) & (pixels < size - 0.5)).all(axis=1)
    return bool((inside & (depth > 0)).any())
