"""Burt and Adelson's Laplacian pyramid (IEEE Trans. Commun. 1983), in tiles of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.numeric.tiles import run_tiles

Image = NDArray[np.float32]


def reduced(image: Image, threads: int = 1) -> Image:
    """((h + 1) // 2, (w + 1) // 2) the image through 1 4 6 4 1, every other pixel kept."""
    height, width = image.shape
    out = np.empty(((height + 1) // 2, (width + 1) // 2), dtype=np.float32)
    run_tiles(lambda a, b: _reduce_rows(image, a, b, out), out.shape[0], threads)
    return out


def recombined(
    fine: Image, coarse: Image, changed: Image, gain: float, soft: float, threads: int = 1
) -> Image:
    """(h, w) what a level becomes: `changed` enlarged, plus the level's detail made stronger.

    The detail is `fine` minus its reduced form `coarse` enlarged; a detail d becomes
    d (1 + (gain - 1) / (1 + |d| / soft)): faint ones grow by `gain`, strong ones hardly, so that
    metal and blades get no halo.
    """
    out = np.empty_like(fine)

    def tile(top: int, bottom: int) -> None:
        _recombine_rows(
            fine, coarse, changed, np.float32(gain - 1.0), np.float32(1.0 / soft), top, bottom, out
        )

    run_tiles(tile, fine.shape[0], threads)
    return out


@vector_kernel
def _reduce_rows(image: Image, first: int, last: int, out: Image) -> None:
    height, width = image.shape
    line = np.empty(width + 4, np.float32)
    six, four = np.float32(6.0 / 16.0), np.float32(4.0 / 16.0)
    one = np.float32(1.0 / 16.0)
    for row in range(first, last):
        at = 2 * row
        a, b = image[max(at - 2, 0)], image[max(at - 1, 0)]
        c = image[at]
        d, e = image[min(at + 1, height - 1)], image[min(at + 2, height - 1)]
        middle = line[2 : width + 2]
        for x in range(width):
            middle[x] = one * (a[x] + e[x]) + four * (b[x] + d[x]) + six * c[x]
        line[0] = line[1] = line[2]
        line[width + 2] = line[width + 3] = line[width + 1]
        target = out[row]
        for x in range(target.size):
            s = 2 * x
            target[x] = (
                one * (line[s] + line[s + 4]) + four * (line[s + 1] + line[s + 3])
            ) + six * line[s + 2]


@vector_kernel
def _enlarge_row(coarse: Image, row: int, line: Image, out: Image) -> None:
    """One row of the image twice as large; `line` (w + 2) is scratch."""
    height, width = coarse.shape
    i = row // 2
    below = coarse[min(i + 1, height - 1)]
    here = coarse[i]
    middle = line[1 : width + 1]
    if row % 2:
        for x in range(width):
            middle[x] = np.float32(0.5) * (here[x] + below[x])
    else:
        above = coarse[max(i - 1, 0)]
        for x in range(width):
            # The 1 6 1 and 4 4 taps that are left of Burt and Adelson's 1 4 6 4 1 (IEEE Trans.
            # Commun. 1983) between samples of the coarser level.
            middle[x] = np.float32(0.125) * (above[x] + below[x]) + np.float32(0.75) * here[x]
    line[0], line[width + 1] = line[1], line[width]
    size = out.size
    left, centre, right = line[:width], line[1 : width + 1], line[2 : width + 2]
    for x in range((size + 1) // 2):
        out[2 * x] = np.float32(0.125) * (left[x] + right[x]) + np.float32(0.75) * centre[x]
    for x in range(size // 2):
        out[2 * x + 1] = np.float32(0.5) * (centre[x] + right[x])


@vector_kernel
def _recombine_rows(
    fine: Image,
    coarse: Image,
    changed: Image,
    more: np.float32,
    per_soft: np.float32,
    top: int,
    bottom: int,
    out: Image,
) -> None:
    width = fine.shape[1]
    line = np.empty(coarse.shape[1] + 2, np.float32)
    smooth = np.empty(width, np.float32)
    base = np.empty(width, np.float32)
    one = np.float32(1.0)
    for row in range(top, bottom):
        _enlarge_row(coarse, row, line, smooth)
        _enlarge_row(changed, row, line, base)
        here, target = fine[row], out[row]
        for x in range(width):
            detail = here[x] - smooth[x]
            target[x] = base[x] + detail * (one + more / (one + abs(detail) * per_soft))
