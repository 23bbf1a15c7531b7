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
from synthex_gui.physics.beam.dose import scene_dose
from synthex_gui.scene.edits import camera_json


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
            }
            for tool in scene.tools
        },
        "photons_per_pixel": radiograph.photons,
        "dose": None if dose is None else dose.to_json(),
        "value_scale": {"quantity": "signal / open field", "full_scale": full_scale(plan)},
        "mask_threshold_mm": {
            "structure": plan.mask_threshold_mm,
            "tool": TOOL_THRESHOLD_MM,
        },
        "masks": [mask_record(mask) for mask in item.masks],
        "landmarks": _landmarks(item) if plan.landmarks else [],
        **said,
    }


def _landmarks(item: Item) -> list[dict[str, Any]]:
    landmarks = item.sample.scene.landmarks
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
