"""The image planes of a DICOM file: where each lies, and how its numbers become Hounsfield units.

An enhanced (multi-frame) file keeps these in sequences, one item a frame or one for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthex_gui.io.volumes.dicom.values import number_of, numbers_of, value_of, whole_of


@dataclass(frozen=True)
class SliceHeader:
    """One image plane: `position` (3,) and `orientation` (6,) in LPS, `spacing` (rows, columns)
    in mm; `frame` its index in a multi-frame file; `padding` stored values without data;
    `instance` what makes it this image and no copy.
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
    instance: str = ""


def planes_of(path: Path, header: Any) -> Iterator[SliceHeader]:
    """The planes of a file: one, or one a frame."""
    frames = whole_of(header, "NumberOfFrames", 1) or 1
    shared = _first(value_of(header, "SharedFunctionalGroupsSequence"))
    each = value_of(header, "PerFrameFunctionalGroupsSequence") or []
    instance = str(value_of(header, "SOPInstanceUID") or "")
    padding = _padding(header)
    for index in range(max(1, min(frames, len(each) or 1))):
        groups = [header]
        if frames > 1 or each:
            own = each[index] if index < len(each) else None
            groups = [group for group in (own, shared) if group is not None] + [header]

        def find(sequence: str, name: str, groups: list[Any] = groups) -> Any:
            for group in groups:
                item = _first(value_of(group, sequence))
                if item is not None and value_of(item, name) is not None:
                    return value_of(item, name)
            return value_of(groups[-1], name)

        yield SliceHeader(
            path,
            index,
            whole_of(header, "InstanceNumber") * 100_000 + index,
            numbers_of(find("PlanePositionSequence", "ImagePositionPatient"), 3),
            numbers_of(find("PlaneOrientationSequence", "ImageOrientationPatient"), 6),
            numbers_of(find("PixelMeasuresSequence", "PixelSpacing"), 2),
            number_of(find("PixelValueTransformationSequence", "RescaleSlope")),
            number_of(find("PixelValueTransformationSequence", "RescaleIntercept")),
            padding,
            instance and f"{instance}#{index}",
        )


def _padding(header: Any) -> tuple[float, float] | None:
    low = number_of(value_of(header, "PixelPaddingValue"))
    if low is None:
        return None
    limit = number_of(value_of(header, "PixelPaddingRangeLimit"))
    both = [low, low if limit is None else limit]
    if whole_of(header, "PixelRepresentation") == 1:
        # Written as an unsigned number by scanners that store signed ones.
        both = [value - 65536 if value > 32767 else value for value in both]
    return min(both), max(both)


def _first(sequence: Any) -> Any | None:
    return sequence[0] if sequence else None
