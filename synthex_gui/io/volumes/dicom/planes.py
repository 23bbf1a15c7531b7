"""The image planes of a DICOM file: where each lies, and how its numbers become Hounsfield units.

An enhanced (multi-frame) file keeps these in sequences, one item a frame or one for all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class SliceHeader:
    """One image plane: `position` (3,) and `orientation` (6,) in LPS, `spacing` (rows, columns)
    in mm; `frame` its index in a multi-frame file; `padding` stored values without data.
    """

    path: Path
    frame: int
    number: int
    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, ...] | None
    slope: float | None
    intercept: float | None
    padding: tuple[float, float] | None


def planes_of(path: Path, header: Any) -> Iterator[SliceHeader]:
    """Every plane that a file's header describes, in the order of its frames."""
    frames = _integer(header.get("NumberOfFrames", 1)) or 1
    shared = _first(header.get("SharedFunctionalGroupsSequence"))
    each = header.get("PerFrameFunctionalGroupsSequence") or []
    for index in range(max(1, min(frames, len(each) or 1))):
        groups = [header]
        if frames > 1 or each:
            own = each[index] if index < len(each) else None
            groups = [group for group in (own, shared) if group is not None] + [header]

        def find(sequence: str, name: str, groups: list[Any] = groups) -> Any:
            for group in groups:
                item = _first(group.get(sequence))
                if item is not None and item.get(name) is not None:
                    return item.get(name)
            return groups[-1].get(name)

        low = header.get("PixelPaddingValue")
        limit = header.get("PixelPaddingRangeLimit", low)
        padding = None
        if isinstance(low, int | float) and isinstance(limit, int | float):
            padding = (float(min(low, limit)), float(max(low, limit)))
        yield SliceHeader(
            path,
            index,
            _integer(header.get("InstanceNumber", 0)) * 100_000 + index,
            _floats(find("PlanePositionSequence", "ImagePositionPatient"), 3),
            _floats(find("PlaneOrientationSequence", "ImageOrientationPatient"), 6),
            _floats(find("PixelMeasuresSequence", "PixelSpacing"), 2),
            _float(find("PixelValueTransformationSequence", "RescaleSlope")),
            _float(find("PixelValueTransformationSequence", "RescaleIntercept")),
            padding,
        )


def _first(sequence: Any) -> Any | None:
    return sequence[0] if sequence else None


def _floats(value: Any, count: int) -> tuple[float, ...] | None:
    try:
        numbers = tuple(float(item) for item in value)
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else None


def _float(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _integer(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
