"""PLY, binary and text; every declared element must be there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.io.errors import InputError
from synthex_gui.io.meshes.data import TriangleSoup, checked_soup, fan, fan_ragged

TYPES = {
    "char": "i1",
    "int8": "i1",
    "uchar": "u1",
    "uint8": "u1",
    "short": "i2",
    "int16": "i2",
    "ushort": "u2",
    "uint16": "u2",
    "int": "i4",
    "int32": "i4",
    "uint": "u4",
    "uint32": "u4",
    "float": "f4",
    "float32": "f4",
    "double": "f8",
    "float64": "f8",
}
HEADER_LIMIT = 1 << 16


@dataclass
class _Element:
    name: str
    count: int
    # (name, type) of a number, (name, count type, item type) of a list.
    properties: list[tuple[str, ...]] = field(default_factory=list)


def read_ply(path: Path) -> TriangleSoup:
    """Points and fanned faces. Raises InputError for truncation, damage, points without faces."""
    data = path.read_bytes()
    text_format, order, elements, body = _header(path, data)
    reader = _Text(path, data[body:]) if text_format else _Binary(path, data[body:], order)
    points: NDArray[Any] = np.empty((0, 3))
    triangles: NDArray[np.int64] = np.empty((0, 3), np.int64)
    for element in elements:
        if element.name == "vertex":
            points = reader.points(element)
        elif element.name == "face":
            triangles = reader.faces(element)
            break
        else:
            reader.skip(element)
    return checked_soup(path, points, triangles)


def _header(path: Path, data: bytes) -> tuple[bool, str, list[_Element], int]:
    end = data.find(b"end_header", 0, HEADER_LIMIT)
    line_end = data.find(b"\n", end)
    if not data.startswith(b"ply") or end < 0 or line_end < 0:
        raise InputError(path, "is not a PLY file, or is cut short inside its header")
    elements: list[_Element] = []
    kind = ""
    for line in data[:end].decode("latin-1").splitlines():
        words = line.split()
        try:
            if words[:1] == ["format"]:
                kind = words[1]
            elif words[:1] == ["element"]:
                elements.append(_Element(words[1], int(words[2])))
            elif words[:2] == ["property", "list"]:
                elements[-1].properties.append((words[4], TYPES[words[2]], TYPES[words[3]]))
            elif words[:1] == ["property"]:
                elements[-1].properties.append((words[2], TYPES[words[1]]))
        except (IndexError, KeyError, ValueError) as error:
            raise InputError(path, f"its PLY header is damaged (line {line[:40]!r})") from error
    orders = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
    if kind not in orders or any(element.count < 0 for element in elements):
        raise InputError(path, f"its PLY header is damaged (format {kind!r})")
    for element in elements:
        least = element.count * max(1, len(element.properties)) if element.properties else 0
        if least > len(data):
            raise InputError(path, f"is cut short: it declares {element.count} of {element.name!r}")
    return kind == "ascii", orders[kind], elements, line_end + 1


def _axes(path: Path, element: _Element) -> list[int]:
    names = [item[0] for item in element.properties]
    if not all(axis in names for axis in "xyz") or any(len(p) == 3 for p in element.properties):
        raise InputError(path, "its vertices have no x, y and z")
    return [names.index(axis) for axis in "xyz"]


def _index_list(path: Path, element: _Element) -> int:
    for position, item in enumerate(element.properties):
        if len(item) == 3 and item[0] in ("vertex_indices", "vertex_index"):
            return position
    raise InputError(path, "its faces list no vertices")


class _Text:
    def __init__(self, path: Path, body: bytes) -> None:
        self.path = path
        self.lines = [line for line in body.split(b"\n") if line.strip()]
        self.next = 0
        # A cut inside the last number leaves a shorter number behind, not an error.
        self.whole = body.endswith((b"\n", b" ", b"\r"))

    def _take(self, element: _Element) -> list[list[bytes]]:
        lines = self.lines[self.next : self.next + element.count]
        self.next += element.count
        if len(lines) < element.count:
            raise InputError(
                self.path,
                f"is cut short: {len(lines)} of {element.count} {element.name} lines are there",
            )
        return [line.split() for line in lines]

    def points(self, element: _Element) -> NDArray[Any]:
        axes = _axes(self.path, element)
        rows = self._take(element)
        try:
            result = np.array([[float(row[axis]) for axis in axes] for row in rows])
        except (IndexError, ValueError) as error:
            raise InputError(self.path, "is damaged: a vertex line is not numbers") from error
        return result.reshape(-1, 3)

    def faces(self, element: _Element) -> NDArray[np.int64]:
        position = _index_list(self.path, element)
        counts, corners = [], []
        for row in self._take(element):
            at = 0
            try:
                for item in element.properties[:position]:
                    at += 1 + (int(row[at]) if len(item) == 3 else 0)
                size = int(row[at])
                indices = [int(word) for word in row[at + 1 : at + 1 + size]]
            except (IndexError, ValueError) as error:
                raise InputError(self.path, "is damaged: a face line is not numbers") from error
            if len(indices) != size or size < 0:
                raise InputError(self.path, "is cut short or damaged: a face lacks corners")
            counts.append(size)
            corners.extend(indices)
        return fan_ragged(np.array(counts, np.int64), np.array(corners, np.int64))

    def skip(self, element: _Element) -> None:
        self._take(element)


class _Binary:
    def __init__(self, path: Path, body: bytes, order: str) -> None:
        self.path = path
        self.body = body
        self.order = order
        self.at = 0

    def _records(self, fields: list[tuple[str, Any]], element: _Element) -> NDArray[Any]:
        dtype = np.dtype(fields)
        if self.at + dtype.itemsize * element.count > len(self.body):
            raise self._short(element)
        result = np.frombuffer(self.body, dtype, element.count, self.at)
        self.at += dtype.itemsize * element.count
        return result

    def _short(self, element: _Element) -> InputError:
        return InputError(
            self.path, f"is cut short: not all {element.count} {element.name} entries are there"
        )

    def _plain(self, element: _Element) -> list[tuple[str, Any]]:
        return [(f"p{n}", self.order + item[1]) for n, item in enumerate(element.properties)]

    def points(self, element: _Element) -> NDArray[Any]:
        axes = _axes(self.path, element)
        records = self._records(self._plain(element), element)
        return np.stack([records[f"p{axis}"].astype(np.float64) for axis in axes], axis=1)

    def faces(self, element: _Element) -> NDArray[np.int64]:
        position = _index_list(self.path, element)
        if element.count == 0:
            return np.empty((0, 3), np.int64)
        lists = [item for item in element.properties if len(item) == 3]
        if len(lists) == 1:
            fields: list[tuple[str, Any]] = []
            for n, item in enumerate(element.properties):
                if len(item) == 3:
                    three: Any = np.dtype((self.order + item[2], (3,)))
                    fields += [("count", self.order + item[1]), ("corners", three)]
                else:
                    fields.append((f"p{n}", self.order + item[1]))
            start = self.at
            if self.at + np.dtype(fields).itemsize * element.count <= len(self.body):
                records = self._records(fields, element)
                if (records["count"] == 3).all():
                    return fan(records["corners"].astype(np.int64))
            self.at = start
        return self._walk(element, position)

    def skip(self, element: _Element) -> None:
        if any(len(item) == 3 for item in element.properties):
            self._walk(element, None)
        else:
            self._records(self._plain(element), element)

    def _walk(self, element: _Element, wanted: int | None) -> NDArray[np.int64]:
        counts, corners = [], []
        for _ in range(element.count):
            for n, item in enumerate(element.properties):
                size = 1
                if len(item) == 3:
                    size = int(self._numbers(element, item[1], 1)[0])
                if size < 0:
                    raise InputError(self.path, "is damaged: a face with a negative count")
                values = self._numbers(element, item[-1], size)
                if n == wanted:
                    counts.append(size)
                    corners.append(values.astype(np.int64))
        if not corners:
            return np.empty((0, 3), np.int64)
        return fan_ragged(np.array(counts, np.int64), np.concatenate(corners))

    def _numbers(self, element: _Element, code: str, count: int) -> NDArray[Any]:
        dtype = np.dtype(self.order + code)
        if self.at + dtype.itemsize * count > len(self.body):
            raise self._short(element)
        result = np.frombuffer(self.body, dtype, count, self.at)
        self.at += dtype.itemsize * count
        return result
