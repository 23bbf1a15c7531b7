"""One image of a series to its files: radiograph, masks, and a JSON with all its truth."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image as PillowImage

from synthex_gui.core.files import write_whole
from synthex_gui.experiment.sampling import Sample
from synthex_gui.export.annotations import HIDDEN, INSIDE, landmark_marks, mask_record
from synthex_gui.physics.beam.dose import scene_dose
from synthex_gui.physics.render import Radiograph, Renderer
from synthex_gui.scene.edits import camera_json
from synthex_gui.scene.plan import SeriesPlan

# 16-bit images: this value stands for 1.25 times the open field, so that noise is not clipped.
PNG16_FULL_SCALE = 65535 / 1.25
TOOL_THRESHOLD_MM = 0.0


def write_item(
    renderer: Renderer, sample: Sample, plan: SeriesPlan, structures: tuple[str, ...], out: Path
) -> dict[str, str]:
    """Render and write one image; relative path -> SHA-256 of every file written."""
    radiograph = renderer.render(
        sample.scene.evolve(beam=sample.scene.beam.evolve(seed=plan.seed)),
        size=plan.size,
        structures=structures,
        image_index=sample.index,
    )
    stem = f"{sample.index:05d}"
    ending = "png" if plan.image_format == "png16" else "tiff"
    image_path = f"images/{stem}.{ending}"
    hashes = {image_path: write_whole(out / image_path, _image_bytes(radiograph, plan))}
    masks = []
    for kind, paths, threshold in (
        ("structure", radiograph.structures_mm, plan.mask_threshold_mm),
        ("tool", radiograph.tools_mm if plan.tool_masks else {}, TOOL_THRESHOLD_MM),
    ):
        for name, path_mm in paths.items():
            mask = path_mm > threshold
            record = mask_record(name, kind, mask)
            if mask.any():
                relative = f"masks/{stem}/{file_name(name)}.png"
                hashes[relative] = write_whole(out / relative, _mask_bytes(mask))
                record["file"] = relative
            masks.append(record)
    truth = _truth(radiograph, sample, plan, image_path, masks)
    text = json.dumps(truth, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    label_path = f"labels/{stem}.json"
    hashes[label_path] = write_whole(out / label_path, text.encode())
    return hashes


def file_name(name: str) -> str:
    """A structure's or tool's name as a file name on every system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "unnamed"


def _truth(
    radiograph: Radiograph,
    sample: Sample,
    plan: SeriesPlan,
    image_path: str,
    masks: list[dict[str, Any]],
) -> dict[str, Any]:
    scene = sample.scene
    marks = landmark_marks(
        radiograph.camera,
        [item.name for item in scene.landmarks] if plan.landmarks else [],
        [item.position for item in scene.landmarks] if plan.landmarks else [],
        radiograph.first_metal_mm,
    )
    dose = scene_dose(scene, radiograph.camera, radiograph.mas)
    return {
        "index": sample.index,
        "image": image_path,
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
        "value_scale": {"quantity": "signal / open field", "full_scale": _full_scale(plan)},
        "mask_threshold_mm": {
            "structure": plan.mask_threshold_mm,
            "tool": TOOL_THRESHOLD_MM,
        },
        "masks": masks,
        "landmarks": [
            {
                "name": mark.name,
                "pixel": None if not np.isfinite(mark.column) else [mark.column, mark.row],
                "state": INSIDE if mark.state == HIDDEN else mark.state,
                "occluded_by_metal": mark.state == HIDDEN,
                "position_mm": list(item.position),
            }
            for mark, item in zip(marks, scene.landmarks, strict=False)
        ],
    }


def _full_scale(plan: SeriesPlan) -> float | None:
    return PNG16_FULL_SCALE if plan.image_format == "png16" else None


def _image_bytes(radiograph: Radiograph, plan: SeriesPlan) -> bytes:
    stream = io.BytesIO()
    if plan.image_format == "tiff32":
        signal = radiograph.signal.astype(np.float32)
        tifffile.imwrite(stream, signal, metadata=None, software="")
    else:
        scaled = np.rint(np.clip(radiograph.signal * PNG16_FULL_SCALE, 0, 65535))
        picture = PillowImage.fromarray(scaled.astype(np.uint16))
        picture.save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def _mask_bytes(mask: NDArray[np.bool_]) -> bytes:
    stream = io.BytesIO()
    PillowImage.fromarray(mask.astype(np.uint8) * 255).save(stream, "PNG", compress_level=1)
    return stream.getvalue()
