"""What every writer is given and what it gives back.

A writer of an image turns an `Item` into files, a writer of a series a `Series`; neither writes:
the bytes go to disk in one place, whole or not at all, and their hashes into the manifest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synthex_gui.experiment.sampling import Sample
from synthex_gui.export.dataset import file_names, mask_path
from synthex_gui.export.provenance import Inputs
from synthex_gui.physics.render import Radiograph
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan

TOOL_THRESHOLD_MM = 0.0

# Relative POSIX path and content.
File = tuple[str, bytes]
# The same of a file that is larger than memory: what writes it to a path.
BigFile = tuple[str, Callable[[Path], None]]


@dataclass(frozen=True, eq=False)
class Mask:
    """Where a structure or tool lies on an image: `pixels` (h, w), `kind` structure or tool.
    `path` is its file, relative to the data set; None when no pixel belongs to it.
    """

    name: str
    kind: str
    pixels: NDArray[np.bool_]
    path: str | None


@dataclass(frozen=True, eq=False)
class Item:
    """One image of a series as rendered, and what `Renderer.notices` says of it."""

    plan: SeriesPlan
    sample: Sample
    radiograph: Radiograph
    notices: tuple[str, ...] = ()

    @cached_property
    def file_names(self) -> dict[tuple[str, str], str]:
        """(kind, name) of every structure and tool of the series -> its masks' file name."""
        structures = [("structure", name) for name in self.radiograph.structures_mm]
        return file_names([*structures, *(("tool", tool.name) for tool in self.sample.scene.tools)])

    @cached_property
    def masks(self) -> tuple[Mask, ...]:
        """Of the structures in their order, then of the tools where the plan wants them.

        A pixel belongs to what its ray crosses by more than the threshold in mm.
        """
        radiograph, plan = self.radiograph, self.plan
        found = []
        for kind, paths, threshold in (
            ("structure", radiograph.structures_mm, plan.mask_threshold_mm),
            ("tool", radiograph.tools_mm if plan.tool_masks else {}, TOOL_THRESHOLD_MM),
        ):
            for name, path_mm in paths.items():
                pixels = path_mm > threshold
                called = self.file_names[kind, name]
                path = mask_path(self.sample.number, called) if pixels.any() else None
                found.append(Mask(name, kind, pixels, path))
        return tuple(found)


@dataclass(frozen=True, eq=False)
class Series:
    """A whole series whose `count` images lie in `folder`; `files` relative path -> SHA-256 of
    every file so far; `plan_sha256` the fingerprint of what it was made from.
    """

    folder: Path
    count: int
    scene: Scene
    inputs: Inputs
    plan_sha256: str
    structures: tuple[str, ...]
    files: dict[str, str]


class ImageWriter(Protocol):
    """A format of one image's data."""

    def __call__(self, item: Item) -> Iterator[File]: ...


class SeriesWriter(Protocol):
    """A format of what concerns the series as a whole; written last, over the images' files."""

    def __call__(self, series: Series) -> Iterator[File] | Iterator[BigFile]: ...
