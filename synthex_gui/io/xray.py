"""A real radiograph to look at or compare with: DICOM DX, CR, XA, RF, or PNG and TIFF.

`XrayImage.pixels` always grows with the detector's signal: air bright, bone dark.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.io import payload
from synthex_gui.io.errors import InputError, not_there
from synthex_gui.io.loaded import XrayImage
from synthex_gui.io.volumes.dicom.header import damage_named
from synthex_gui.io.volumes.dicom.kinds import KINDS
from synthex_gui.io.volumes.dicom.pixels import PixelFile

MAX_PIXELS = 100_000_000
MODALITIES = ("DX", "CR", "XA", "RF", "MG", "PX", "IO")
# Fluoroscopy is stored as it is shown, bone dark; a radiograph is shown with bone bright.
BONE_DARK = ("XA", "RF")


def read_xray(
    path: Path | str,
    frame: int = 0,
    bone_is_bright: bool = False,
    progress: Progress = no_progress,
) -> XrayImage:
    """One frame of a radiograph or fluoroscopy run.

    `bone_is_bright` concerns PNG and TIFF, which do not say what they show. Raises InputError for
    other kinds of image, colour, damage, or a frame that is not there.
    """
    source = Path(path).expanduser()
    if not source.is_file():
        raise not_there(source)
    first = payload.head(source, 132)
    progress(0, 1, "reading")
    if first[128:132] == b"DICM" or source.suffix.lower() == ".dcm":
        with damage_named(source):
            return _read_dicom(source, frame)
    if first.startswith((b"\x89PNG", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return _read_picture(source, first, frame, bone_is_bright)
    raise InputError(source, "is not a radiograph this program reads (DICOM, PNG or TIFF)")


def _read_dicom(path: Path, frame: int) -> XrayImage:
    file = PixelFile(path)
    header = file.data_set
    modality = str(header.get("Modality", "") or "")
    if modality not in MODALITIES:
        what = KINDS.get(modality, f"of modality {modality!r}")
        raise InputError(path, f"is {what}, not a radiograph")
    photometric = str(header.get("PhotometricInterpretation", ""))
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise InputError(path, f"is a colour image ({photometric}), not a radiograph")
    frames = int(header.get("NumberOfFrames", 1) or 1)
    _check_frame(path, frame, frames)
    _check_size(path, int(header.get("Columns", 0) or 0), int(header.get("Rows", 0) or 0))
    stored = file.frame(frame).astype(np.float32)
    bits = int(header.get("BitsStored", 16) or 16)
    low = -(2.0 ** (bits - 1)) if int(header.get("PixelRepresentation", 0) or 0) else 0.0
    pixels = np.clip((stored - low) / (2.0**bits - 1), 0, 1)
    sign = header.get("PixelIntensityRelationshipSign")
    if sign in (1, -1):
        grows = sign == 1
    else:
        # Both are shown the same way: what MONOCHROME1 draws dark, MONOCHROME2 holds small.
        shown_bright = photometric == "MONOCHROME2"
        grows = shown_bright == (modality in BONE_DARK)
    relationship = str(header.get("PixelIntensityRelationship", "") or "")
    linear = relationship == "LIN" or (not relationship and modality in BONE_DARK)
    warnings: tuple[str, ...] = ()
    if not relationship:
        warnings = ("does not say how its values follow the signal; the usual one was assumed",)
    return XrayImage(
        np.ascontiguousarray(pixels if grows else 1 - pixels, dtype=np.float32),
        "linear" if linear else "log",
        _spacing(header),
        frames,
        warnings,
        path.stem,
    )


def _spacing(header: Any) -> tuple[float, float] | None:
    for name in ("ImagerPixelSpacing", "PixelSpacing"):
        try:
            rows, columns = (float(value) for value in header.get(name))
        except (TypeError, ValueError):
            continue
        if all(math.isfinite(value) and 1e-3 < value < 10 for value in (rows, columns)):
            return rows, columns
    return None


def _read_picture(path: Path, first: bytes, frame: int, bone_is_bright: bool) -> XrayImage:
    frames = 1
    if first.startswith(b"\x89PNG"):
        values = _read_png(path)
    else:
        values, frames = _read_tiff(path, frame)
    _check_frame(path, frame, frames)
    if values.ndim == 3 and values.shape[2] in (3, 4):
        if not (values[..., :1] == values[..., :3]).all():
            raise InputError(path, "is a colour picture, not a radiograph")
        values = values[..., 0]
    if values.ndim != 2:
        raise InputError(path, f"has {values.ndim} dimensions, a radiograph has 2")
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise InputError(path, "holds pixels that are not finite numbers")
        pixels = values.astype(np.float32)
        top = float(pixels.max())
    elif values.dtype.kind == "u":
        pixels = values.astype(np.float32) / np.float32(np.iinfo(np.dtype(values.dtype)).max)
        top = 1.0
    else:
        raise InputError(path, f"holds {values.dtype} pixels; save it with 8 or 16 bits")
    if bone_is_bright:
        pixels = np.float32(top) - pixels
    warnings = ("does not say how its values follow the signal; linear was assumed",)
    kind: Literal["linear", "log"] = "log" if bone_is_bright else "linear"
    return XrayImage(
        np.ascontiguousarray(pixels),
        kind,
        None,
        frames,
        () if bone_is_bright else warnings,
        path.stem,
    )


def _read_png(path: Path) -> NDArray[Any]:
    try:
        with Image.open(path, formats=["PNG"]) as image:
            _check_size(path, *image.size)
            if image.mode not in ("L", "I;16", "I", "RGB", "RGBA", "LA"):
                raise InputError(path, f"is a PNG of mode {image.mode}; save it as grey values")
            values = np.asarray(image)
            if image.mode == "LA":
                values = values[..., 0]
    except Image.DecompressionBombError as error:
        raise InputError(path, "declares more pixels than any radiograph has") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise InputError(path, "is damaged or cut short; copy it again") from error
    return values.astype(np.uint16) if values.dtype == np.int32 else values


def _read_tiff(path: Path, frame: int) -> tuple[NDArray[Any], int]:
    try:
        with tifffile.TiffFile(path) as image:
            frames = len(image.pages)
            _check_frame(path, frame, frames)
            page = image.pages[frame]
            _check_size(path, int(page.shape[1]), int(page.shape[0]))
            values: NDArray[Any] = page.asarray()
            return values, frames
    except InputError:
        raise
    except Exception as error:
        raise InputError(path, "is damaged or cut short; copy it again") from error


def _check_frame(path: Path, frame: int, frames: int) -> None:
    if not 0 <= frame < frames:
        raise InputError(path, f"has {frames} frame(s), counted from 0; there is no frame {frame}")


def _check_size(path: Path, width: int, height: int) -> None:
    if width < 2 or height < 2 or width * height > MAX_PIXELS:
        raise InputError(path, f"declares {width} x {height} pixels, which is no radiograph")
