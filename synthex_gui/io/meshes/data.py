"""Triangles as a file gives them, before anything is known about their sense."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthex_gui.geometry.transforms import Matrix
from synthex_gui.io.errors import InputError

MAX_TRIANGLES = 20_000_000
# A cut inside the last number of a text leaves a smaller number behind, not an error.
NO_LAST_BREAK = "does not end with a line break; it may be cut short"


@dataclass(frozen=True, eq=False)
class TriangleSoup:
    """`points` (n, 3) float64 in the file's own unit and frame, `triangles` (m, 3) int64 indices
    into them; `warnings` of the decoder; `frame` as its file says it beside the points, "" where
    it says nothing there.
    """

    points: Matrix
    triangles: NDArray[np.int64]
    warnings: tuple[str, ...] = ()
    frame: str = ""


def checked_soup(
    path: Path, points: ArrayLike, triangles: ArrayLike, warnings: tuple[str, ...] = ()
) -> TriangleSoup:
    """A soup whose numbers are finite and whose indices exist.

    Raises InputError for an empty mesh, points without faces, NaN, indices out of range.
    """
    vertices = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    faces = np.asarray(triangles, dtype=np.int64).reshape(-1, 3)
    if len(vertices) == 0:
        raise InputError(path, "is an empty mesh, or cut short")
    if len(faces) == 0:
        raise InputError(
            path, f"holds {len(vertices)} points but no faces; a surface of triangles is needed"
        )
    if len(faces) > MAX_TRIANGLES:
        raise InputError(path, f"has {len(faces)} triangles; reduce it below {MAX_TRIANGLES}")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise InputError(
            path, f"has a face that uses point {faces.max()} of {len(vertices)}; it is damaged"
        )
    used = vertices[used_points(len(vertices), faces)]
    if not np.isfinite(used).all():
        raise InputError(path, "has points that are not finite numbers; it is damaged")
    if np.abs(used).max() > 1e7:
        raise InputError(path, "has points further than 10 km away; it is damaged")
    return TriangleSoup(vertices, faces, warnings)


def used_points(count: int, triangles: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(count,) True for every point that a triangle uses."""
    result = np.zeros(count, bool)
    result[triangles.ravel()] = True
    return result


def triangles_of(path: Path, counts: list[int], corners: list[int]) -> NDArray[np.int64]:
    """`fan_ragged` of what a text says. Raises InputError for an index that no mesh can have."""
    try:
        return fan_ragged(np.array(counts, np.int64), np.array(corners, np.int64))
    except OverflowError as error:
        raise InputError(path, "has a face that uses a point beyond any number; damaged") from error


def fan(polygons: NDArray[Any]) -> NDArray[np.int64]:
    """(n, k) polygons of k corners to (n * (k - 2), 3) triangles fanned from the first corner."""
    corners = np.asarray(polygons, dtype=np.int64)
    parts = [corners[:, [0, c, c + 1]] for c in range(1, corners.shape[1] - 1)]
    return np.stack(parts, axis=1).reshape(-1, 3) if parts else np.empty((0, 3), np.int64)


def fan_ragged(counts: NDArray[Any], corners: NDArray[Any]) -> NDArray[np.int64]:
    """Triangles of polygons of different sizes: `counts` (n,), `corners` their indices in a row."""
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    parts = []
    for size in np.unique(counts):
        if size >= 3:
            chosen = starts[counts == size]
            parts.append(fan(corners[chosen[:, None] + np.arange(size)]))
    return np.concatenate(parts) if parts else np.empty((0, 3), np.int64)
