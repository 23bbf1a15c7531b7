"""NIfTI-1 and -2 single files (.nii, .nii.gz): header by nibabel, bytes and units by us."""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.io import payload
from synthex_gui.io.errors import InputError
from synthex_gui.io.volumes.raw_image import (
    LPS_FROM_RAS,
    RawImage,
    checked_affine,
    checked_shape,
    refuse_flat,
)

# nifti1.h: NIFTI_UNITS_METER, _MM, _MICRON in the low three bits; 0 is "unknown", read as mm.
MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 1e-3}
TRAILING_SLACK = 1 << 20
# A table of names in an extension is some kilobytes; what is larger is not looked at.
EXTENSIONS = 8 << 20
LABEL_XML = re.compile(
    rb'<Label\s[^>]*?Key="(\d{1,5})"([^>]*)>(?:\s*<!\[CDATA\[(.*?)\]\]>\s*|([^<]*))</Label>'
)
COLOUR_XML = re.compile(rb'(Red|Green|Blue)="([\d.]{1,20})"')


@dataclass(frozen=True)
class NiftiHeader:
    """What a NIfTI header declares; `sizes` (x, y, z), `data_bytes` of voxels after `offset`."""

    header: Any
    sizes: tuple[int, int, int]
    dtype: np.dtype[Any]
    offset: int
    data_bytes: int
    slope: float
    intercept: float


def is_nifti(first: bytes) -> bool:
    """True when these first 540 bytes (inflated) are a NIfTI header."""
    return first[344:347] in (b"n+1", b"ni1") or first[4:7] in (b"n+2", b"ni2")


def read_header(path: Path) -> NiftiHeader:
    """The checked header. Raises InputError: not NIfTI, two files, 4-D, colour, complex."""
    first = payload.head(path, 540)
    if not is_nifti(first):
        raise InputError(path, "is not a NIfTI file")
    version2 = first[4:6] == b"n+" or first[4:6] == b"ni"
    if first[344:347] == b"ni1" or first[4:7] == b"ni2":
        raise InputError(path, "is a two-file NIfTI (.hdr and .img); save it as .nii.gz")
    kind = nib.Nifti2Header if version2 else nib.Nifti1Header
    length = 540 if version2 else 348
    if len(first) < length:
        raise InputError(path, "is cut short inside its header; copy or download it again")
    try:
        header = kind(first[:length], check=False)
        dtype = header.get_data_dtype()
        dims = tuple(int(value) for value in header["dim"])
    except (HeaderDataError, ValueError, KeyError) as error:
        raise InputError(path, f"its NIfTI header is damaged ({error})") from error
    rank = dims[0]
    if not 1 <= rank <= 7:
        raise InputError(path, f"its NIfTI header is damaged (dim[0] = {rank})")
    sizes = dims[1 : rank + 1]
    if len(sizes) > 3 and math.prod(sizes[3:]) != 1:
        shown = " x ".join(map(str, sizes))
        raise InputError(path, f"is {rank}-dimensional ({shown}); save one 3-D volume of it")
    x, y, z = (*sizes[:3], 1, 1, 1)[:3]
    if dtype.kind == "V" or dtype.names:
        raise InputError(path, "is a colour image (RGB), not a CT or label map")
    if dtype.kind not in "iuf":
        raise InputError(path, f"holds {dtype} values, not a CT or label map")
    data_bytes = checked_shape(path, (x, y, z), dtype.itemsize)
    refuse_flat(path, (x, y, z))
    offset = float(header["vox_offset"])
    if not (math.isfinite(offset) and length + 4 <= offset < 1 << 31 and offset == int(offset)):
        raise InputError(path, f"its NIfTI header is damaged (vox_offset = {offset:g})")
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    # nifti1.h: a slope of 0 means that neither slope nor intercept applies.
    if slope == 0 or not math.isfinite(slope):
        slope, intercept = 1.0, 0.0
    if not math.isfinite(intercept):
        raise InputError(path, "its NIfTI header is damaged (scl_inter is not finite)")
    return NiftiHeader(header, (x, y, z), dtype, int(offset), data_bytes, slope, intercept)


def read_nifti(path: Path, progress: Progress = no_progress) -> tuple[RawImage, float, float]:
    """(image, slope, intercept): stored values, not yet scaled. Raises InputError."""
    declared = read_header(path)
    affine, warnings = world_from_voxel(path, declared)
    warnings += checked_affine(path, affine, declared.sizes)
    total = declared.offset + declared.data_bytes
    if payload.is_gzip(path):
        data, extra = payload.read_deflated(path, 0, total, progress, TRAILING_SLACK)
        before = data[: min(declared.offset, EXTENSIONS)].tobytes()
        data = data[declared.offset :]
    else:
        extra = path.stat().st_size - total
        before = payload.head(path, min(declared.offset, EXTENSIONS))
        data = payload.read_raw(path, declared.offset, declared.data_bytes, progress)
    values = data.view(declared.dtype).reshape(declared.sizes[::-1])
    warnings += payload.trailing(extra)
    names = _label_names(before[declared.header.sizeof_hdr :])
    return RawImage(values, affine, warnings, names), declared.slope, declared.intercept


