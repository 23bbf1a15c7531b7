"""A DICOM series, or one multi-frame file, to Hounsfield units on a regular grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.geometry.arrays import Grid, Volume
from synthex_gui.io.errors import InputError, SeriesChoiceError
from synthex_gui.io.volumes.dicom.pixels import PixelFile
from synthex_gui.io.volumes.dicom.resampling import resample
from synthex_gui.io.volumes.dicom.scan import Series, scan
from synthex_gui.io.volumes.dicom.stack import Stack, order
from synthex_gui.io.volumes.hounsfield import HounsfieldStack
from synthex_gui.io.volumes.raw_image import checked_affine, checked_shape


def choose(source: Path, series_uid: str | None, progress: Progress = no_progress) -> Series:
    """The series named, or the only usable one. Raises InputError or SeriesChoiceError."""
    found = scan(source, progress)
    if series_uid is not None:
        named = [series for series in found if series.info.uid == series_uid]
        if not named:
            raise InputError(source, f"holds no series {series_uid}")
        if named[0].info.problem:
            raise InputError(source, named[0].info.problem)
        return named[0]
    usable = [series for series in found if not series.info.problem]
    if len(usable) > 1:
        raise SeriesChoiceError(source, tuple(series.info for series in usable))
    if not usable:
        problems = list(dict.fromkeys(series.info.problem for series in found))
        raise InputError(source, problems[0] if len(problems) == 1 else "; ".join(problems[:3]))
    return usable[0]


def read_dicom(
    source: Path, series_uid: str | None = None, progress: Progress = no_progress
) -> tuple[Volume, tuple[str, ...]]:
    """(volume, warnings) of a folder or a multi-frame file.

    Irregular planes (gap, tilt, varying distance) are resampled where they really lie. Raises
    InputError, SeriesChoiceError.
    """
    series = choose(source, series_uid, progress)
    stack = order(series)
    info = series.info
    checked_shape(source, (info.columns, info.rows, len(stack.planes)), 2)
    values, hu_warnings = _read_planes(source, stack, (info.rows, info.columns), progress)
    warnings = stack.warnings + hu_warnings
    if stack.regular:
        grid = Grid((len(values), info.rows, info.columns), stack.world_from_voxel)
    else:
        values, grid = resample(values, stack.rotation, stack.place_mm, stack.pixel_mm)
    warnings += checked_affine(source, grid.world_from_voxel, grid.shape[::-1])
    return Volume(values, grid), warnings


def _read_planes(
    source: Path, stack: Stack, size: tuple[int, int], progress: Progress
) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    count = len(stack.planes)
    hounsfield = HounsfieldStack(source, (count, *size))
    file: PixelFile | None = None
    unscaled = 0
    for index, plane in enumerate(stack.planes):
        if file is None or file.path != plane.path:
            file = PixelFile(plane.path)
        stored = file.frame(plane.frame)
        if stored.shape != size:
            raise InputError(plane.path, f"its pixels are {stored.shape}, its header says {size}")
        if plane.slope is None:
            unscaled += 1
        slope = 1.0 if plane.slope is None else plane.slope
        if slope == 0:
            raise InputError(plane.path, "its rescale slope is 0")
        hounsfield.put(index, stored, slope, plane.intercept or 0.0, plane.padding)
        progress(index + 1, count, "reading slices")
    warnings = hounsfield.warnings()
    if unscaled:
        warnings += (f"{unscaled} slices have no rescale slope; stored values were taken as HU",)
    return hounsfield.values, warnings
