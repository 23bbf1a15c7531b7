"""Wavefront OBJ: points and polygons; materials, normals and textures are ignored."""

from __future__ import annotations

from pathlib import Path

from synthex_gui.io.errors import InputError
from synthex_gui.io.meshes.data import NO_LAST_BREAK, TriangleSoup, checked_soup, triangles_of


def read_obj(path: Path) -> TriangleSoup:
    """Points and fanned faces. Raises InputError for damage; OBJ has no counts to tell a cut."""
    data = path.read_bytes()
    points: list[tuple[float, float, float]] = []
    counts: list[int] = []
    corners: list[int] = []
    for number, line in enumerate(data.replace(b"\\\n", b" ").split(b"\n"), start=1):
        words = line.split()
        if not words:
            continue
        try:
            if words[0] == b"v":
                points.append((float(words[1]), float(words[2]), float(words[3])))
            elif words[0] == b"f":
                if len(words) < 4:
                    raise ValueError("fewer than three corners")
                for word in words[1:]:
                    index = int(word.split(b"/", 1)[0])
                    if index == 0:
                        raise ValueError("index 0")
                    corners.append(index - 1 if index > 0 else len(points) + index)
                counts.append(len(words) - 1)
        except (IndexError, ValueError) as error:
            raise InputError(path, f"is damaged or cut short at line {number}") from error
    warnings: tuple[str, ...] = ()
    if counts and not data.endswith((b"\n", b"\r")):
        warnings = (NO_LAST_BREAK,)
    return checked_soup(path, points, triangles_of(path, counts, corners), warnings)
