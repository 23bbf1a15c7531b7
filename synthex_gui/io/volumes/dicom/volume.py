"""A DICOM series, or one multi-frame file, to Hounsfield units on a regular grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.geometry.arrays import Grid, Volume
from synthex_gui.io.errors import IncompleteSeriesError, InputError, SeriesChoiceError, named
from synthex_gui.io.volumes.dicom.pixels import CannotDecodeError, PixelFile
from synthex_gui.io.volumes.dicom.resampling import resample
from synthex_gui.io.volumes.dicom.scan import Series, Unreadable, scan
from synthex_gui.io.volumes.dicom.stack import Stack, order
from synthex_gui.io.volumes.hounsfield import HounsfieldStack
from synthex_gui.io.volumes.raw_image import checked_affine, checked_shape


def read_dicom(
    source: Path,
    series_uid: str | None = None,
    progress: Progress = no_progress,
    is_incomplete_accepted: bool = False,
    mend: tuple[float, float] = (1.0, 0.0),
) -> tuple[Volume, tuple[str, ...], tuple[float, float] | None]:
    """(volume, warnings, what would mend its HU) of a folder or a multi-frame file; `mend`:
    (slope, offset) put upon them.

    Irregular planes (gap, tilt, varying distance) are resampled where they really lie. Raises
    InputError, SeriesChoiceError, and IncompleteSeriesError naming the files of the series that
    cannot be read, unless it is accepted: then they are left out, with a warning.
    """
    found = scan(source, progress)
    series = choose(source, series_uid, found)
    stack = order(series)
    info = series.info
    checked_shape(source, (info.columns, info.rows, len(stack.planes)), 2)
    read = _read_planes(source, stack, (info.rows, info.columns), progress, mend)
    broken = (*series.unreadable, *read.broken)
    warnings: tuple[str, ...] = ()
    if broken:
        if not is_incomplete_accepted:
            total = len(series.planes) + len(series.unreadable)
            raise IncompleteSeriesError(source, broken, total, info.uid)
        warnings += (f"{len(broken)} files could not be read and are left out: {named(broken)}",)
        lost = {path for path, _ in read.broken}
        kept = tuple(plane for plane in series.planes if plane.path not in lost)
        series = Series(series.info, kept, series.remarks)
        if len(kept) < 2:
            raise InputError(source, f"hardly a slice can be read: {named(broken)}")
        stack = order(series)
        read = _read_planes(source, stack, (info.rows, info.columns), progress, mend)
    warnings += (*series.remarks, *_left_out(series, found), *stack.warnings, *read.warnings)
    values = read.values
    if stack.regular:
        grid = Grid((len(values), info.rows, info.columns), stack.world_from_voxel)
    else:
        values, grid = resample(values, stack.rotation, stack.place_mm, stack.pixel_mm)
    warnings += checked_affine(source, grid.world_from_voxel, grid.shape[::-1])
    return Volume(values, grid), warnings, read.mend


def choose(source: Path, series_uid: str | None, found: Sequence[Series]) -> Series:
    """The series named, or the only usable one. Raises InputError or SeriesChoiceError."""
    if series_uid is not None:
        chosen = [series for series in found if series.info.uid == series_uid]
        if not chosen:
            raise InputError(source, f"holds no series {series_uid}")
        if chosen[0].info.problem:
            raise InputError(source, chosen[0].info.problem)
        return chosen[0]
    usable = [series for series in found if not series.info.problem]
    if len(usable) > 1:
        raise SeriesChoiceError(source, tuple(series.info for series in usable))
    if not usable:
        problems = list(dict.fromkeys(series.info.problem for series in found))
        raise InputError(source, problems[0] if len(problems) == 1 else "; ".join(problems[:3]))
    return usable[0]


@dataclass(frozen=True, eq=False)
class _Read:
    values: NDArray[np.int16]
    broken: tuple[Unreadable, ...]
    warnings: tuple[str, ...]
    mend: tuple[float, float] | None = None


def _read_planes(
    source: Path,
    stack: Stack,
    size: tuple[int, int],
    progress: Progress,
    mend: tuple[float, float],
) -> _Read:
    """All planes; of those that cannot be read the files, and nothing else then."""
    count = len(stack.planes)
    hounsfield = HounsfieldStack(source, (count, *size), mend)
    file: PixelFile | None = None
    unscaled = 0
    broken: dict[Path, str] = {}
    for index, plane in enumerate(stack.planes):
        progress(index + 1, count, "reading slices")
        if plane.path in broken:
            continue
        try:
            if file is None or file.path != plane.path:
                file = PixelFile(plane.path)
            stored = file.frame(plane.frame)
        except CannotDecodeError:
            raise
        except InputError as error:
            broken[plane.path] = error.reason
            continue
        if stored.shape != size:
            broken[plane.path] = f"its pixels are {stored.shape}, its header says {size}"
            continue
        slope = 1.0 if plane.slope is None else plane.slope
        if slope == 0:
            raise InputError(plane.path, "its rescale slope is 0")
        unscaled += plane.slope is None
        hounsfield.put(index, stored, slope, plane.intercept or 0.0, plane.padding)
    if broken:
        return _Read(hounsfield.values, tuple(broken.items()), ())
    warnings = hounsfield.warnings()
    if unscaled:
        warnings += (f"{unscaled} slices have no rescale slope; stored values were taken as HU",)
    return _Read(hounsfield.values, (), warnings, hounsfield.mend)


def _left_out(series: Series, found: Sequence[Series]) -> tuple[str, ...]:
    """What else lies in the folder and is not part of the volume."""
    folder = {plane.path.parent for plane in series.planes}
    said = [
        f"left out: {other.info.slices} {'image' if other.info.slices == 1 else 'images'} "
        f"({other.info.problem.removeprefix('is ')})"
        for other in found
        if other is not series
        and other.info.problem
        and folder & {plane.path.parent for plane in other.planes}
    ]
    return tuple(dict.fromkeys(said))
