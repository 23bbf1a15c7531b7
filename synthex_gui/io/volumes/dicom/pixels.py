"""Stored pixels of DICOM planes, every byte of them present."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom.dataset import FileMetaDataset
from pydicom.pixels import get_decoder, pixel_array
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from synthex_gui.io.errors import InputError
from synthex_gui.io.volumes.dicom.header import damage_named
from synthex_gui.io.volumes.dicom.values import number_of, value_of, whole_of

# Lossless JPEG and JPEG-LS: pydicom has no decoder of its own, GDCM inside SimpleITK has.
GDCM_SYNTAXES = frozenset(
    {
        "1.2.840.10008.1.2.4.57",
        "1.2.840.10008.1.2.4.70",
        "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.81",
    }
)
# JPEG of 8 and of 12 bits.
JPEG = frozenset({"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"})
PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
WHOLE_NUMBERS = (
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
)


class CannotDecodeError(InputError):
    """A way of compressing that no decoder here knows: no damage, and all files will have it."""


class PixelFile:
    """A DICOM file whose frames are decoded on demand. Raises InputError when it is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with damage_named(path), warnings.catch_warnings():
            # What pydicom warns of (padding, character sets, odd types) is no damage; what is cut
            # off raises.
            warnings.simplefilter("ignore")
            self.data_set: Any = pydicom.dcmread(path, force=True)
            has_pixels = any(name in self.data_set for name in PIXELS)
            for name in WHOLE_NUMBERS:
                if name in self.data_set and not isinstance(value_of(self.data_set, name), int):
                    setattr(self.data_set, name, whole_of(self.data_set, name))
        if not has_pixels:
            raise InputError(path, "holds no pixels; it is cut short, or not an image")
        meta = getattr(self.data_set, "file_meta", None)
        self.syntax = UID(str(getattr(meta, "TransferSyntaxUID", "") or ImplicitVRLittleEndian))
        if meta is None or "TransferSyntaxUID" not in meta:
            # Without a meta group the default syntax holds, or what the reader found.
            self.syntax = (
                ImplicitVRLittleEndian
                if self.data_set.original_encoding[0]
                else ExplicitVRLittleEndian
            )
            self.data_set.file_meta = FileMetaDataset()
            self.data_set.file_meta.TransferSyntaxUID = self.syntax

    def frame(self, index: int = 0) -> NDArray[Any]:
        """(rows, columns) stored values of a frame, or (rows, columns, 3) of a colour image.

        Raises CannotDecodeError, naming what would help, where no decoder knows the compression.
        """
        if self.syntax in GDCM_SYNTAXES:
            return self._by_gdcm(index)
        try:
            decoder = get_decoder(self.syntax)
        except NotImplementedError:
            decoder = None
        if decoder is None or not decoder.is_available:
            what = f"is compressed as {self.syntax.name}, which cannot be decoded here"
            plug_ins = [] if decoder is None else [*decoder.missing_dependencies]
            remedy = f"install {plug_ins[-1].split(' - ')[0]} or " if plug_ins else ""
            raise CannotDecodeError(self.path, f"{what}; {remedy}export it uncompressed")
        try:
            with damage_named(self.path), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result: NDArray[Any] = pixel_array(self.data_set, index=index)
        except InputError:
            # Pillow, which pydicom asks, knows JPEG of 8 bits alone.
            if self.syntax not in JPEG:
                raise
            result = self._by_gdcm(index)
        return result

    def _by_gdcm(self, index: int) -> NDArray[Any]:
        """Stored values: GDCM applies the rescale, so it is taken back."""
        try:
            image = sitk.ReadImage(str(self.path), imageIO="GDCMImageIO")
        except RuntimeError as error:
            raise InputError(self.path, "its pixels cannot be decoded") from error
        values = sitk.GetArrayFromImage(image)
        values = values if values.ndim == 2 else values[index]
        slope = number_of(value_of(self.data_set, "RescaleSlope")) or 1.0
        intercept = number_of(value_of(self.data_set, "RescaleIntercept")) or 0.0
        stored: NDArray[Any] = np.rint((values - intercept) / slope).astype(np.int32)
        return stored
