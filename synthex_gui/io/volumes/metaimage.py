"""MetaImage (.mha, .mhd): header and bytes read here, so that sizes and data files are checked.

Format: https://itk.org/Wiki/ITK/MetaIO/Documentation. World frame: ITK's, which is LPS mm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.io import payload
from synthex_gui.io.errors import InputError
from synthex_gui.io.volumes.header_text import one_volume, real_numbers, whole_numbers
from synthex_gui.io.volumes.raw_image import RawImage, checked_affine, checked_shape, refuse_flat

HEADER_LIMIT = 1 << 16
TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_LONG_LONG": "i8",
    "MET_ULONG_LONG": "u8",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}


@dataclass(frozen=True)
class MetaHeader:
    """`fields` by lower-cased name; where the voxels are and how many bytes of them."""

    fields: dict[str, str]
    data_path: Path
    data_offset: int
    sizes: tuple[int, int, int]
    dtype: np.dtype[Any]
    compressed: bool
    data_bytes: int


def read_header(path: Path) -> MetaHeader:
    """The checked header. Raises InputError naming the field that is wrong."""
    fields, end = _split_header(path)
    if fields.get("objecttype", "image").lower() != "image":
        raise InputError(path, f"is a MetaIO {fields['objecttype']}, not an image")
    if _number(path, fields, "elementnumberofchannels", "1") != 1:
        raise InputError(path, "is a colour or vector image, not a CT or label map")
    code = TYPES.get(fields.get("elementtype", "").upper())
    if code is None:
        raise InputError(path, f"element type {fields.get('elementtype')!r} is not supported")
    declared = whole_numbers(path, "DimSize", fields.get("dimsize", ""))
    if len(declared) != _number(path, fields, "ndims"):
        raise InputError(path, "its header is damaged (DimSize and NDims disagree)")
    sizes = one_volume(path, declared)
    data_bytes = checked_shape(path, sizes, int(code[1]))
    refuse_flat(path, sizes)
    if not _truth(fields.get("binarydata", "True")):
        raise InputError(path, "holds its voxels as text; save it with binary data")
    big = _truth(fields.get("binarydatabyteordermsb", fields.get("elementbyteordermsb", "False")))
    name = fields["elementdatafile"]
    source, offset = path, end
    if name.upper() != "LOCAL":
        if name.upper().startswith("LIST") or "%" in name:
            raise InputError(path, "spreads its slices over several files; save it as one .mha")
        source, offset = payload.sibling(path, name), 0
        skip = _number(path, fields, "headersize", "0")
        # -1: the voxels are the last bytes of the file, whatever stands before them.
        offset = max(0, source.stat().st_size - data_bytes) if skip == -1 else skip
        if offset < 0:
            raise InputError(path, f"its header is damaged (HeaderSize = {skip})")
    return MetaHeader(
        fields,
        source,
        offset,
        sizes,
        np.dtype((">" if big else "<") + code),
        _truth(fields.get("compresseddata", "False")),
        data_bytes,
    )


def read_metaimage(path: Path, progress: Progress = no_progress) -> RawImage:
    """The image, LPS mm. Raises InputError."""
    header = read_header(path)
    affine, warnings = world_from_voxel(path, header)
    warnings += checked_affine(path, affine, header.sizes)
    place = (header.data_path, header.data_offset, header.data_bytes)
    data, more = payload.read_voxels(*place, header.compressed, progress)
    return RawImage(data.view(header.dtype).reshape(header.sizes[::-1]), affine, warnings + more)


def world_from_voxel(path: Path, header: MetaHeader) -> tuple[Matrix, tuple[str, ...]]:
    """(4, 4) LPS mm and warnings from TransformMatrix, Offset and ElementSpacing."""
    fields = header.fields
    warnings: tuple[str, ...] = ()
    spacing_text = fields.get("elementspacing", fields.get("elementsize"))
    if spacing_text is None:
        raise InputError(path, "declares no voxel size (ElementSpacing)")
    steps = real_numbers(path, "ElementSpacing", spacing_text.split())
    matrix_text = next(
        (fields[name] for name in ("transformmatrix", "rotation", "orientation") if name in fields),
        None,
    )
    rank = _number(path, fields, "ndims")
    if matrix_text is None:
        axes = np.eye(rank)
        warnings += ("has no orientation; axes were taken as left, posterior, superior",)
    else:
        numbers = real_numbers(path, "TransformMatrix", matrix_text.split())
        if len(numbers) != rank * rank:
            raise InputError(path, "its header is damaged (TransformMatrix)")
        # Written axis by axis: the first numbers are the direction of i.
        axes = np.array(numbers).reshape(rank, rank).T
    origin_text = next(
        (fields[name] for name in ("offset", "origin", "position") if name in fields), None
    )
    origin = real_numbers(path, "Offset", origin_text.split()) if origin_text else [0.0] * rank
    if origin_text is None:
        warnings += ("has no origin; it was put at 0, 0, 0",)
    if len(steps) < 3 or len(origin) < 3:
        raise InputError(path, "its header is damaged (Offset or ElementSpacing)")
    if min(steps[:3]) <= 0:
        raise InputError(path, f"voxel size {steps[:3]} mm is not possible")
    affine = np.eye(4)
    affine[:3, :3] = axes[:3, :3] * np.array(steps[:3])
    affine[:3, 3] = origin[:3]
    return affine + 0.0, warnings


def _split_header(path: Path) -> tuple[dict[str, str], int]:
    try:
        with path.open("rb") as stream:
            first = stream.read(HEADER_LIMIT)
    except OSError as error:
        raise InputError(path, f"cannot be opened ({error.strerror})") from error
    fields: dict[str, str] = {}
    position = 0
    # The voxels begin right after the line ElementDataFile = LOCAL, without an empty line.
    for line in first.split(b"\n"):
        position += len(line) + 1
        text = line.decode("utf-8", errors="replace").strip()
        if not text:
            continue
        key, separator, value = text.partition("=")
        name = key.strip().lower()
        if not separator or not re.fullmatch(r"[A-Za-z0-9_ ().-]{1,80}", name):
            break
        if name in fields:
            raise InputError(path, f"its header declares {key.strip()} twice")
        fields[name] = value.strip()
        if name == "elementdatafile":
            return fields, position
    if "ndims" not in fields:
        raise InputError(path, "is not a MetaImage file")
    raise InputError(path, "is cut short: its header names no data (ElementDataFile)")


def _number(path: Path, fields: dict[str, str], name: str, default: str = "") -> int:
    return whole_numbers(path, name, fields.get(name, default))[0]


def _truth(text: str) -> bool:
    return text.strip().lower() in ("true", "1", "yes")
