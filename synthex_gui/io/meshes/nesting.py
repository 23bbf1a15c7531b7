"""Which closed parts of a mesh lie inside others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.transforms import Matrix, Vector, rotation_about
from synthex_gui.io.meshes.topology import Faces

# Points of a part that are looked at. Some may lie on a wall that two parts share.
PROBES = 16
MOSTLY = 0.9


@dataclass(frozen=True, eq=False)
class Nesting:
    """By part: `depth` how many others it lies within, `crosses` whether it leaves one of them."""

    depth: Faces
    crosses: NDArray[np.bool_]


def nesting(corners: Matrix, members: Sequence[NDArray[Any]], size: Vector) -> Nesting:
    """Parts of triangles (m, 3, 3): `members` the triangles of each, `size` (parts,) mm3.

    Only larger parts whose box holds a part's box can hold the part.
    """
    depth = np.zeros(len(members), np.int64)
    crosses = np.zeros(len(members), bool)
    if len(members) == 1:
        return Nesting(depth, crosses)
    low = np.stack([corners[faces].min(axis=(0, 1)) for faces in members])
    high = np.stack([corners[faces].max(axis=(0, 1)) for faces in members])
    walls: dict[int, _Wall] = {}
    # A ray along an axis of the file would run along edges and through corners.
    turn = rotation_about([0.8, -0.35, 0.5], 37.0)
    for part, faces in enumerate(members):
        holds = (low <= low[part]).all(axis=1) & (high >= high[part]).all(axis=1)
        holders = np.flatnonzero(holds & (size > size[part]))
        if len(holders) == 0:
            continue
        chosen = faces[:: max(1, len(faces) // PROBES)][:PROBES]
        probes = corners[chosen].mean(axis=1) @ turn.T
        for other in holders.tolist():
            if other not in walls:
                walls[other] = _Wall(corners[members[other]] @ turn.T)
            share = np.mean([walls[other].winding(probe) != 0 for probe in probes])
            depth[part] += share >= MOSTLY
            crosses[part] |= 1 - MOSTLY < share < MOSTLY
    return Nesting(depth, crosses)


class _Wall:
    """A closed surface that is asked how often it winds round a point, by a ray along +x."""

    def __init__(self, corners: Matrix) -> None:
        self._corners = corners
        self._low, self._high = corners.min(axis=1), corners.max(axis=1)
        # Of a million triangles a ray's neighbours are found by their y: sorted, in groups of like
        # height, of which no triangle begins further below a point than the highest is high.
        height = self._high[:, 1] - self._low[:, 1]
        octave = np.frexp(height)[1]
        self._groups = []
        for number in np.unique(octave):
            index = np.flatnonzero(octave == number)
            index = index[np.argsort(self._low[index, 1])]
            self._groups.append((self._low[index, 1], index, float(height[index].max())))

    def winding(self, point: Matrix) -> int:
        """The triangles that a ray from the point meets, those it leaves by less those it enters
        by.
        """
        parts = []
        for starts, index, reach in self._groups:
            first, last = np.searchsorted(starts, [point[1] - reach, point[1]])
            parts.append(index[first:last])
        near = np.concatenate(parts)
        low, high = self._low[near], self._high[near]
        beside = (high[:, 1] >= point[1]) & (high[:, 0] >= point[0])
        near = near[beside & (low[:, 2] <= point[2]) & (high[:, 2] >= point[2])]
        x, y, z = np.moveaxis(self._corners[near] - point, 2, 0)
        # Twice the areas, seen along the ray, of the point with each side.
        sides: Any = [
            y[:, (n + 1) % 3] * z[:, (n + 2) % 3] - y[:, (n + 2) % 3] * z[:, (n + 1) % 3]
            for n in range(3)
        ]
        signs = np.sign(np.stack(sides))
        hit = (signs == signs[0]).all(axis=0) & (signs[0] != 0)
        area = sum(sides)[hit]
        ahead = sum(side[hit] * x[hit, n] for n, side in enumerate(sides)) / area > 0
        return int(np.sign(area)[ahead].sum())
