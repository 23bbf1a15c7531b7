"""A decoded 3-D image before it is known to be a CT or a label map."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Grid
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.io.errors import InputError

MAX_VOXELS = 1_500_000_000
LPS_FROM_RAS: Matrix = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, eq=False)
class RawImage:
    """`values` (nz, ny, nx) of any real dtype, or (nz, ny, nx, layers) for layered segmentations;
    `world_from_voxel` (4, 4) LPS mm; `metadata` free key/value text of the header.
    """

    values: NDArray[Any]
    world_from_voxel: Matrix
    warnings: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def grid(self) -> Grid:
        """The lattice of the voxels."""
        nz, ny, nx = self.values.shape[:3]
        return Grid((nz, ny, nx), self.world_from_voxel)


def checked_shape(path: Path, sizes: tuple[int, ...], bytes_per_voxel: int) -> int:
    """The byte count of an image of these sizes (x, y, z, ...).

    Raises InputError for no voxels, a single slice, or more than MAX_VOXELS.
    """
    if any(size < 1 for size in sizes):
        raise InputError(path, f"declares an impossible size {sizes}")
    voxels = math.prod(sizes)
    if voxels > MAX_VOXELS:
        raise InputError(
            path, f"declares {voxels:.3g} voxels; more than {MAX_VOXELS:.2g} are not supported"
        )
    return voxels * bytes_per_voxel


def refuse_flat(path: Path, sizes: tuple[int, ...]) -> None:
    """Raise InputError when an image is not a volume: fewer than 2 voxels along an axis."""
    if min(sizes[:3]) < 2:
        shown = " x ".join(str(size) for size in sizes)
        raise InputError(path, f"is a single slice ({shown}), not a volume")


def checked_affine(path: Path, affine: Matrix, sizes: tuple[int, ...]) -> tuple[str, ...]:
    """Warnings about a (4, 4) voxel-to-LPS matrix; InputError when it cannot be one."""
    if not np.isfinite(affine).all():
        raise InputError(path, "its orientation holds numbers that are not finite")
    steps = np.linalg.norm(affine[:3, :3], axis=0)
    shown = " x ".join(f"{step:.4g}" for step in steps)
    # From a micro-CT's micrometre to ten centimetres: beyond, the file's unit is another one.
    if steps.min() < 1e-3 or steps.max() > 100:
        raise InputError(path, f"voxel size {shown} mm is not possible; check the file's units")
    if abs(float(np.linalg.det(affine[:3, :3] / steps))) < 0.05:
        raise InputError(path, "its voxel axes lie in one plane; the orientation is damaged")
    if np.abs(affine[:3, 3]).max() > 1e6:
        raise InputError(path, "lies more than a kilometre from the origin; its origin is damaged")
    extent = steps * np.array(sizes[:3])
    if extent.max() < 10 or extent.max() > 3000:
        shown = " x ".join(f"{value:.4g}" for value in extent)
        return (f"the volume measures {shown} mm; check the file's units",)
    return ()
