"""The arrays that a scene's references stand for, and what can be asked of both together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from synthex_gui.geometry.arrays import LabelMap, Mesh, Volume
from synthex_gui.geometry.transforms import Matrix, Vector, transform_points
from synthex_gui.scene.devices import Preset
from synthex_gui.scene.model import Scene
from synthex_gui.scene.sources import FileSource


@dataclass(frozen=True)
class Offer:
    """What would mend a file that was read: `text` what is odd, `title` the mend in words of a
    button, `part` ``ct`` or ``labels``, `changes` to its `FileSource`.
    """

    text: str
    title: str
    part: str
    changes: tuple[tuple[str, Any], ...]

    def accepted(self, scene: Scene) -> Scene:
        """The scene as mended; the same where the part has gone meanwhile."""
        source = getattr(scene, self.part)
        if not isinstance(source, FileSource):
            return scene
        return scene.evolve(**{self.part: source.evolve(**dict(self.changes))})


@dataclass(frozen=True, eq=False)
class SceneAssets:
    """`ct` and `labels` or None; `meshes` by tool name, in each tool's own frame; `offers` what
    would mend odd files.
    """

    ct: Volume | None = None
    labels: LabelMap | None = None
    meshes: Mapping[str, Mesh] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()


def box_centre_mm(points: Iterable[Matrix]) -> Vector | None:
    """(3,) the middle of the axis-aligned box around all points; None without points."""
    stacked = [np.atleast_2d(item) for item in points]
    if not stacked:
        return None
    cloud = np.concatenate(stacked)
    result: Vector = (cloud.min(axis=0) + cloud.max(axis=0)) / 2
    return result


def default_aim_mm(scene: Scene, assets: SceneAssets) -> Vector:
    """(3,) the CT's centre, else the centre of the meshes' box, else the world's origin."""
    if assets.ct is not None:
        return assets.ct.grid.centre_mm
    centre = box_centre_mm(
        transform_points(np.array(tool.world_from_tool), assets.meshes[tool.name].vertices)
        for tool in scene.tools
        if tool.name in assets.meshes
    )
    return np.zeros(3) if centre is None else centre


def structure_centre_mm(labels: LabelMap, names: Iterable[str]) -> Vector | None:
    """(3,) the middle of the common box of the structures that exist; None when none does."""
    ids = {label_id for name in names for label_id in labels.ids_of(name)}
    boxes = [labels.boxes[label_id] for label_id in ids if label_id in labels.boxes]
    if not boxes:
        return None
    spans = np.array(boxes)
    middle = (spans[:, :, 0].min(axis=0) + spans[:, :, 1].max(axis=0)) / 2
    result: Vector = transform_points(labels.grid.world_from_voxel, middle[None])[0]
    return result


def corners_of(labels: LabelMap, name: str) -> Vector | None:
    """(8, 3) LPS mm the corners of a structure's box; None when it has no voxel."""
    boxes = [labels.boxes[label_id] for label_id in labels.ids_of(name) if label_id in labels.boxes]
    if not boxes:
        return None
    spans = np.array(boxes)
    low, high = spans[:, :, 0].min(axis=0) - 0.5, spans[:, :, 1].max(axis=0) + 0.5
    ends = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
    result: Vector = transform_points(labels.grid.world_from_voxel, ends)
    return result


def preset_aim_mm(scene: Scene, assets: SceneAssets, preset: Preset) -> Vector | None:
    """(3,) what a preset view aims at in this scene; None when the scene has nothing it names."""
    if assets.labels is not None and preset.aim_structures:
        centre = structure_centre_mm(assets.labels, preset.aim_structures)
        if centre is not None:
            return centre
    named = {item.name: item.position for item in scene.landmarks}
    points = [named[name] for name in preset.aim_landmarks if name in named]
    return np.mean(np.array(points), axis=0) if points else None
