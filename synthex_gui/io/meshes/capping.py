"""Closing holes: each loop of open edges gets a cap of triangles over its own points."""

from __future__ import annotations

import manifold3d
import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.transforms import Matrix
from synthex_gui.io.meshes.topology import Faces, edges_of


def cap_holes(points: Matrix, triangles: Faces) -> tuple[Matrix, Faces, tuple[float, ...]]:
    """(points, triangles, width of each hole closed), caps wound like their surroundings.

    A loop that lies well in a plane is triangulated in it; any other gets a fan from its middle.
    """
    loops = hole_loops(triangles)
    parts = [triangles]
    added = [points]
    count = len(points)
    widths = []
    for loop in loops:
        corners = points[loop]
        widths.append(float(np.linalg.norm(np.ptp(corners, axis=0))))
        flat = _flat_cap(corners)
        if flat is not None:
            parts.append(np.asarray(loop, dtype=np.int64)[flat])
            continue
        following = np.roll(loop, -1)
        parts.append(np.stack([loop, following, np.full(len(loop), count)], axis=1))
        added.append(corners.mean(axis=0)[None])
        count += 1
    return np.concatenate(added), np.concatenate(parts), tuple(widths)


def hole_loops(triangles: Faces) -> list[NDArray[np.int64]]:
    """Loops of vertices round each hole, walked so that a cap in that order closes it."""
    edges = edges_of(triangles)
    following: dict[int, list[int]] = {}
    for (low, high), balance in zip(edges.ends, edges.balance):
        # Walked once too often from low to high: the cap must walk it back, and so on.
        a, b = (high, low) if balance > 0 else (low, high)
        for _ in range(abs(int(balance))):
            following.setdefault(int(a), []).append(int(b))
    loops: list[NDArray[np.int64]] = []
    for start in sorted(following):
        while following[start]:
            path, place = [start], {start: 0}
            while True:
                choices = following.get(path[-1])
                if not choices:
                    return loops
                vertex = choices.pop()
                if vertex in place:
                    loop = path[place[vertex] :]
                    for gone in loop[1:]:
                        del place[gone]
                    path = path[: place[vertex] + 1]
                    if len(loop) >= 3:
                        loops.append(np.array(loop, np.int64))
                    if vertex == start and not following[start]:
                        break
                    if len(path) == 1:
                        break
                else:
                    place[vertex] = len(path)
                    path.append(vertex)
    return loops


def _flat_cap(corners: Matrix) -> NDArray[np.int64] | None:
    """(n - 2, 3) indices of a cap over a nearly flat loop, or None when it is not flat."""
    n = len(corners)
    if n == 3:
        return np.array([[0, 1, 2]])
    following = np.roll(corners, -1, axis=0)
    normal = np.cross(corners - corners[0], following - corners[0]).sum(axis=0)
    length = float(np.linalg.norm(normal))
    width = float(np.linalg.norm(np.ptp(corners, axis=0)))
    if length < 1e-6 * width**2:
        return None
    normal /= length
    middle = corners.mean(axis=0)
    # A flat cap over a rim that is bent more would fold over itself.
    if np.abs((corners - middle) @ normal).max() > 0.1 * width:
        return None
    u = np.cross(normal, np.eye(3)[int(np.argmin(np.abs(normal)))])
    u /= np.linalg.norm(u)
    plane = np.stack([(corners - middle) @ u, (corners - middle) @ np.cross(normal, u)], axis=1)
    try:
        cap = np.asarray(manifold3d.triangulate([plane]), dtype=np.int64)
    except RuntimeError:
        return None
    # The triangulation may drop corners in a line or cross a loop that crosses itself: then the rim
    # would stay open.
    if cap.shape != (n - 2, 3):
        return None
    border = edges_of(cap)
    sides = {(int(a), int(b)) for a, b in border.ends[border.faces == 1]}
    ring = {(min(k, (k + 1) % n), max(k, (k + 1) % n)) for k in range(n)}
    forward = border.balance[(border.ends[:, 0] == 0) & (border.ends[:, 1] == 1)]
    return cap if sides == ring and forward.tolist() == [1] else None
