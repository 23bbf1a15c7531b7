"""PLY, binary and text; every declared element must be there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.io.errors import InputError
from synthex_gui.io.meshes.data import (
    NO_LAST_BREAK,
    TriangleSoup,
    checked_soup,
    fan,
    fan_ragged,
    triangles_of,
)
from synthex_gui.io.meshes.ply_header import Element, axes_of, corner_list_of, read_header


def read_ply(path: Path) -> TriangleSoup:
    """Points and fanned faces. Raises InputError for truncation, damage, points without faces."""
    data = path.read_bytes()
    header = read_header(path, data)
    body = data[header.body :]
    reader = _Binary(path, body, header.order) if header.order else _Text(path, body)
    points: NDArray[Any] = np.empty((0, 3))
    triangles: NDArray[np.int64] = np.empty((0, 3), np.int64)
    for element in header.elements:
        if element.name == "vertex":
            points = reader.points(element)
        elif element.name == "face":
            triangles = reader.faces(element)
            break
        else:
            reader.skip(element)
    return checked_soup(path, points, triangles, reader.warnings)


class _Text:
    def __init__(self, path: Path, body: bytes) -> None:
        self.path = path
        self.lines = [line for line in body.split(b"\n") if line.strip()]
        self.next = 0
        whole = not self.lines or body.endswith((b"\n", b" ", b"\r"))
        self.warnings: tuple[str, ...] = () if whole else (NO_LAST_BREAK,)

    def _take(self, element: Element) -> list[list[bytes]]:
        lines = self.lines[self.next : self.next + element.count]
        self.next += element.count
        if len(lines) < element.count:
            raise InputError(
                self.path,
                f"is cut short: {len(lines)} of {element.count} {element.name} lines are there",
            )
        return [line.split() for line in lines]

    def points(self, element: Element) -> NDArray[Any]:
        axes = axes_of(self.path, element)
        rows = self._take(element)
        try:
            result = np.array([[float(row[axis]) for axis in axes] for row in rows])
        except (IndexError, ValueError) as error:
            raise InputError(self.path, "is damaged: a vertex line is not numbers") from error
        return result.reshape(-1, 3)

    def faces(self, element: Element) -> NDArray[np.int64]:
        position = corner_list_of(self.path, element)
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
        return triangles_of(self.path, counts, corners)

    def skip(self, element: Element) -> None:
        self._take(element)


class _Binary:
    warnings: tuple[str, ...] = ()

    def __init__(self, path: Path, body: bytes, order: str) -> None:
        self.path = path
        self.body = body
        self.order = order
        self.at = 0

    def _records(self, fields: list[tuple[str, Any]], element: Element) -> NDArray[Any]:
        dtype = np.dtype(fields)
        if self.at + dtype.itemsize * element.count > len(self.body):
            raise self._short(element)
        result = np.frombuffer(self.body, dtype, element.count, self.at)
        self.at += dtype.itemsize * element.count
        return result

    def _short(self, element: Element) -> InputError:
        return InputError(
            self.path, f"is cut short: not all {element.count} {element.name} entries are there"
        )

    def _plain(self, element: Element) -> list[tuple[str, Any]]:
        return [(f"p{n}", self.order + item[1]) for n, item in enumerate(element.properties)]

    def points(self, element: Element) -> NDArray[Any]:
        axes = axes_of(self.path, element)
        records = self._records(self._plain(element), element)
        return np.stack([records[f"p{axis}"].astype(np.float64) for axis in axes], axis=1)

    def faces(self, element: Element) -> NDArray[np.int64]:
        position = corner_list_of(self.path, element)
        if element.count == 0:
            return np.empty((0, 3), np.int64)
        # Nearly all files hold triangles alone: one array of records instead of a walk by faces.
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

    def skip(self, element: Element) -> None:
        if element.has_lists:
            self._walk(element, None)
        else:
            self._records(self._plain(element), element)

    def _walk(self, element: Element, wanted: int | None) -> NDArray[np.int64]:
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

    def _numbers(self, element: Element, code: str, count: int) -> NDArray[Any]:
        dtype = np.dtype(self.order + code)
        if self.at + dtype.itemsize * count > len(self.body):
            raise self._short(element)
        result = np.frombuffer(self.body, dtype, count, self.at)
        self.at += dtype.itemsize * count
        return result
