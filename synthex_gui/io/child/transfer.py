"""What a reader process hands back: JSON for the small things, one raw file an array. No pickle.

Only the types listed here pass, and an array's file must have exactly the size that its shape
says, so a reader that was led astray cannot hand over more than wrong numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.arrays import Grid, Label, LabelMap, Landmark, Mesh, Volume
from synthex_gui.io.errors import (
    IncompleteSeriesError,
    InputError,
    MeshUnitError,
    ReaderCrashedError,
    SeriesChoiceError,
)
from synthex_gui.io.loaded import (
    LoadedLabels,
    LoadedLandmarks,
    LoadedMesh,
    LoadedVolume,
    SeriesInfo,
    XrayImage,
)

TYPES: Mapping[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        Grid,
        Label,
        LabelMap,
        Landmark,
        LoadedLabels,
        LoadedLandmarks,
        LoadedMesh,
        LoadedVolume,
        Mesh,
        SeriesInfo,
        Volume,
        XrayImage,
    )
}
DTYPES = frozenset({"|u1", "<u2", "<i2", "<i4", "<i8", "<f4", "<f8"})


def pack(value: Any, folder: Path) -> Any:
    """A value as JSON can hold it; its arrays go to numbered files in `folder`.

    Raises TypeError for a type that is not listed.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.ndarray):
        # MetaImage and NRRD may be big-endian; what arrives has one order.
        plain = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
        number = sum(1 for _ in folder.glob("*.raw"))
        plain.tofile(folder / f"{number}.raw")
        return {"array": number, "dtype": plain.dtype.str, "shape": list(plain.shape)}
    if isinstance(value, tuple):
        return {"tuple": [pack(item, folder) for item in value]}
    if is_dataclass(value) and TYPES.get(type(value).__name__) is type(value):
        content = {item.name: pack(getattr(value, item.name), folder) for item in fields(value)}
        return {"type": type(value).__name__, "fields": content}
    raise TypeError(f"{type(value).__name__} cannot be handed over")


def unpack(data: Any, folder: Path) -> Any:
    """The value that `pack` took. Raises ValueError for anything it cannot have written."""
    if data is None or isinstance(data, bool | int | float | str):
        return data
    if not isinstance(data, dict):
        raise ValueError("the reader answered something that is no value")
    if "array" in data:
        return _array(data, folder)
    if "tuple" in data:
        return tuple(unpack(item, folder) for item in data["tuple"])
    kind = TYPES.get(data.get("type", ""))
    if kind is None:
        raise ValueError("the reader answered with an unknown type")
    return kind(**{name: unpack(item, folder) for name, item in data["fields"].items()})


def _array(data: dict[str, Any], folder: Path) -> Any:
    number, shape, dtype = int(data["array"]), tuple(data["shape"]), data["dtype"]
    if dtype not in DTYPES or not all(isinstance(n, int) and n >= 0 for n in shape):
        raise ValueError("the reader answered with an impossible array")
    path = folder / f"{number}.raw"
    count = math.prod(shape)
    if path.stat().st_size != count * np.dtype(dtype).itemsize:
        raise ValueError("the reader answered with an incomplete array")
    found = np.empty(count, dtype)
    with open(path, "rb", buffering=0) as stream:
        # Unlike `np.fromfile` this lets the window's thread run meanwhile.
        left = found.view(np.uint8).data
        while len(left):
            size = stream.readinto(left)
            if not size:
                raise ValueError("the reader answered with an incomplete array")
            left = left[size:]
    return found.reshape(shape)


def pack_error(error: SynthexError, folder: Path) -> dict[str, Any]:
    """An error as JSON, with what a dialog needs to go on."""
    result: dict[str, Any] = {"kind": "SynthexError", "text": str(error)}
    if isinstance(error, InputError):
        result |= {"kind": "InputError", "path": error.path, "text": error.reason}
    if isinstance(error, MeshUnitError):
        result |= {"kind": "MeshUnitError", "size": list(error.size)}
    if isinstance(error, SeriesChoiceError):
        result |= {"kind": "SeriesChoiceError", "series": pack(error.series, folder)}
    if isinstance(error, IncompleteSeriesError):
        result |= {"kind": "IncompleteSeriesError", "total": error.total}
        result["series_uid"] = error.series_uid
        result["files"] = [list(file) for file in error.files]
    if isinstance(error, ReaderCrashedError):
        result["kind"] = "ReaderCrashedError"
    return result


def unpack_error(data: dict[str, Any], folder: Path) -> SynthexError:
    """The error that `pack_error` took."""
    kind, path, text = data["kind"], str(data.get("path", "")), str(data["text"])
    if kind == "MeshUnitError":
        x, y, z = (float(value) for value in data["size"])
        return MeshUnitError(path, (x, y, z))
    if kind == "SeriesChoiceError":
        return SeriesChoiceError(Path(path), unpack(data["series"], folder))
    if kind == "IncompleteSeriesError":
        files = [(str(file), str(reason)) for file, reason in data["files"]]
        return IncompleteSeriesError(path, files, int(data["total"]), data["series_uid"])
    if kind == "ReaderCrashedError":
        return ReaderCrashedError(path, text)
    return InputError(path, text) if kind == "InputError" else SynthexError(text)
