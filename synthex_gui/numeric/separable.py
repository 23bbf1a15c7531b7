"""An image through a sum of separable even filters, in tiles of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.numeric.tiles import run_tiles

Image = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SeparableFilter:
    """A sum of products: `rows` and `columns` (terms, radius + 1) float32, taps by distance from
    the middle; each is even.
    """

    rows: NDArray[np.float32]
    columns: NDArray[np.float32]

    @property
    def radius(self) -> int:
        """Pixels that it reaches to either side."""
        return int(self.rows.shape[1]) - 1


def filtered(image: Image, filter_: SeparableFilter, threads: int = 1) -> Image:
    """(h, w) the image filtered; beyond its edges it goes on with their values."""
    out = np.empty_like(image)

    def tile(top: int, bottom: int) -> None:
        filter_rows(image, filter_.rows, filter_.columns, top, bottom, out)

    run_tiles(tile, image.shape[0], threads)
    return out


@vector_kernel
def filter_rows(
    image: Image,
    rows: NDArray[np.float32],
    columns: NDArray[np.float32],
    top: int,
    bottom: int,
    out: Image,
) -> None:
    """Fill rows [top, bottom) of `out`; `rows` filter down, `columns` across."""
    height, width = image.shape
    terms, taps = rows.shape
    radius = taps - 1
    padded = np.empty(width + 2 * radius, np.float32)
    across = np.empty((bottom - top + 2 * radius, width), np.float32)
    total = np.empty(width, np.float32)
    for term in range(terms):
        for n in range(bottom - top + 2 * radius):
            row = image[min(max(top + n - radius, 0), height - 1)]
            padded[:radius] = row[0]
            padded[radius : radius + width] = row
            padded[radius + width :] = row[width - 1]
            _even(padded, columns[term], radius, total)
            across[n] = total
        for n in range(bottom - top):
            target = out[top + n]
            middle = across[n + radius]
            tap = rows[term, 0]
            if term == 0:
                for x in range(width):
                    target[x] = tap * middle[x]
            else:
                for x in range(width):
                    target[x] += tap * middle[x]
            for k in range(1, taps):
                above, below = across[n + radius - k], across[n + radius + k]
                tap = rows[term, k]
                for x in range(width):
                    target[x] += tap * (above[x] + below[x])


@vector_kernel
def _even(padded: Image, taps: Image, radius: int, out: Image) -> None:
    """Filter a padded row into `out` (w,)."""
    width = out.size
    middle = padded[radius : radius + width]
    tap = taps[0]
    for x in range(width):
        out[x] = tap * middle[x]
    for k in range(1, taps.size):
        left = padded[radius - k : radius - k + width]
        right = padded[radius + k : radius + k + width]
        tap = taps[k]
        for x in range(width):
            out[x] += tap * (left[x] + right[x])
