"""A series as one COCO JSON: masks as run lengths, landmarks as keypoints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthex_gui import __version__
from synthex_gui.export.dataset import COCO, label_path
from synthex_gui.export.marks import INSIDE
from synthex_gui.export.writers.base import File, Series

LANDMARK_CATEGORY = "landmarks"


def coco_files(series: Series) -> Iterator[File]:
    """One file for the whole series, where the plan asks for it."""
    plan = series.scene.plan
    if plan is not None and "coco" not in plan.formats:
        return
    content = coco_of(series.folder, series.count)
    yield COCO, (json.dumps(content, allow_nan=False, ensure_ascii=False) + "\n").encode()


def coco_of(folder: Path, count: int) -> dict[str, Any]:
    """Built from ``labels/*.json``; category ids follow the first image's order.

    Keypoint visibility as COCO has it: 2 visible, 1 hidden by metal, 0 not in the image.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    categories: dict[str, int] = {}
    keypoints: list[str] = []
    for index in range(count):
        truth = json.loads((folder / label_path(index)).read_text(encoding="utf-8"))
        camera = truth["camera"]
        images.append(
            {
                "id": index,
                "file_name": truth["image"],
                "width": camera["width"],
                "height": camera["height"],
            }
        )
        for record in truth["masks"]:
            category = categories.setdefault(record["name"], len(categories) + 1)
            # What is not in the image keeps its category, so that ids agree between images.
            if record["bbox"] is None:
                continue
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": index,
                    "category_id": category,
                    "segmentation": record["rle"],
                    "area": record["area_px"],
                    "bbox": record["bbox"],
                    "iscrowd": 0,
                }
            )
        if truth["landmarks"]:
            keypoints = [item["name"] for item in truth["landmarks"]]
            category = categories.setdefault(LANDMARK_CATEGORY, len(categories) + 1)
            annotations.append(
                _keypoints(len(annotations) + 1, index, category, camera, truth["landmarks"])
            )
    return {
        "info": {"description": "Simulated X-ray series", "version": __version__},
        "images": images,
        "annotations": annotations,
        "categories": [
            {"id": number, "name": name, "supercategory": ""}
            | ({"keypoints": keypoints, "skeleton": []} if name == LANDMARK_CATEGORY else {})
            for name, number in categories.items()
        ],
    }


def _keypoints(
    number: int, image: int, category: int, camera: Any, landmarks: list[dict[str, Any]]
) -> dict[str, Any]:
    flat: list[float] = []
    for item in landmarks:
        visibility = (1 if item["occluded_by_metal"] else 2) if item["state"] == INSIDE else 0
        column, row = item["pixel"] if visibility and item["pixel"] else (0.0, 0.0)
        flat += [column, row, visibility]
    # COCO's keypoint score divides by an object's area; points have none, so it is the image's.
    area = camera["width"] * camera["height"]
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "keypoints": flat,
        "num_keypoints": sum(1 for value in flat[2::3] if value),
        "area": area,
        "bbox": [0, 0, camera["width"], camera["height"]],
        "iscrowd": 0,
    }
