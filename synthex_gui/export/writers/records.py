"""The images of a finished series, as their own records tell of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from synthex_gui.export.dataset import ExportError, label_path
from synthex_gui.export.writers.base import Series
from synthex_gui.physics.backends.base import Image
from synthex_gui.scene.study import Level

Record = dict[str, Any]


def record_of(series: Series, number: int) -> Record:
    """The record of image `number`."""
    path = series.folder / label_path(number)
    record: Record = json.loads(path.read_text(encoding="utf-8"))
    return record


def numbers_by_level(series: Series) -> dict[Level, list[int]]:
    """Level -> its images in order; the levels of a pose follow each other."""
    plan = series.scene.plan
    levels = (plan.study.levels if plan is not None and plan.study is not None else ()) or (
        series.scene.level,
    )
    return {level: list(range(n, series.count, len(levels))) for n, level in enumerate(levels)}


def image_of(series: Series, record: Record) -> Image:
    """(h, w) float32 as the image's own file holds it."""
    image: Image = tifffile.imread(series.folder / record["image"])
    return image


def class_names(series: Series, record: Record) -> tuple[str, ...]:
    """What classes 1, 2 ... are: the series' structures, else its tools."""
    tools = tuple(mask["name"] for mask in record["masks"] if mask["kind"] == "tool")
    return series.structures or tools


def points_of(record: Record) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """(name, (2,) column and row) of each landmark; without any, of the first tool's base and tip.

    Raises ExportError for one without a pixel: training code has no place for it.
    """
    marks = [(mark["name"], mark["pixel"]) for mark in record["landmarks"]]
    if not marks:
        for tool in record["tools"].values():
            points = tool["points"]
            ends = [name for name in ("base", "tip") if name in points]
            marks = [(name, points[name]["pixel"]) for name in ends]
            break
    for name, pixel in marks:
        if pixel is None:
            raise ExportError(
                f"image {record.get('number', record['index'])}: {name} lies beside the source "
                "and has no pixel; SyntheX's layouts need one of every landmark"
            )
        yield name, np.array(pixel, dtype=np.float32)
