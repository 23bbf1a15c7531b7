"""What backends take and give: scalar fields, labels and meshes to path integrals.

A backend knows no physics. It is given scalar fields on voxel grids (attenuation [1/mm], partial
density [g/cm3], a label's 0/1 mask) and closed meshes, and returns integrals along each pixel's
ray, from the source to infinity, never behind the source, never cut at the detector.

Field value between voxel centres: trilinear; the outer half voxel repeats the edge value; beyond
the outer voxel faces the field is 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.arrays import Grid
from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import Matrix

Image = NDArray[np.float32]


class BackendError(SynthexError):
    """A backend that cannot do what was asked: unknown asset, no memory, no device."""


class BackendLostError(BackendError):
    """A device whose process cannot use it any more; another process may."""


class Quality(Enum):
    """How finely a backend samples: EXACT for stills, command line and export; FAST for a still
    preview; DRAG while something moves.
    """

    EXACT = "exact"
    FAST = "fast"
    DRAG = "drag"


@dataclass(frozen=True, eq=False)
class Field:
    """A scalar field: `stored` (nz, ny, nx) uint8, int16 or uint16; value = stored * scale, and
    negative stored values count as 0. `scale` carries the unit; integrals are in unit * mm.
    """

    stored: NDArray[Any]
    scale: float
    grid: Grid


@dataclass(frozen=True, eq=False)
class PlacedMesh:
    """A closed mesh in the world. Where meshes overlap, the one with the higher `priority` owns
    the overlap (equal: the later in the request). Fields are displaced inside every mesh.
    """

    key: str
    world_from_mesh: Matrix
    priority: int = 0


@dataclass(frozen=True, eq=False)
class ProjectionRequest:
    """What to integrate for one camera.

    `fields` and `labels` name uploaded fields (see `contract`); the difference: inside a mesh
    a field is displaced (counts 0), a label is not (its path is anatomy's own).
    """

    camera: Camera
    fields: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    meshes: tuple[PlacedMesh, ...] = ()
    quality: Quality = Quality.EXACT


@dataclass(frozen=True, eq=False)
class Projection:
    """(height, width) float32 images. `fields` in the field's unit * mm; `labels_mm` path length
    per label; `meshes_mm` path length owned by each placed mesh, in request order; `whole_mm` the
    path through the whole mesh, whatever else lies there; `first_mm` distance from the source to
    the first metal along each ray (inf where none), None without meshes; `backend` the kind of
    backend that made them, ``cpu`` or ``cuda``.
    """

    fields: Mapping[str, Image]
    labels_mm: Mapping[str, Image] = field(default_factory=dict)
    meshes_mm: tuple[Image, ...] = ()
    whole_mm: tuple[Image, ...] = ()
    first_mm: Image | None = None
    backend: str = "cpu"