def _label_names(extensions: bytes) -> dict[str, str]:
    """``label:ID`` -> name, ``colour:ID`` -> r,g,b of a table in the header's extensions, in the
    words of Connectome Workbench, which TotalSegmentator writes.
    """
    found = {}
    for number, rest, text, plain in LABEL_XML.findall(extensions):
        name = (text or plain).decode("utf-8", "replace").strip()
        if name:
            found[f"label:{int(number)}"] = html.unescape(name) if plain else name
            shares = dict(COLOUR_XML.findall(rest))
            if len(shares) == 3:
                parts = (shares[key].decode() for key in (b"Red", b"Green", b"Blue"))
                found[f"colour:{int(number)}"] = " ".join(parts)
    return found


def world_from_voxel(path: Path, declared: NiftiHeader) -> tuple[Matrix, tuple[str, ...]]:
    """(4, 4) LPS mm and warnings: sform, else qform, else voxel sizes alone.

    A sheared sform is kept. Raises InputError when neither is usable.
    """
    header = declared.header
    warnings: tuple[str, ...] = ()
    unit = int(header["xyzt_units"]) & 7
    scale = MM_PER_UNIT.get(unit)
    if scale is None:
        raise InputError(path, f"its NIfTI header is damaged (unit of length {unit})")
    with np.errstate(invalid="ignore"):
        sform = header.get_sform() if int(header["sform_code"]) > 0 else None
    qform = _qform(header) if int(header["qform_code"]) > 0 else None
    if qform is not None and not _usable(qform) and sform is None:
        raise InputError(path, "its NIfTI orientation (qform) is damaged")
    if sform is not None and not _usable(sform):
        if qform is None or not _usable(qform):
            raise InputError(path, "its NIfTI orientation (sform) is damaged")
        warnings += ("its sform is damaged; the qform was used",)
        sform = None
    if sform is not None and qform is not None and _usable(qform):
        far = _apart_mm(sform, qform, declared.sizes) * scale
        if far > 0.1:
            warnings += (f"its sform and qform differ by up to {far:.1f} mm; the sform was used",)
    ras = sform if sform is not None else qform
    if ras is None:
        sizes = np.abs(np.asarray(header["pixdim"][1:4], dtype=np.float64))
        if not (np.isfinite(sizes).all() and (sizes > 0).all()):
            raise InputError(path, "declares neither an orientation nor voxel sizes")
        ras = np.diag([*sizes, 1.0])
        warnings += ("has no orientation; rows were taken to run to the right, slices upwards",)
    if scale != 1.0:
        ras = np.diag([scale, scale, scale, 1.0]) @ ras
    return LPS_FROM_RAS @ np.asarray(ras, dtype=np.float64) + 0.0, warnings


def _qform(header: Any) -> Matrix:
    """RAS from voxel by the header's quaternion, as nifti1.h reads it and nibabel refuses to: a
    handedness of 0 counts as 1, a quaternion that rounding made too long is made a unit one.
    """
    imaginary = np.array([header[f"quatern_{axis}"] for axis in "bcd"], dtype=np.float64)
    squared = float(imaginary @ imaginary)
    real = 1.0 - squared
    if real < 1e-7:
        imaginary = imaginary / math.sqrt(squared) if squared > 0 else imaginary
        real = 0.0
    b, c, d = imaginary
    a = math.sqrt(real)
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    sizes = np.array(header["pixdim"][1:4], dtype=np.float64)
    sizes[2] *= -1.0 if float(header["pixdim"][0]) < 0 else 1.0
    result = np.eye(4)
    result[:3, :3] = rotation * sizes
    result[:3, 3] = [header[f"qoffset_{axis}"] for axis in "xyz"]
    return result


def _usable(affine: Matrix) -> bool:
    return bool(np.isfinite(affine).all() and abs(np.linalg.det(affine[:3, :3])) > 1e-18)


def _apart_mm(a: Matrix, b: Matrix, sizes: tuple[int, int, int]) -> float:
    corners = np.array(
        [[i, j, k, 1] for i in (0, sizes[0]) for j in (0, sizes[1]) for k in (0, sizes[2])]
    )
    return float(np.abs(corners @ (a - b).T).max())
