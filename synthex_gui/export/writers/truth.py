"""Everything known of one image, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from synthex_gui.export.dataset import label_path
from synthex_gui.export.marks import HIDDEN, INSIDE, landmark_marks
from synthex_gui.export.writers.base import TOOL_THRESHOLD_MM, File, Item
from synthex_gui.export.writers.image import full_scale, path_of
from synthex_gui.export.writers.masks import mask_record
from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.physics.beam.dose import scene_dose
from synthex_gui.scene.edits import camera_json
from synthex_gui.scene.model import Tool
from synthex_gui.scene.sources import BuiltInTool
from synthex_gui.tools.catalogue import tool_points

QUANTITIES = {
    "signal": "signal / open field",
    "log": "-ln(signal / open field)",
    "look": "grey of the look, 0 to 1",
}


def truth_files(item: Item) -> Iterator[File]:
    """One file: camera, poses, landmarks, masks, dose, every sampled value."""
    text = json.dumps(_truth(item), indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    yield label_path(item.sample.number), text.encode()


def _truth(item: Item) -> dict[str, Any]:
    sample, plan, radiograph = item.sample, item.plan, item.radiograph
    scene = sample.scene
    dose = scene_dose(scene, radiograph.camera, radiograph.mas)
    said: dict[str, Any] = {"notices": list(item.notices)} if item.notices else {}
    if plan.study is not None:
        said = {"number": sample.number, "case": sample.case_name, "split": sample.split, **said}
    return {
        "index": sample.index,
        "image": path_of(item),
        "camera": camera_json(scene.carm, plan.size),
        "device": scene.carm.device,
        "level": scene.level,
        "backend": radiograph.backend,
        "sampled": sample.values,
        "tools": {
            tool.name: {
                "material": tool.material,
                "world_from_tool": [list(row) for row in tool.world_from_tool],
                "points": _points(tool, radiograph.camera),
            }
            for tool in scene.tools
        },
        "photons_per_pixel": radiograph.photons,
        "dose": None if dose is None else dose.to_json(),
        "value_scale": {"quantity": QUANTITIES[plan.quantity], "full_scale": full_scale(plan)},
        "mask_threshold_mm": {
            "structure": plan.mask_threshold_mm,
            "tool": TOOL_THRESHOLD_MM,
        },
        "masks": [mask_record(mask) for mask in item.masks],
        "landmarks": _landmarks(item) if plan.landmarks else [],
        **said,
    }


def _points(tool: Tool, camera: Camera) -> dict[str, Any]:
    """Named points of a tool that is built, such as its tip: LPS mm, and where they project to."""
    if not isinstance(tool.source, BuiltInTool):
        return {}
    points = tool_points(tool.source.tool, dict(tool.source.parameters))
    places = transform_points(np.array(tool.world_from_tool), list(points.values()))
    pixels, depths = camera.project(places)
    return {
        name: {
            "pixel": pixel.tolist() if depth > 0 else None,
            "position_mm": place.tolist(),
        }
        for name, pixel, depth, place in zip(points, pixels, depths, places, strict=True)
    }


def _landmarks(item: Item) -> list[dict[str, Any]]:
    landmarks = item.sample.scene.landmarks
    if item.plan.landmark_names is not None:
        named = {landmark.name: landmark for landmark in landmarks}
        landmarks = tuple(named[name] for name in item.plan.landmark_names)
    marks = landmark_marks(
        item.radiograph.camera,
        [landmark.name for landmark in landmarks],
        [landmark.position for landmark in landmarks],
        item.radiograph.first_metal_mm,
    )
    return [
        {
            "name": mark.name,
            # JSON has no NaN: a point in the plane of the source has no pixel.
            "pixel": [mark.column, mark.row] if np.isfinite(mark.column) else None,
            "state": INSIDE if mark.state == HIDDEN else mark.state,
            "occluded_by_metal": mark.state == HIDDEN,
            "position_mm": list(landmark.position),
        }
        for mark, landmark in zip(marks, landmarks, strict=True)
    ]
