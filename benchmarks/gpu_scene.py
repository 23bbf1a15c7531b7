"""The scene of the GPU benchmark: the projector's CT, three labels of it, one tool."""

from __future__ import annotations

import numpy as np
import trimesh
from projector_scene import grid, pelvis

from synthex_gui.geometry.arrays import Label, LabelMap, Mesh, Volume
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import BuiltInTool
from synthex_gui.scene.study import Level

BONE_HU = 250


def assets_of(shape: tuple[int, int, int]) -> SceneAssets:
    """A CT, its bone in three labels from the feet up, a rod of 51,200 triangles."""
    values = pelvis(shape)
    thirds = 1 + np.arange(shape[0])[:, None, None] * 3 // shape[0]
    labels = np.where(values > BONE_HU, thirds, 0).astype(np.uint8)
    names = tuple(Label(n, name) for n, name in enumerate(("one", "two", "three"), start=1))
    rod = trimesh.creation.capsule(height=80.0, radius=4.0, count=[160, 160])
    mesh = Mesh(np.asarray(rod.vertices, np.float64), np.asarray(rod.faces, np.int32))
    on = grid(shape)
    return SceneAssets(
        ct=Volume(values, on), labels=LabelMap(labels, on, names), meshes={"rod": mesh}
    )


def scene_of(level: Level) -> Scene:
    """One pose with the tool in it, at a level."""
    tool = Tool(name="rod", source=BuiltInTool(tool="k-wire"), material="Ti6Al4V")
    return Scene(tools=(tool,), level=level)
