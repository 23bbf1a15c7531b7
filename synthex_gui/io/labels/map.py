"""Label maps: ids on their own grid in LPS mm, with a name and a colour for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.core.files import stem
from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.geometry.arrays import Label, LabelMap
from synthex_gui.io.errors import InputError
from synthex_gui.io.labels.colours import default_colour
from synthex_gui.io.labels.table import find_table, read_table, slicer_segments
from synthex_gui.io.labels.totalsegmentator import TOTAL_V2, fits_totalsegmentator
from synthex_gui.io.loaded import LoadedLabels
from synthex_gui.io.volumes.door import image_kind, read_image
from synthex_gui.io.volumes.raw_image import RawImage

MAX_LABEL = 65535


def read_labels(
    path: Path | str, table: Path | str | None = None, progress: Progress = no_progress
) -> LoadedLabels:
    """Read a label map: NIfTI, NRRD (Slicer ``.seg.nrrd`` too), MHA/MHD.

    Names come from `table`, else a ``.csv`` or ``.json`` of the same stem beside the file, else
    Slicer's segment metadata, else TotalSegmentator v2 "total" when ids and sides fit it (see
    `fits_totalsegmentator`), else ``label-<id>``. Only ids that have voxels are kept.
    Raises InputError.
    """
    source = Path(path).expanduser()
    kind = image_kind(source)
    if kind == "dicom":
        raise InputError(source, "is DICOM; convert the segmentation to NIfTI or NRRD first")
    raw, slope, intercept = read_image(source, kind, progress)
    values, warnings = _to_ids(source, raw.values, slope, intercept)
    segments = slicer_segments(source, raw.metadata)
    known: dict[int, Label] = {}
    if values.ndim == 4:
        values, known, merged = _merge_layers(source, values, segments)
        warnings += merged
    elif segments:
        known = {value: Label(value, name, colour) for _, value, name, colour in segments}
    present = tuple(int(label) for label in np.flatnonzero(np.bincount(values.ravel()))[1:])
    if values.size and values.min() > 0:
        present = tuple(int(label) for label in np.unique(values))
        warnings += ("has no background (no voxel is 0)",)
    if not present:
        raise InputError(source, "holds no label: every voxel is 0")
    table_path = Path(table).expanduser() if table is not None else find_table(source)
    if table_path is not None:
        known = {label.id: label for label in read_table(table_path)}
    elif not known and fits_totalsegmentator(values, raw.world_from_voxel, present):
        known = {
            number: Label(number, name, default_colour(number))
            for number, name in enumerate(TOTAL_V2, start=1)
        }
        warnings += ("has no table of names; TotalSegmentator's numbering (v2, total) was used",)
    unnamed = [number for number in present if number not in known]
    if unnamed and known:
        warnings += (f"{len(unnamed)} labels have no name in the table: {_some(unnamed)}",)
    labels = tuple(
        known.get(number) or Label(number, f"label-{number}", default_colour(number))
        for number in present
    )
    dtype = np.uint8 if present[-1] <= 255 else np.uint16
    ids = np.ascontiguousarray(values, dtype=dtype)
    result = LabelMap(ids, RawImage(ids, raw.world_from_voxel).grid, labels)
    return LoadedLabels(result, raw.warnings + warnings, stem(source))


def _to_ids(
    path: Path, stored: NDArray[Any], slope: float, intercept: float
) -> tuple[NDArray[np.uint16], tuple[str, ...]]:
    plain = slope == 1.0 and intercept == 0.0
    result = np.empty(stored.shape, np.uint16)
    for index, layer in enumerate(stored):
        # Slice by slice: a float64 copy of the whole map would be eight times its size.
        numbers = layer if plain else layer * slope + intercept
        if numbers.dtype.kind == "f":
            whole = np.rint(numbers)
            # A scale that was stored in float32 leaves whole numbers a little beside themselves.
            if not (np.abs(numbers - whole) < 1e-4).all():
                raise InputError(path, "holds fractions; a label map needs whole numbers")
            numbers = whole
        if numbers.min() < 0 or numbers.max() > MAX_LABEL:
            raise InputError(
                path,
                f"holds values from {numbers.min():g} to {numbers.max():g}; labels run from 0 to "
                f"{MAX_LABEL} (is it a CT?)",
            )
        result[index] = numbers
    return result, ()


def _merge_layers(
    path: Path, layered: NDArray[np.uint16], segments: tuple[tuple[int, int, str, str], ...]
) -> tuple[NDArray[np.uint16], dict[int, Label], tuple[str, ...]]:
    """Overlapping segments to one map: renumbered in order, a later one wins where two overlap."""
    if not segments:
        raise InputError(path, "holds several layers without names; save one label map")
    values = np.zeros(layered.shape[:3], np.uint16)
    known = {}
    overlap = 0
    for number, (layer, value, name, colour) in enumerate(segments, start=1):
        if layer >= layered.shape[3]:
            raise InputError(path, f"its segment {name!r} names a layer that is not there")
        mask = layered[..., layer] == value
        overlap += int((values[mask] > 0).sum())
        values[mask] = number
        known[number] = Label(number, name, colour)
    warnings: tuple[str, ...] = (
        "its segments lie in several layers; they were renumbered in order",
    )
    if overlap:
        warnings += (f"{overlap} voxels belong to several segments; the last one was kept",)
    return values, known, warnings


def _some(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:8])
    return shown + (", ..." if len(numbers) > 8 else "")
