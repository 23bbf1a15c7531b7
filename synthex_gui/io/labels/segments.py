"""Slicer's segmentations (``.seg.nrrd``): segments in layers that may overlap, in all its dialects.

Since 4.11 a segment names its layer and its value in it. Before, every segment had a layer of its
own with 1 inside, and a file of one segment no layers at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Label
from synthex_gui.io.errors import InputError
from synthex_gui.io.labels.colours import default_colour, parse_colour

MOST_IDS = 65535
Overlaps = tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Segment:
    """Voxels of `layer` that hold `value`."""

    layer: int
    value: int
    name: str
    colour: str


def slicer_segments(path: Path, metadata: Mapping[str, str]) -> tuple[Segment, ...]:
    """The segments in the key:=value lines of a header, in the order of their numbers.

    Raises InputError for a damaged value or layer.
    """
    numbers = sorted(
        {int(found.group(1)) for key in metadata if (found := re.match(r"Segment(\d{1,5})_", key))}
    )
    is_old = not any(f"Segment{number}_LabelValue" in metadata for number in numbers)
    result = []
    for place, number in enumerate(numbers):
        own = {
            key: metadata.get(f"Segment{number}_{key}", "")
            for key in ("Layer", "LabelValue", "Name", "ID", "Color")
        }
        layer = own["Layer"] or (str(place) if is_old else "0")
        value = own["LabelValue"] or "1"
        if not (re.fullmatch(r"\d{1,5}", value) and re.fullmatch(r"\d{1,5}", layer)):
            raise InputError(path, f"its segment {number} has a damaged value or layer")
        name = own["Name"] or own["ID"] or f"segment-{number + 1}"
        colour = parse_colour(own["Color"]) or default_colour(number + 1)
        result.append(Segment(int(layer), int(value), name, colour))
    return tuple(result)


def merged(
    path: Path, layered: NDArray[np.uint16], segments: Sequence[Segment]
) -> tuple[NDArray[np.uint16], dict[int, Label], Overlaps]:
    """(ids (nz, ny, nx), id -> label, overlaps) of layers (nz, ny, nx, layers).

    Segments are numbered from 1 in their order; where some meet, voxels get an id that stands for
    all of them. Raises InputError for layers without segments and for too many overlaps.
    """
    if not segments:
        raise InputError(path, "holds several layers without names; save one label map")
    values = np.zeros(layered.shape[:3], np.uint16)
    known: dict[int, Label] = {}
    members: dict[int, tuple[int, ...]] = {0: ()}
    ids: dict[tuple[int, ...], int] = {}
    for number, segment in enumerate(segments, start=1):
        if segment.layer >= layered.shape[3]:
            raise InputError(path, f"its segment {segment.name!r} names a layer that is not there")
        known[number] = Label(number, segment.name, segment.colour)
        members[number] = (number,)
        ids[number,] = number
    for number, segment in enumerate(segments, start=1):
        mask = layered[..., segment.layer] == segment.value
        before = values[mask]
        after = before.copy()
        for old in np.unique(before).tolist():
            joint = (*members[old], number)
            if joint not in ids:
                ids[joint] = max(ids.values()) + 1
                members[ids[joint]] = joint
                if ids[joint] > MOST_IDS:
                    raise InputError(path, "its segments overlap in too many ways to be kept")
            after[before == old] = ids[joint]
        values[mask] = after
    overlaps = {joint: number for joint, number in ids.items() if len(joint) > 1}
    present = set(np.flatnonzero(np.bincount(values.ravel(), minlength=1)).tolist())
    kept = tuple((number, joint) for joint, number in overlaps.items() if number in present)
    return values, known, kept


def one_layer(segments: Sequence[Segment]) -> dict[int, Label]:
    """Id -> label where all segments lie in one layer by their values."""
    return {item.value: Label(item.value, item.name, item.colour) for item in segments}
