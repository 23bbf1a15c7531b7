"""Masks: a PNG of 0 and 255 each, and what COCO and the truth say of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image as PillowImage
from pycocotools import mask as coco_mask

from synthex_gui.export.writers.base import File, Item, Mask


def mask_files(item: Item) -> Iterator[File]:
    """A file for each mask that has a pixel."""
    for mask in item.masks:
        if mask.path is not None:
            stream = io.BytesIO()
            picture = PillowImage.fromarray(mask.pixels.astype(np.uint8) * 255)
            picture.save(stream, "PNG", compress_level=1)
            yield mask.path, stream.getvalue()


def mask_record(mask: Mask) -> dict[str, Any]:
    """Area in pixels, box [column, row, width, height] (None when empty) and COCO run lengths."""
    encoded = coco_mask.encode(np.asfortranarray(mask.pixels.astype(np.uint8)))
    rows = np.flatnonzero(mask.pixels.any(axis=1))
    columns = np.flatnonzero(mask.pixels.any(axis=0))
    box = None
    if rows.size:
        left, top = int(columns[0]), int(rows[0])
        box = [left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1]
    record: dict[str, Any] = {
        "name": mask.name,
        "kind": mask.kind,
        "area_px": int(mask.pixels.sum()),
        "bbox": box,
        "rle": {"size": list(mask.pixels.shape), "counts": encoded["counts"].decode("ascii")},
    }
    if mask.path is not None:
        record["file"] = mask.path
    return record
