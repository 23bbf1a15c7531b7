"""Synthetic CT series: what a scanner writes, and what goes wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, generate_uid

ROWS, COLUMNS = 24, 20
PIXEL_MM = (0.9, 0.7)
SPACING_MM = 1.5


def scene(points: np.ndarray) -> np.ndarray:
    """HU at world points (..., 3): linear in each axis, so that interpolation is exact."""
    return -300 + 9.0 * points[..., 0] - 7.0 * points[..., 1] + 5.0 * points[..., 2]


def plane_points(position: np.ndarray, orientation: np.ndarray) -> np.ndarray:
    """(ROWS, COLUMNS, 3) world positions of a plane's pixels."""
    row, column = orientation[:3], orientation[3:]
    i, j = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))
    return (
        np.asarray(position)
        + i[..., None] * PIXEL_MM[1] * np.asarray(row)
        + j[..., None] * PIXEL_MM[0] * np.asarray(column)
    )


def ct_slice(
    path: Path,
    position: Any,
    number: int,
    series_uid: str,
    orientation: Any = (1, 0, 0, 0, 1, 0),
    slope: float = 1.0,
    intercept: float = -1024.0,
    values: np.ndarray | None = None,
    **changes: Any,
) -> FileDataset:
    """Write one slice; `changes` set any element, None deletes it."""
    orientation = np.asarray(orientation, float)
    if values is None:
        values = scene(plane_points(np.asarray(position, float), orientation))
    stored = np.rint((values - intercept) / slope).astype(np.int16)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[series_uid, str(path)])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    item = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    item.SOPClassUID = CTImageStorage
    item.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    item.Modality = "CT"
    item.PatientName = "Secret^Name"
    item.SeriesInstanceUID = series_uid
    item.SeriesDescription = "test"
    item.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    item.InstanceNumber = number
    item.ImagePositionPatient = [f"{value:.6f}" for value in position]
    item.ImageOrientationPatient = [f"{value:.8f}" for value in orientation]
    item.PixelSpacing = list(PIXEL_MM)
    item.Rows, item.Columns = stored.shape[:2]
    item.SamplesPerPixel = 1
    item.PhotometricInterpretation = "MONOCHROME2"
    item.BitsAllocated = item.BitsStored = 16
    item.HighBit = 15
    item.PixelRepresentation = 1
    item.RescaleSlope, item.RescaleIntercept = str(slope), str(intercept)
    item.PixelData = stored.tobytes()
    for name, value in changes.items():
        if value is None:
            delattr(item, name)
        else:
            setattr(item, name, value)
    item.save_as(path, enforce_file_format=True)
    return item


def series(
    folder: Path,
    heights: Any = None,
    shear: tuple[float, float] = (0.0, 0.0),
    uid: str = "1.2.3.4",
    orientation: Any = (1, 0, 0, 0, 1, 0),
    **changes: Any,
) -> None:
    """Slices at heights along the normal; `shear` moves each sideways by that much a mm."""
    folder.mkdir(exist_ok=True)
    orientation = np.asarray(orientation, float)
    normal = np.cross(orientation[:3], orientation[3:])
    heights = np.arange(12) * SPACING_MM if heights is None else np.asarray(heights)
    for number, height in enumerate(heights):
        sideways = shear[0] * orientation[:3] + shear[1] * orientation[3:]
        position = np.array([-5.0, 7.0, 100.0]) + height * (normal + sideways)
        # Names that sort against the order in space.
        name = f"{(number * 7) % 101:03d}_{uid[-1]}.dcm"
        ct_slice(folder / name, position, number + 1, uid, orientation, **changes)


def enhanced(path: Path, count: int = 10) -> None:
    """One multi-frame file; frames are stored from the top down, each with its own rescale."""
    first = ct_slice(path, (0, 0, 0), 1, "1.2.3.9")
    first.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    first.SOPClassUID = EnhancedCTImageStorage
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(first, name)
    for name in ("RescaleSlope", "RescaleIntercept"):
        delattr(first, name)
    orientation = np.array([1.0, 0, 0, 0, 1, 0])
    frames, groups = [], []
    for index in range(count):
        position = np.array([-5.0, 7.0, 100.0 + SPACING_MM * (count - 1 - index)])
        slope, intercept = 1.0 + (index % 2), -1024.0 - index
        hu = scene(plane_points(position, orientation))
        frames.append(np.rint((hu - intercept) / slope).astype(np.int16))
        group = pydicom.Dataset()
        place, change = pydicom.Dataset(), pydicom.Dataset()
        place.ImagePositionPatient = [float(value) for value in position]
        change.RescaleSlope, change.RescaleIntercept = slope, intercept
        group.PlanePositionSequence = [place]
        group.PixelValueTransformationSequence = [change]
        groups.append(group)
    shared, turn, measure = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
    turn.ImageOrientationPatient = orientation.tolist()
    measure.PixelSpacing = list(PIXEL_MM)
    shared.PlaneOrientationSequence = [turn]
    shared.PixelMeasuresSequence = [measure]
    first.SharedFunctionalGroupsSequence = [shared]
    first.PerFrameFunctionalGroupsSequence = groups
    first.NumberOfFrames = count
    first.PixelData = np.array(frames).tobytes()
    first.save_as(path, enforce_file_format=True)
