"""VTK XML PolyData (.vtp): points, polygons, strips and the frame Slicer writes into it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from synthex_gui.io.errors import InputError
from synthex_gui.io.meshes.data import MAX_TRIANGLES, TriangleSoup, checked_soup, fan_ragged
from synthex_gui.io.meshes.vtp_arrays import VtpArrays

LONGEST_FRAME = 16


def read_vtp(path: Path) -> TriangleSoup:
    """Points and fanned polygons of all pieces. Raises InputError.

    Every array must have exactly the size that the header declares.
    """
    data = path.read_bytes()
    head, mark, tail = data.partition(b"<AppendedData")
    # No VTK file declares entities; those that grow into each other are a bomb.
    if b"<!" in head.split(b"<VTKFile")[0].replace(b"<!--", b""):
        raise InputError(path, "declares things of its own before its data; refused")
    try:
        root = ElementTree.fromstring(head + b"</VTKFile>" if mark else head)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise InputError(path, "is damaged or cut short, or is not a VTK file") from error
    if root.tag != "VTKFile" or root.get("type") != "PolyData":
        raise InputError(path, "holds no PolyData; save the surface as PolyData")
    opening, underscore, appended = tail.partition(b"_")
    if mark and not underscore:
        raise InputError(path, "is cut short; copy or export it again")
    arrays = VtpArrays(path, root, appended, b'"raw"' in opening)
    points, triangles, before = [], [], 0
    for piece in root.iter("Piece"):
        count = _count(path, piece, "NumberOfPoints")
        place = arrays.values(piece.find("Points/DataArray"), 3 * count) if count else np.empty(0)
        points.append(place.astype(np.float64).reshape(-1, 3))
        for kind, split in (("Polys", fan_ragged), ("Strips", _strips)):
            corners, sizes = _cells(path, piece, kind, arrays)
            triangles.append(before + split(sizes, corners))
        before += count
    if before == 0:
        raise InputError(path, "declares no point; it is cut short, damaged or empty")
    soup = checked_soup(path, np.concatenate(points), np.concatenate(triangles))
    return TriangleSoup(soup.points, soup.triangles, soup.warnings, _frame(root, arrays))


def _cells(
    path: Path, piece: ElementTree.Element, kind: str, arrays: VtpArrays
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(corners one cell after the other, how many each has)."""
    count = _count(path, piece, f"NumberOf{kind}")
    if count == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    named = {item.get("Name"): item for item in piece.iterfind(f"{kind}/DataArray")}
    ends = arrays.values(named.get("offsets"), count).astype(np.int64)
    sizes = np.diff(ends, prepend=0)
    if sizes.min() < 0:
        raise InputError(path, "its faces end before they begin; it is damaged")
    corners = arrays.values(named.get("connectivity"), int(ends[-1])).astype(np.int64)
    return corners, sizes


def _strips(sizes: NDArray[Any], corners: NDArray[Any]) -> NDArray[np.int64]:
    """Triangles of strips: every second one is walked the other way round."""
    parts = []
    for first, size in zip(np.cumsum(sizes) - sizes, sizes, strict=True):
        strip = corners[first : first + size]
        if size >= 3:
            part = np.stack([strip[:-2], strip[1:-1], strip[2:]], axis=1)
            part[1::2] = part[1::2][:, [1, 0, 2]]
            parts.append(part)
    return np.concatenate(parts) if parts else np.empty((0, 3), np.int64)


def _frame(root: ElementTree.Element, arrays: VtpArrays) -> str:
    """Slicer keeps the frame of a model in a field array, its only place in a .vtp."""
    for element in root.iterfind("PolyData/FieldData/*"):
        if element.get("Name") == "SPACE" and element.get("type") == "String":
            return arrays.text(element, LONGEST_FRAME).strip().upper()
    return ""


def _count(path: Path, piece: ElementTree.Element, name: str) -> int:
    text = piece.get(name, "0").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise InputError(path, f"its header is damaged ({name} = {text[:40]!r})")
    if int(text) > 3 * MAX_TRIANGLES:
        raise InputError(path, f"declares {text} ({name}); reduce it below {MAX_TRIANGLES}")
    return int(text)
