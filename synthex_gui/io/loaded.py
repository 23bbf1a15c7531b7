"""What the readers return. Light to import: no reader's library is needed to hold a result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import LabelMap, Landmark, Mesh, Volume
from synthex_gui.geometry.transforms import Matrix


@dataclass(frozen=True, eq=False)
class LoadedVolume:
    """A CT as read; `warnings` one line each; `name` suggested from the file or folder name;
    `mend` (slope, offset) that would make HU of numbers that look like none, None for none.
    """

    volume: Volume
    warnings: tuple[str, ...]
    name: str
    mend: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class LoadedLabels:
    """A label map as read; `warnings` one line each; `name` suggested from the file name; `scheme`
    the numbering that it seems to follow, where it has no names, None for none.
    """

    labels: LabelMap
    warnings: tuple[str, ...]
    name: str
    scheme: str | None = None


@dataclass(frozen=True)
class LoadedLandmarks:
    """Landmarks as read, LPS mm, every name once; `warnings` one line each."""

    landmarks: tuple[Landmark, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class LoadedMesh:
    """A surface as read: `mesh` in LPS mm, `bounds_mm` (2, 3) its lower and upper corner,
    `name` suggested from the file name. Warnings of the mesh are among `warnings`.
    """

    mesh: Mesh
    warnings: tuple[str, ...]
    bounds_mm: Matrix
    name: str


@dataclass(frozen=True, eq=False)
class XrayImage:
    """`pixels` (h, w) float32, larger where more signal arrived: 0..1 of the range that the file
    can hold (floating-point TIFF: as stored). `kind` "linear": proportional to the signal; "log":
    to its logarithm, or processed for display. `pixel_spacing_mm` (rows, columns) at the detector
    where known. No name, date or number of a patient is kept.
    """

    pixels: NDArray[np.float32]
    kind: Literal["linear", "log"]
    pixel_spacing_mm: tuple[float, float] | None
    frames: int
    warnings: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class SeriesInfo:
    """One series of a folder as a user chooses it. `problem` is empty when it can be read as a CT.
    `description` is the scanner's text: show it, do not store it.
    """

    uid: str
    description: str
    modality: str
    slices: int
    rows: int
    columns: int
    problem: str = ""
