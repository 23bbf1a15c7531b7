"""Kernels that bring a field into the form in which the slab projector reads it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import kernel


@kernel
def bound_slices(stored: NDArray[Any], first: int, last: int, bounds: NDArray[np.int64]) -> None:
    """Per slice z: lowest y, highest y, lowest x, highest x of its values > 0 into
    `bounds` (nz, 4); -1 in the second column where a slice is empty.
    """
    _, ny, nx = stored.shape
    for z in range(first, last):
        y_low, y_high, x_low, x_high = ny, -1, nx, -1
        for y in range(ny):
            row = stored[z, y]
            low = 0
            while low < nx and row[low] <= 0:
                low += 1
            if low == nx:
                continue
            high = nx - 1
            while row[high] <= 0:
                high -= 1
            y_low, y_high = min(y_low, y), y
            x_low, x_high = min(x_low, low), max(x_high, high)
        bounds[z, 0], bounds[z, 1] = y_low, y_high
        bounds[z, 2], bounds[z, 3] = x_low, x_high


@kernel
def copy_rows(source: NDArray[Any], first: int, last: int, slabs: NDArray[Any]) -> None:
    """Clamp `source` (slab, row, column) at 0 into `slabs`, for rows [first, last); best when
    columns are contiguous in `source`.
    """
    n_slabs, _, n_columns = source.shape
    for slab in range(n_slabs):
        for row in range(first, last):
            for column in range(n_columns):
                slabs[slab, row, column] = max(source[slab, row, column], 0)


@kernel
def turn_rows(source: NDArray[Any], first: int, last: int, slabs: NDArray[Any]) -> None:
    """As `copy_rows`, in blocks of 64 slabs; best when slabs are contiguous in `source`."""
    n_slabs, _, n_columns = source.shape
    for row in range(first, last):
        for block in range(0, n_slabs, 64):
            stop = min(block + 64, n_slabs)
            for column in range(n_columns):
                for slab in range(block, stop):
                    slabs[slab, row, column] = max(source[slab, row, column], 0)


@kernel
def add_slabs(
    slabs: NDArray[Any], count: int, divide: int, first: int, last: int, thick: NDArray[np.uint16]
) -> None:
    """Sum groups of `count` slabs into `thick`, groups [first, last), divided by `divide` and
    rounded.
    """
    n_slabs, n_rows, stride = slabs.shape
    for group in range(first, last):
        stop = min(count * (group + 1), n_slabs)
        for row in range(n_rows):
            for column in range(stride):
                total = np.uint32(divide // 2)
                for slab in range(count * group, stop):
                    total += np.uint32(slabs[slab, row, column])
                thick[group, row, column] = total // np.uint32(divide)


@kernel
def span_rows(slabs: NDArray[Any], first: int, last: int, spans: NDArray[np.int32]) -> None:
    """First and last column > 0 of every row into `spans` (slab, row, 2); last -1 where empty."""
    _, n_rows, stride = slabs.shape
    for slab in range(first, last):
        for row in range(n_rows):
            values = slabs[slab, row]
            low = 0
            while low < stride and values[low] == 0:
                low += 1
            high = stride - 1
            while high > low and values[high] == 0:
                high -= 1
            spans[slab, row, 0] = low
            spans[slab, row, 1] = high if low < stride else -1
