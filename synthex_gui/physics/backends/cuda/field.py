"""Fields on a CUDA device: cropped, padded, two of one grid interleaved, empty bricks marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.transforms import Matrix
from synthex_gui.numeric.tiles import Threads
from synthex_gui.physics.backends.base import BackendError, Field
from synthex_gui.physics.backends.cpu.field import non_empty_box
from synthex_gui.physics.backends.cuda.device import CudaDevice

BRICK = 8
# Bytes of a field that are copied to the device at a time, beside what stays there.
STAGE_BYTES = 64 << 20
# Voxels are numbered with 32 bits in the kernels.
MOST_VOXELS = 2**32 - 1
_SHORT = {np.dtype(np.uint8): "u8", np.dtype(np.uint16): "u16", np.dtype(np.int16): "i16"}


class HostField:
    """A field as it was given, and the box of its voxels > 0 with one layer around them.

    Raises BackendError for another type than uint8, int16 or uint16, a shape that is not the
    grid's, or a singular affine.
    """

    def __init__(self, key: str, field: Field, threads: Threads) -> None:
        if field.stored.dtype not in _SHORT:
            raise BackendError(
                f"field {key}: stored as {field.stored.dtype}; use uint8, int16 or uint16"
            )
        if field.stored.shape != tuple(field.grid.shape):
            raise BackendError(
                f"field {key}: {field.stored.shape} voxels on a grid of {field.grid.shape}"
            )
        if abs(np.linalg.det(field.grid.world_from_voxel[:3, :3])) < 1e-12:
            raise BackendError(f"field {key}: its affine is singular; fix the volume's geometry")
        self.field = field
        self.box = non_empty_box(np.ascontiguousarray(field.stored), threads)

    def fits_with(self, other: HostField) -> bool:
        """True when both can be interleaved: 16 bits each, on one grid, neither empty."""
        one, two = self.field, other.field
        return (
            one.stored.dtype.itemsize == two.stored.dtype.itemsize == 2
            and one.grid.shape == two.grid.shape
            and np.array_equal(one.grid.world_from_voxel, two.grid.world_from_voxel)
            and self.box is not None
            and other.box is not None
        )


class PackedFields:
    """One or two fields on the device, as ``volume.cu`` lays them out; implements `Placed`.

    `scales` turn stored values into the fields' own. Raises BackendError when they do not fit.
    """

    def __init__(self, device: CudaDevice, fields: Sequence[HostField]) -> None:
        boxes = [item.box for item in fields if item.box is not None]
        low = np.min([box[0] for box in boxes], axis=0)
        high = np.max([box[1] for box in boxes], axis=0)
        nx, ny, nz = (int(n) for n in high - low)
        self.size: tuple[int, int, int] = (nx, ny, nz)
        self.scales = tuple(np.float32(item.field.scale) for item in fields)
        shift = np.eye(4)
        shift[:3, 3] = low
        self.world_from_voxel: Matrix = fields[0].field.grid.world_from_voxel @ shift
        self.voxel_from_world: Matrix = np.asarray(np.linalg.inv(self.world_from_voxel), np.float64)
        layer = (nx + 2) * (ny + 2)
        if layer * (nz + 2) > MOST_VOXELS:
            raise BackendError(
                f"CUDA: a field of {nx} x {ny} x {nz} voxels is too large; choose the CPU"
            )
        self.dtype = np.uint8 if fields[0].field.stored.dtype == np.uint8 else np.uint16
        self.kernel = f"integrate_u{8 * np.dtype(self.dtype).itemsize}_{len(fields)}"
        needed = layer * (nz + 2) * len(fields) * np.dtype(self.dtype).itemsize
        what = f"{needed / 2**30:.1f} GiB of voxels"
        with device.running(f"keep {what}"):
            self._fill(device, fields, low)

    def _fill(self, device: CudaDevice, fields: Sequence[HostField], low: NDArray[Any]) -> None:
        nx, ny, nz = self.size
        count = len(fields)
        self.voxels = device.empty(((nz + 2) * (ny + 2) * (nx + 2) * count,), self.dtype)
        step = max(1, STAGE_BYTES // (nx * ny * np.dtype(self.dtype).itemsize))
        x, y, z = (int(n) for n in low)
        for component, item in enumerate(fields):
            stored = item.field.stored[:, y : y + ny, x : x + nx]
            for first in range(0, nz + 2, step):
                last = min(first + step, nz + 2)
                source = min(max(first - 1, 0), nz - 1)
                end = min(max(last - 2, 0), nz - 1) + 1
                part = device.upload(np.ascontiguousarray(stored[z + source : z + end]))
                device.launch(
                    f"pack_{_SHORT[part.dtype]}",
                    (last - first) * (ny + 2) * (nx + 2),
                    (
                        part,
                        *_ints(source, nx, ny, nz, first, last, component, count),
                        self.voxels,
                    ),
                )
        bricks = tuple(n // BRICK + 1 for n in self.size)
        self.bricks = device.empty((int(np.prod(bricks)),), np.uint8)
        device.launch(
            f"occupy_u{8 * np.dtype(self.dtype).itemsize}",
            self.bricks.size,
            (self.voxels, *_ints(nx, ny, nz, count), self.bricks),
        )


def _ints(*values: int) -> tuple[np.int32, ...]:
    return tuple(np.int32(value) for value in values)
