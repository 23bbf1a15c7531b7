"""STL, binary and text: 84 + 50 n bytes, or facets up to ``endsolid``."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from synthex_gui.io.errors import InputError
from synthex_gui.io.meshes.data import MAX_TRIANGLES, TriangleSoup, checked_soup

RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
VERTEX = re.compile(rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)")


def read_stl(path: Path) -> TriangleSoup:
    """The triangles, three points each. Raises InputError for truncation and damage."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        first = stream.read(84)
        if len(first) < 15:
            raise InputError(path, "is an empty mesh, or cut short")
        count = int.from_bytes(first[80:84], "little") if len(first) == 84 else -1
        # Some programs begin binary files with "solid" too: the length decides.
        if count >= 0 and size == 84 + 50 * count:
            return _binary(path, stream.read(), count, ())
        rest = stream.read()
    if first.lstrip().lower().startswith(b"solid") and b"facet" in (first + rest[:4096]).lower():
        return _text(path, first + rest)
    if count < 0 or count > MAX_TRIANGLES or size < 84 + 50 * count:
        raise InputError(
            path,
            f"is cut short: it declares {max(count, 0)} triangles, {max(0, (size - 84) // 50)} are "
            "there; copy or export it again",
        )
    there, odd = divmod(size - 84, 50)
    if odd == 0:
        # A count that some writers never go back to fill in; the size is whole.
        said = f"its header counts {count} triangles, {there} are there; all were read"
        return _binary(path, rest, there, (said,))
    said = f"{size - 84 - 50 * count} bytes follow the triangles; they were ignored"
    return _binary(path, rest, count, (said,))


def _binary(path: Path, data: bytes, count: int, warnings: tuple[str, ...]) -> TriangleSoup:
    corners = np.frombuffer(data, RECORD, count)["corners"].astype(np.float64)
    return checked_soup(path, corners.reshape(-1, 3), np.arange(3 * count).reshape(-1, 3), warnings)


def _text(path: Path, data: bytes) -> TriangleSoup:
    lower = data.lower()
    facets = lower.count(b"endfacet")
    if not lower.rstrip().splitlines()[-1].lstrip().startswith(b"endsolid"):
        raise InputError(path, "is cut short: it does not end with endsolid; copy it again")
    found = VERTEX.findall(lower)
    if len(found) != 3 * facets:
        raise InputError(path, f"is damaged: {facets} facets but {len(found)} corners")
    try:
        points = np.array(found, dtype="S").astype(np.float64) if found else np.empty((0, 3))
    except ValueError as error:
        raise InputError(path, "is damaged: a corner is not a number") from error
    return checked_soup(path, points, np.arange(len(points)).reshape(-1, 3))
