"""Label maps: ids on their own grid in LPS mm, with a name and a colour for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.core.files import stem
from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.geometry.arrays import Label, LabelMap
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.io.errors import InputError
from synthex_gui.io.labels.colours import default_colour
from synthex_gui.io.labels.schemes import TOTAL, SchemeError, scheme_names
from synthex_gui.io.labels.segments import Overlaps, merged, one_layer, slicer_segments
from synthex_gui.io.labels.table import embedded_labels, find_table, read_table
from synthex_gui.io.labels.totalsegmentator import fits_totalsegmentator, sides
from synthex_gui.io.loaded import LoadedLabels
from synthex_gui.io.volumes.door import LABEL_RATIO, image_kind, read_image, refuse_packed
from synthex_gui.io.volumes.raw_image import RawImage

MAX_LABEL = 65535
# Fewer pairs of sides may lie the other way by chance.
LEAST_SIDES = 2


def read_labels(
    path: Path | str,
    table: Path | str | None = None,
    progress: Progress = no_progress,
    scheme: str | None = None,
) -> LoadedLabels:
    """Read a label map: NIfTI, NRRD (Slicer ``.seg.nrrd`` too), MHA/MHD.

    Names come from `table`, else from one beside the file (see `find_table`), else from the file
    itself (Slicer's segments, a table in NIfTI extensions), else from the `scheme` that the user
    names (see `schemes`; it must fit), else they are ``label-<id>``. Only ids that have voxels are
    kept. Raises InputError.
    """
    source = Path(path).expanduser()
    kind = image_kind(source)
    if kind == "dicom":
        raise InputError(source, "is DICOM; convert the segmentation to NIfTI or NRRD first")
    if scheme is not None:
        try:
            scheme_names(scheme)
        except SchemeError as error:
            raise InputError(source, str(error)) from error
    refuse_packed(source, LABEL_RATIO)
    raw, slope, intercept = read_image(source, kind, progress)
    values, warnings = _to_ids(source, raw.values, slope, intercept)
    segments = slicer_segments(source, raw.metadata)
    overlaps: Overlaps = ()
    if values.ndim == 4:
        values, known, overlaps = merged(source, values, segments)
    else:
        known = one_layer(segments) or embedded_labels(raw.metadata)
    joint = {number for number, _ in overlaps}
    present = tuple(number for number in _present(values) if number and number not in joint)
    # A structure that lies within others altogether has no voxel of its own.
    present = tuple(sorted({*present, *(m for _, members in overlaps for m in members)}))
    if values.min() > 0:
        warnings += ("has no background (no voxel is 0)",)
    if not present:
        raise InputError(source, "holds no label: every voxel is 0")
    known, said, guess = _named(source, known, table, scheme, values, raw.world_from_voxel, present)
    labels, renamed = told_apart(
        known.get(number) or Label(number, "", default_colour(number)) for number in present
    )
    ids = np.ascontiguousarray(values, dtype=np.uint8 if values.max() <= 255 else np.uint16)
    result = LabelMap(ids, RawImage(ids, raw.world_from_voxel).grid, labels, overlaps)
    return LoadedLabels(result, raw.warnings + warnings + said + renamed, stem(source), guess)


def _present(values: NDArray[np.uint16]) -> list[int]:
    return [int(number) for number in np.flatnonzero(np.bincount(values.ravel()))]


def _named(
    path: Path,
    known: dict[int, Label],
    table: Path | str | None,
    scheme: str | None,
    values: NDArray[np.uint16],
    world_from_voxel: Matrix,
    present: tuple[int, ...],
) -> tuple[dict[int, Label], tuple[str, ...], str | None]:
    """(id -> label from the best source there is, warnings, a numbering that fits)."""
    said: tuple[str, ...] = ()
    if table is not None:
        known = {label.id: label for label in read_table(Path(table).expanduser())}
    elif (beside := find_table(path)) is not None:
        try:
            known = {label.id: label for label in read_table(beside)}
        except InputError as error:
            # A scanner's or an archive's notes have the same name as the image they are about.
            text = f"{beside.name} beside it is no table of labels and was left alone"
            said = (f"{text} ({error.reason})",)
    if not known and scheme is not None:
        known = _of_scheme(path, scheme, values, world_from_voxel, present)
    if not known:
        if fits_totalsegmentator(values, world_from_voxel, present):
            # Vertebrae numbered as VerSe does have ids of organs too: a guess is not taken.
            return (
                {},
                (
                    *said,
                    "has no table of names. If its numbers are TotalSegmentator's (v2, total), "
                    f"say so: --label-names {TOTAL}, or put its table beside the file",
                ),
                TOTAL,
            )
        return {}, said, None
    unnamed = [number for number in present if number not in known]
    if unnamed:
        said += (f"{len(unnamed)} labels have no name in the table: {_some(unnamed)}",)
    return known, said, None


def _of_scheme(
    path: Path,
    scheme: str,
    values: NDArray[np.uint16],
    world_from_voxel: Matrix,
    present: tuple[int, ...],
) -> dict[int, Label]:
    """Id -> label of a numbering. Raises InputError where ids or sides say that it is another."""
    names = scheme_names(scheme)
    others = [number for number in present if number not in names]
    if others:
        raise InputError(
            path,
            f"holds {_some(others)}, which {scheme} does not have; name its numbering, or put its "
            "table beside it",
        )
    seen, right_way = sides(values, world_from_voxel, present, names)
    if seen >= LEAST_SIDES and right_way < seen / 2:
        raise InputError(
            path,
            f"has left and right exchanged as {scheme} ({right_way} of {seen} pairs lie right); "
            "another numbering, or a mirrored map",
        )
    return {number: Label(number, name, default_colour(number)) for number, name in names.items()}


def told_apart(labels: Iterable[Label]) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """(labels whose names are there once and not empty, what was changed)."""
    items = list(labels)
    times = Counter(item.name for item in items)
    result = [
        item
        if item.name and times[item.name] == 1
        else replace(item, name=f"{item.name or 'label'}-{item.id}")
        for item in items
    ]
    doubled = sorted(name for name, count in times.items() if name and count > 1)
    if not doubled:
        return tuple(result), ()
    ids = ", ".join(str(item.id) for item in items if item.name == doubled[0])
    return tuple(result), (
        f"{len(doubled)} names stand for several labels ({doubled[0]!r} for {ids}); their numbers "
        "were added",
    )


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


def _some(numbers: list[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:8])
    return shown + (", ..." if len(numbers) > 8 else "")
