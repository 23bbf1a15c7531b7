"""SyntheX's "scaled-up" layout: a folder a split, an image, a class image and landmarks each.

``train_data/proj/00000.tiff`` float32, ``seg/00000.png`` (a tool's: ``.tiff``) class of each pixel,
``lands/00000.h5`` with ``dim1`` columns and ``dim2`` rows (a tool's: ``ld1``, ``ld2``). Lesions:
``proj/00000.png`` 8-bit, ``seg/00000.png`` 0 or 255, no landmarks. The public training code of
arXiv:2206.06127 reads them.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from synthex_gui.export.writers.base import File, Series
from synthex_gui.export.writers.classes import class_image
from synthex_gui.export.writers.image import PNG16_TOP, tiff32
from synthex_gui.export.writers.records import (
    Record,
    class_names,
    image_of,
    numbers_by_level,
    points_of,
    record_of,
)
from synthex_gui.physics.backends.base import Image

SPLIT_FOLDERS = {split: f"{split or 'train'}_data" for split in ("", "train", "valid", "test")}


def folder_files(series: Series) -> Iterator[File]:
    """Two or three files an image, where the plan asks for them."""
    plan = series.scene.plan
    if plan is None or "synthex-folder" not in plan.formats:
        return
    template = "" if plan.study is None else plan.study.template
    by_level = numbers_by_level(series)
    for level, numbers in by_level.items():
        # Each split counts from 0.
        places: Counter[str] = Counter()
        for number in numbers:
            record = record_of(series, number)
            folder = SPLIT_FOLDERS[record.get("split", "")]
            stem = f"{places[folder]:05d}"
            places[folder] += 1
            top = f"{level}/{folder}" if len(by_level) > 1 else folder
            for kind, ending, data in _files(series, record, template, plan.quantity):
                yield f"{top}/{kind}/{stem}.{ending}", data


def _files(
    series: Series, record: Record, template: str, quantity: str
) -> Iterator[tuple[str, str, bytes]]:
    image = image_of(series, record)
    names = class_names(series, record)
    height, width = image.shape
    classes = class_image(series.folder, record, names, (height, width))
    if template == "covid":
        yield "proj", "png", _png(_eight_bits(image, quantity))
        yield "seg", "png", _png(np.where(classes > 0, 255, 0).astype(np.uint8))
        return
    is_tool = template == "tool"
    yield "proj", "tiff", tiff32(image)
    yield "seg", *(("tiff", _tiff8(classes)) if is_tool else ("png", _png(classes)))
    points = dict(points_of(record))
    if points:
        columns, rows = np.stack(list(points.values()), axis=1)
        keys = ("ld1", "ld2") if is_tool else ("dim1", "dim2")
        yield "lands", "h5", _h5(dict(zip(keys, (columns, rows), strict=True)))


def _eight_bits(image: Image, quantity: str) -> NDArray[np.uint8]:
    """By the quantity's fixed range, so that grey means the same in every image."""
    grey = np.rint(np.clip(image / PNG16_TOP[quantity], 0.0, 1.0) * 255.0)
    whole: NDArray[np.uint8] = grey.astype(np.uint8)
    return whole


def _png(pixels: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    PillowImage.fromarray(pixels).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def _tiff8(pixels: NDArray[np.uint8]) -> bytes:
    import tifffile

    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, metadata=None, software="")
    return stream.getvalue()


def _h5(values: dict[str, NDArray[np.float32]]) -> bytes:
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for key, value in values.items():
            file[key] = value
    return stream.getvalue()
