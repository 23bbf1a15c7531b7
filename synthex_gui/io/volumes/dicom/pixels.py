"""Stored pixels of DICOM planes, every byte of them present."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom.pixels import pixel_array

from synthex_gui.io.errors import InputError
from synthex_gui.io.volumes.dicom.header import damage_named

# Lossless JPEG and JPEG-LS: pydicom has no decoder of its own, GDCM inside SimpleITK has.
GDCM_SYNTAXES = frozenset(
    {
        "1.2.840.10008.1.2.4.57",
        "1.2.840.10008.1.2.4.70",
        "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.81",
    }
)


class PixelFile:
    """A DICOM file whose frames are decoded on demand. Raises InputError when it is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with damage_named(path), warnings.catch_warnings():
            warnings.simplefilter("error")
            self.data_set: Any = pydicom.dcmread(path, force=True)
            has_pixels = "PixelData" in self.data_set
        if not has_pixels:
            raise InputError(path, "holds no pixels; it is cut short, or not an image")
        meta = getattr(self.data_set, "file_meta", None)
        self.syntax = str(getattr(meta, "TransferSyntaxUID", ""))

    def frame(self, index: int = 0) -> NDArray[Any]:
        """(rows, columns) stored values of a frame, or (rows, columns, 3) of a colour image."""
        if self.syntax in GDCM_SYNTAXES:
            return self._by_gdcm(index)
        with damage_named(self.path), warnings.catch_warnings():
            warnings.simplefilter("error")
            result: NDArray[Any] = pixel_array(self.data_set, index=index)
        return result

    def _by_gdcm(self, index: int) -> NDArray[Any]:
        """Stored values: GDCM applies the rescale, so it is taken back."""
        try:
            image = sitk.ReadImage(str(self.path), imageIO="GDCMImageIO")
        except RuntimeError as error:
            raise InputError(self.path, "its pixels cannot be decoded") from error
        values = sitk.GetArrayFromImage(image)
        values = values if values.ndim == 2 else values[index]
        slope = float(self.data_set.get("RescaleSlope", 1) or 1)
        intercept = float(self.data_set.get("RescaleIntercept", 0) or 0)
        stored: NDArray[Any] = np.rint((values - intercept) / slope).astype(np.int32)
        return stored
