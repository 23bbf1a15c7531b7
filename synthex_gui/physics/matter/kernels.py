"""CT numbers and labels to stored densities, voxel by voxel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import kernel


@kernel
def look_up(
    values: NDArray[np.int16],
    first: int,
    last: int,
    tables: NDArray[np.uint16],
    out: NDArray[np.uint16],
) -> None:
    """Slices [first, last) of `out` (fields, nz, ny, nx) from `tables` (fields, 65536) by
    CT number + 32768.
    """
    _, ny, nx = values.shape
    for field in range(len(tables)):
        table = tables[field]
        for z in range(first, last):
            for y in range(ny):
                for x in range(nx):
                    out[field, z, y, x] = table[np.int64(values[z, y, x]) + 32768]


@kernel
def look_up_labelled(
    values: NDArray[np.int16],
    first: int,
    last: int,
    labels: NDArray[Any],
    class_of: NDArray[np.uint8],
    label_from_voxel: NDArray[np.float64],
    tables: NDArray[np.uint16],
    out: NDArray[np.uint16],
) -> None:
    """As `look_up` with `tables` (fields, classes, 65536); the class is that of the label whose
    voxel the CT voxel's centre lies in (`label_from_voxel` (3, 4): indices x, y, z), 0 outside.
    """
    _, ny, nx = values.shape
    lz, ly, lx = labels.shape
    m = label_from_voxel
    for z in range(first, last):
        for y in range(ny):
            for x in range(nx):
                i = int(np.floor(m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3] + 0.5))
                j = int(np.floor(m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3] + 0.5))
                k = int(np.floor(m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3] + 0.5))
                kind = 0
                if 0 <= i < lx and 0 <= j < ly and 0 <= k < lz:
                    kind = int(class_of[labels[k, j, i]])
                hu = np.int64(values[z, y, x]) + 32768
                for field in range(len(tables)):
                    out[field, z, y, x] = tables[field, kind, hu]
