"""The header of an NRRD or NHDR file: checked before a voxel is read.

Format: http://teem.sourceforge.net/nrrd/format.html. Why not pynrrd: docs/decisions/0040.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from synthex_gui.io import payload
from synthex_gui.io.errors import InputError
from synthex_gui.io.volumes.header_text import one_volume, whole_numbers
from synthex_gui.io.volumes.raw_image import checked_shape, refuse_flat

HEADER_LIMIT = 1 << 20
TYPES = {
    "i1": "signed char, int8, int8_t",
    "u1": "uchar, unsigned char, uint8, uint8_t",
    "i2": "short, short int, signed short, signed short int, int16, int16_t",
    "u2": "ushort, unsigned short, unsigned short int, uint16, uint16_t",
    "i4": "int, signed int, int32, int32_t",
    "u4": "uint, unsigned int, uint32, uint32_t",
    "i8": "longlong, long long, long long int, signed long long, int64, int64_t",
    "u8": "ulonglong, unsigned long long, unsigned long long int, uint64, uint64_t",
    "f4": "float",
    "f8": "double",
}
CODE_OF_TYPE = {name: code for code, names in TYPES.items() for name in names.split(", ")}


@dataclass(frozen=True)
class NrrdHeader:
    """`fields` lower-cased; `metadata` the key:=value lines; `data_path` and `data_offset` say
    where the voxels begin; `sizes` (fastest first) of the domain axes, `layers` beside them.
    """

    fields: dict[str, str]
    metadata: dict[str, str]
    data_path: Path
    data_offset: int
    sizes: tuple[int, int, int]
    layers: int
    dtype: np.dtype[Any]
    compressed: bool
    data_bytes: int


def read_header(path: Path) -> NrrdHeader:
    """The checked header. Raises InputError naming the field that is wrong."""
    fields, metadata, end = _split_header(path)
    code = CODE_OF_TYPE.get(fields.get("type", "").lower())
    if code is None:
        raise InputError(path, f"NRRD type {fields.get('type')!r} is not supported")
    declared = whole_numbers(path, "sizes", fields.get("sizes", ""))
    if len(declared) != whole_numbers(path, "dimension", fields.get("dimension", ""))[0]:
        raise InputError(path, "its header is damaged (sizes and dimension disagree)")
    kinds = fields.get("kinds", "").lower().split()
    layers = 1
    if len(declared) == 4 and kinds[:1] in (["list"], ["vector"], ["3-vector"], ["rgb-color"]):
        # Slicer keeps overlapping segments as a list of layers before the three axes.
        if kinds[0] != "list" and declared[0] > 1:
            raise InputError(path, f"holds a {kinds[0]} a voxel, not a CT or label map")
        layers, declared = declared[0], declared[1:]
    sizes = one_volume(path, declared)
    data_bytes = checked_shape(path, (layers, *sizes), int(code[1]))
    refuse_flat(path, sizes)
    encoding = fields.get("encoding", "").lower()
    if encoding not in ("raw", "gzip", "gz"):
        raise InputError(path, f"NRRD encoding {encoding!r} is not supported; save it as gzip")
    endian = fields.get("endian", "").lower()
    if int(code[1]) > 1 and endian not in ("little", "big"):
        raise InputError(path, "its NRRD header lacks the byte order (endian)")
    data_path, offset = _data_place(path, fields, end, encoding == "raw", data_bytes)
    return NrrdHeader(
        fields,
        metadata,
        data_path,
        offset,
        sizes,
        layers,
        np.dtype((">" if endian == "big" else "<") + code),
        encoding != "raw",
        data_bytes,
    )


def _split_header(path: Path) -> tuple[dict[str, str], dict[str, str], int]:
    try:
        with path.open("rb") as stream:
            first = stream.read(HEADER_LIMIT)
    except OSError as error:
        raise InputError(path, f"cannot be opened ({error.strerror})") from error
    if not first.startswith(b"NRRD000"):
        raise InputError(path, "is not an NRRD file")
    fields: dict[str, str] = {}
    metadata: dict[str, str] = {}
    position = 0
    for line in first.splitlines(keepends=True):
        position += len(line)
        # The voxels follow an empty line: a header that ends without one lost its end.
        if not line.endswith((b"\n", b"\r")):
            raise InputError(path, "is cut short inside its header, or the header is damaged")
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        if not text:
            return fields, metadata, position
        if text.startswith(("#", "NRRD000")):
            continue
        if ":=" in text:
            key, value = text.split(":=", 1)
            metadata[key.strip()] = value.strip()
        elif ":" in text:
            key, value = text.split(":", 1)
            name = " ".join(key.strip().lower().split())
            if name in fields:
                raise InputError(path, f"its NRRD header declares {name!r} twice")
            fields[name] = value.strip()
        else:
            raise InputError(path, f"its NRRD header is damaged (line {text[:40]!r})")
    if "data file" in fields or "datafile" in fields:
        return fields, metadata, position
    raise InputError(path, "is cut short: its NRRD header has no end")


def _data_place(
    path: Path, fields: dict[str, str], end: int, raw: bool, count: int
) -> tuple[Path, int]:
    name = fields.get("data file", fields.get("datafile"))
    source = path
    offset = end
    if name is not None:
        if name.upper().startswith("LIST") or "%" in name:
            raise InputError(path, "spreads its slices over several files; save it as one .nrrd")
        source, offset = payload.sibling(path, name), 0
    if _skip(path, fields, "line skip") != 0:
        raise InputError(path, "NRRD line skip is not supported")
    skip = _skip(path, fields, "byte skip")
    if skip == -1 and raw:
        return source, max(0, source.stat().st_size - count)
    if skip < 0 or (skip and not raw):
        raise InputError(path, f"NRRD byte skip {skip} is not supported")
    return source, offset + skip


def _skip(path: Path, fields: dict[str, str], name: str) -> int:
    # The format allows both "byte skip" and "byteskip".
    return whole_numbers(path, name, fields.get(name, fields.get(name.replace(" ", ""), "0")))[0]
