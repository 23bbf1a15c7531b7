"""A field as the CPU projector keeps it: cropped, with a slab-major copy for each axis in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.transforms import Matrix
from synthex_gui.numeric.simd import LANES
from synthex_gui.numeric.tiles import Threads, bands
from synthex_gui.physics.backends.base import BackendError, Field
from synthex_gui.physics.backends.cpu.field_kernels import (
    add_slabs,
    bound_slices,
    copy_rows,
    span_rows,
    turn_rows,
)
from synthex_gui.physics.backends.cpu.slab_shelf import SlabShelf

# The in-plane axes (row, column) of the slabs across each axis; x = 0, y = 1, z = 2. Columns run
# along x where they can, since that is how volumes lie in memory.
PLANE_AXES = {0: (2, 1), 1: (2, 0), 2: (1, 0)}


@dataclass(frozen=True, eq=False)
class Slabs:
    """Slab-major copy: `data` (n_slabs, n_rows, stride) uint8 or uint16, never negative;
    `spans` (n_slabs, n_rows, 2) first and last non-zero column; `columns` and `rows` that hold
    voxels (the rest is zero padding); each slab is `thickness` voxels and value = data * scale.
    """

    data: NDArray[Any]
    spans: NDArray[np.int32]
    rows: int
    columns: int
    thickness: int
    scale: float


class CpuField:
    """One field, cropped to its voxels > 0 and one layer around them.

    `stored` is a view (nz, ny, nx) of the caller's array, `voxel_from_world` (4, 4) maps into its
    indices (x, y, z). Copies per axis are made when first needed, on the `shelf` where one is
    given. Raises BackendError for another
    type than uint8, int16 or uint16, a shape that is not the grid's, or a singular affine.
    """

    def __init__(
        self, key: str, field: Field, threads: Threads, shelf: SlabShelf | None = None
    ) -> None:
        if field.stored.dtype not in (np.uint8, np.int16, np.uint16):
            raise BackendError(
                f"field {key}: stored as {field.stored.dtype}; use uint8, int16 or uint16"
            )
        if field.stored.shape != tuple(field.grid.shape):
            raise BackendError(
                f"field {key}: {field.stored.shape} voxels on a grid of {field.grid.shape}"
            )
        world_from_voxel = np.asarray(field.grid.world_from_voxel, dtype=np.float64)
        if abs(np.linalg.det(world_from_voxel[:3, :3])) < 1e-12:
            raise BackendError(f"field {key}: its affine is singular; fix the volume's geometry")
        self._threads = threads
        self._key, self._shelf = key, shelf
        self.scale = float(field.scale)
        whole = np.ascontiguousarray(field.stored)
        box = non_empty_box(whole, threads)
        self.is_empty = box is None
        low, high = box if box is not None else ((0, 0, 0), (1, 1, 1))
        self.stored: NDArray[Any] = whole[low[2] : high[2], low[1] : high[1], low[0] : high[0]]
        shift = np.eye(4)
        shift[:3, 3] = low
        self.world_from_voxel: Matrix = world_from_voxel @ shift
        self.voxel_from_world = np.asarray(np.linalg.inv(self.world_from_voxel), np.float64)
        self.size: tuple[int, int, int] = (
            self.stored.shape[2],
            self.stored.shape[1],
            self.stored.shape[0],
        )
        self._slabs: dict[tuple[int, int], Slabs] = {}

    def slabs(self, axis: int, thickness: int) -> Slabs:
        """The slab-major copy across an axis (0 x, 1 y, 2 z), `thickness` voxels summed."""
        found = self._slabs.get((axis, thickness))
        if found is None:
            found = self._copy(axis) if thickness == 1 else self._thicken(axis, thickness)
            self._slabs[axis, thickness] = found
        return found

    def _copy(self, axis: int) -> Slabs:
        row_axis, column_axis = PLANE_AXES[axis]
        source = self.stored.transpose(2 - axis, 2 - row_axis, 2 - column_axis)
        n_slabs, rows, columns = source.shape
        # Rows hold whole vectors, so that the kernels need no remainder.
        stride = -(-max(columns, 2) // LANES) * LANES
        dtype = np.uint8 if source.dtype == np.uint8 else np.uint16
        copy = turn_rows if axis == 0 else copy_rows

        def make() -> NDArray[Any]:
            data = np.zeros((n_slabs, max(rows, 2), stride), dtype)
            self._threads.each(lambda b: copy(source, b[0], b[1], data), bands(rows, 16))
            return data

        data = self._shared(f"{axis} 1", make)
        return self._with_spans(data, rows, columns, 1, self.scale)

    def _shared(self, name: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        return make() if self._shelf is None else self._shelf.shared(f"{self._key} {name}", make)

    def _thicken(self, axis: int, count: int) -> Slabs:
        thin = self.slabs(axis, 1)
        n_slabs, rows, stride = thin.data.shape
        groups = -(-n_slabs // count)
        fits = int(thin.data.max(initial=0)) * count <= np.iinfo(np.uint16).max
        divide = 1 if fits else count

        def make() -> NDArray[Any]:
            data = np.empty((groups, rows, stride), np.uint16)
            self._threads.each(
                lambda b: add_slabs(thin.data, count, divide, b[0], b[1], data), bands(groups, 8)
            )
            return data

        data = self._shared(f"{axis} {count}", make)
        # A slab's value is the mean over its thickness.
        scale = thin.scale * divide / count
        return self._with_spans(data, thin.rows, thin.columns, count, scale)

    def _with_spans(
        self, data: NDArray[Any], rows: int, columns: int, thickness: int, scale: float
    ) -> Slabs:
        spans = np.empty((*data.shape[:2], 2), np.int32)
        self._threads.each(lambda b: span_rows(data, b[0], b[1], spans), bands(len(data), 16))
        return Slabs(data, spans, rows, columns, thickness, scale)


def non_empty_box(
    stored: NDArray[Any], threads: Threads
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Low and high (exclusive) x, y, z of the values > 0 with one layer around, inside the array.

    The layer makes every face of the box behave as the field does there: its edge value repeats
    for half a voxel, and that value is 0 unless the face is the volume's own.
    """
    bounds = np.empty((len(stored), 4), np.int64)
    threads.each(lambda b: bound_slices(stored, b[0], b[1], bounds), bands(len(stored), 8))
    filled = np.flatnonzero(bounds[:, 1] >= 0)
    if not len(filled):
        return None
    used = bounds[filled]
    low = (used[:, 2].min(), used[:, 0].min(), filled[0])
    high = (used[:, 3].max(), used[:, 1].max(), filled[-1])
    size = stored.shape[::-1]
    return (
        tuple(max(int(value) - 1, 0) for value in low),
        tuple(min(int(value) + 2, length) for value, length in zip(high, size)),
    )
