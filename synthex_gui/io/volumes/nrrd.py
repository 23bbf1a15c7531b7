"""NRRD and detached NHDR: header and bytes read here, so that shear, frames and sizes are ours.

Format: http://teem.sourceforge.net/nrrd/format.html.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from synthex_gui.geometry.transforms import Matrix
from synthex_gui.io.errors import InputError
from synthex_gui.io.progress import Progress, no_progress
from synthex_gui.io.volumes import payload
from synthex_gui.io.volumes.raw_image import RawImage, checked_affine, checked_shape, refuse_flat

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
MM_PER_UNIT = {"m": 1000.0, "cm": 10.0, "mm": 1.0, "um": 1e-3, "µm": 1e-3, "μm": 1e-3}
# Which way the axes of a named space point; LPS is +left, +posterior, +superior.
AXIS_SIGNS = {"left": 1, "right": -1, "posterior": 1, "anterior": -1, "superior": 1, "inferior": -1}
LETTERS = {word[0].upper(): word for word in AXIS_SIGNS}


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
    sizes = _integers(path, fields, "sizes")
    if len(sizes) != _integers(path, fields, "dimension")[0]:
        raise InputError(path, "its NRRD header is damaged (sizes and dimension disagree)")
    kinds = fields.get("kinds", "").lower().split()
    layers = 1
    if len(sizes) == 4 and kinds[:1] in (["list"], ["vector"], ["3-vector"], ["rgb-color"]):
        if kinds[0] != "list" and sizes[0] > 1:
            raise InputError(path, f"holds a {kinds[0]} a voxel, not a CT or label map")
        layers, sizes = sizes[0], sizes[1:]
    elif len(sizes) == 4 and sizes[3] == 1:
        sizes = sizes[:3]
    if len(sizes) != 3:
        shown = " x ".join(map(str, sizes))
        raise InputError(path, f"is {len(sizes)}-dimensional ({shown}), not one 3-D volume")
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
        (sizes[0], sizes[1], sizes[2]),
        layers,
        np.dtype((">" if endian == "big" else "<") + code),
        encoding != "raw",
        data_bytes,
    )


def read_nrrd(path: Path, progress: Progress = no_progress) -> RawImage:
    """The image, LPS mm. Raises InputError."""
    header = read_header(path)
    affine, warnings = world_from_voxel(path, header)
    warnings += checked_affine(path, affine, header.sizes)
    place = (header.data_path, header.data_offset, header.data_bytes)
    data, more = payload.read_voxels(*place, header.compressed, progress)
    shape = header.sizes[::-1] + ((header.layers,) if header.layers > 1 else ())
    values = data.view(header.dtype).reshape(shape)
    return RawImage(values, affine, warnings + more, header.metadata)


def world_from_voxel(path: Path, header: NrrdHeader) -> tuple[Matrix, tuple[str, ...]]:
    """(4, 4) LPS mm and warnings from space, space directions and space origin."""
    fields = header.fields
    warnings: tuple[str, ...] = ()
    affine = np.eye(4)
    directions = [v for v in _vectors(path, fields.get("space directions", "")) if v is not None]
    if directions:
        if len(directions) != 3:
            raise InputError(path, "its NRRD header is damaged (space directions)")
        affine[:3, :3] = np.array(directions).T
    else:
        numbers = fields.get("spacings", "").split()
        steps = [_number(path, "spacings", text) for text in numbers if text.lower() != "nan"]
        if len(steps) != 3:
            raise InputError(path, "declares neither space directions nor spacings")
        affine[:3, :3] = np.diag(steps)
        warnings += ("has no orientation; axes were taken as left, posterior, superior",)
    origin = _vectors(path, fields.get("space origin", ""))
    if origin and origin[0] is not None:
        affine[:3, 3] = origin[0]
    elif directions:
        warnings += ("has no origin; it was put at 0, 0, 0",)
    units = re.findall(r'"([^"]*)"', fields.get("space units", ""))
    scales = {
        MM_PER_UNIT.get(unit.strip().lower(), 1.0 if not unit.strip() else 0) for unit in units
    }
    if 0 in scales or len(scales) > 1:
        raise InputError(path, f"NRRD space units {fields['space units']} are not supported")
    affine[:3] *= scales.pop() if scales else 1.0
    lps_from_space, known = _space(path, fields.get("space", ""))
    if directions and not known:
        warnings += ("does not say which way its axes point; LPS was assumed",)
    return lps_from_space @ affine + 0.0, warnings


def _space(path: Path, space: str) -> tuple[Matrix, bool]:
    words = space.strip().lower().split("-")
    if len(space.strip()) in (3, 4) and "-" not in space:
        words = [LETTERS.get(letter, "") for letter in space.strip().upper()]
    if words[3:] in (["time"], ["t"]) or len(words) == 4:
        words = words[:3]
    if len(words) == 3 and all(word in AXIS_SIGNS for word in words):
        order = [("left", "right"), ("posterior", "anterior"), ("superior", "inferior")]
        result = np.zeros((4, 4))
        result[3, 3] = 1
        for column, word in enumerate(words):
            row = next(n for n, pair in enumerate(order) if word in pair)
            result[row, column] = AXIS_SIGNS[word]
        if abs(np.linalg.det(result)) != 1:
            raise InputError(path, f"NRRD space {space!r} names an axis twice")
        return result, True
    if space.strip() and not words[0].startswith(("scanner", "3d")):
        raise InputError(path, f"NRRD space {space!r} is not known")
    return np.eye(4), False


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
    text = fields.get(name, fields.get(name.replace(" ", ""), "0"))
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise InputError(path, f"its NRRD header is damaged ({name}: {text[:40]!r})")
    return int(text)


def _integers(path: Path, fields: dict[str, str], name: str) -> tuple[int, ...]:
    words = fields.get(name, "").split()
    if not words or not all(re.fullmatch(r"\d{1,9}", word) for word in words):
        raise InputError(path, f"its NRRD header is damaged ({name}: {fields.get(name)!r})")
    return tuple(int(word) for word in words)


def _number(path: Path, name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise InputError(path, f"its NRRD header is damaged ({name}: {text!r})") from error
    if not math.isfinite(value):
        raise InputError(path, f"its NRRD header is damaged ({name}: {text!r})")
    return value


def _vectors(path: Path, text: str) -> list[list[float] | None]:
    result: list[list[float] | None] = []
    for item in re.findall(r"\([^)]*\)|none", text.lower()):
        if item == "none":
            result.append(None)
            continue
        numbers = [_number(path, "space vector", word) for word in item[1:-1].split(",")]
        if len(numbers) != 3:
            raise InputError(path, f"its NRRD header is damaged (vector {item})")
        result.append(numbers)
    return result
