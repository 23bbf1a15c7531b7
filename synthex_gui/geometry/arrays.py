"""The three kinds of asset as plain arrays: volume, label map, triangle mesh."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from synthex_gui.geometry.transforms import Matrix, Vector, transform_points


@dataclass(frozen=True, eq=False)
class Grid:
    """A voxel lattice: `shape` is (nz, ny, nx); `world_from_voxel` (4, 4) maps (i, j, k), the
    indices along x, y, z of a voxel CENTRE, to LPS mm. Any affine, a sheared one too.
    """

    shape: tuple[int, int, int]
    world_from_voxel: Matrix

    @property
    def spacing_mm(self) -> Vector:
        """(3,) distance between voxel centres along i, j, k."""
        result: Vector = np.linalg.norm(self.world_from_voxel[:3, :3], axis=0)
        return result

    @property
    def centre_mm(self) -> Vector:
        """(3,) world position of the middle of the lattice."""
        nz, ny, nx = self.shape
        middle = [[(nx - 1) / 2, (ny - 1) / 2, (nz - 1) / 2]]
        result: Vector = transform_points(self.world_from_voxel, middle)[0]
        return result

    def corners_mm(self) -> Matrix:
        """(8, 3) world corners of the outer voxel faces."""
        nz, ny, nx = self.shape
        ijk = [
            [i, j, k] for k in (-0.5, nz - 0.5) for j in (-0.5, ny - 0.5) for i in (-0.5, nx - 0.5)
        ]
        return transform_points(self.world_from_voxel, ijk)


@dataclass(frozen=True, eq=False)
class Volume:
    """A CT: `values` (nz, ny, nx) int16 HU, C-contiguous, on `grid`."""

    values: NDArray[np.int16]
    grid: Grid


@dataclass(frozen=True)
class Label:
    """One structure of a label map; `group` names a structure made of several labels."""

    id: int
    name: str
    color: str = "#8e9aa8"
    group: str = ""


# Slices whose labels are looked for at a time.
BOX_SLICES = 24


@dataclass(frozen=True, eq=False)
class LabelMap:
    """`values` (nz, ny, nx) uint8 or uint16 ids, 0 background, on its own `grid`.

    Where structures overlap a voxel has an id that is in no row of `table`: `overlaps` (id, the ids
    of the structures that meet there).
    """

    values: NDArray[Any]
    grid: Grid
    table: tuple[Label, ...]
    overlaps: tuple[tuple[int, tuple[int, ...]], ...] = ()

    def ids_of(self, name: str) -> tuple[int, ...]:
        """The ids of all voxels of a structure or group; empty when unknown."""
        own = tuple(label.id for label in self.table if label.name == name)
        own = own or tuple(label.id for label in self.table if label.group == name)
        shared = (joint for joint, members in self.overlaps if set(members) & set(own))
        return (*own, *shared)

    def names_at(self, label_id: int) -> tuple[str, ...]:
        """The structures that a voxel of this id belongs to, in table order."""
        members = dict(self.overlaps).get(label_id, (label_id,))
        return tuple(label.name for label in self.table if label.id in members)

    @property
    def highest_id(self) -> int:
        """The largest id that a voxel may have."""
        ids = [label.id for label in self.table] + [joint for joint, _ in self.overlaps]
        return max(ids, default=0)

    def names(self) -> tuple[str, ...]:
        """Structure names in table order, each group after the labels it is made of."""
        groups = [label.group for label in self.table if label.group]
        return tuple(dict.fromkeys([label.name for label in self.table] + groups))

    @cached_property
    def boxes(self) -> dict[int, tuple[tuple[int, int], tuple[int, int], tuple[int, int]]]:
        """First and last voxel (x, y, z) of every id that occurs; one pass, kept."""
        found: dict[int, tuple[Any, ...]] = {}
        for first in range(0, len(self.values), BOX_SLICES):
            # In parts, so that other threads get their turn between two of them.
            part = ndimage.find_objects(self.values[first : first + BOX_SLICES])
            for label_id, where in enumerate(part, start=1):
                if where is None:
                    continue
                z, y, x = where
                box = ((x.start, x.stop - 1), (y.start, y.stop - 1))
                spans = (*box, (first + z.start, first + z.stop - 1))
                known = found.get(label_id, spans)
                found[label_id] = tuple(
                    (min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(known, spans, strict=True)
                )
        return found  # type: ignore[return-value]


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles: `vertices` (n, 3) float64 mm in the mesh's own frame, `triangles` (m, 3) int32,
    counter-clockwise seen from outside. `is_closed` says whether a path length through it exists.
    """

    vertices: Matrix
    triangles: NDArray[np.int32]
    is_closed: bool = True
    warnings: tuple[str, ...] = field(default=())

    @property
    def volume_mm3(self) -> float:
        """Signed volume by the divergence theorem; positive when triangles face outwards."""
        a, b, c = (self.vertices[self.triangles[:, n]] for n in range(3))
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)

    def bounds_mm(self) -> Matrix:
        """(2, 3) lower and upper corner in the mesh's own frame."""
        return np.stack([self.vertices.min(axis=0), self.vertices.max(axis=0)])


@dataclass(frozen=True)
class Landmark:
    """A named point, LPS mm."""

    name: str
    position: tuple[float, float, float]
