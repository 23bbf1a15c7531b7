"""What one panel's pixels have of their own: gains, and the dead ones, which are mended."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.philox import DEAD, GAIN, key_of, to_normals, uniforms
from synthex_gui.scene.detector import Detector

Image = NDArray[np.float32]
Indices = NDArray[np.int64]

# A detector's gains and dead pixels are its own, whatever the scene's seed.
_PANEL_SEED = 0


@lru_cache(maxsize=4)
def pixel_gains(height: int, width: int, spread: float) -> Image:
    """(h, w) gain of each pixel, normal about 1, at least 0.1; (1, 1) when all are 1."""
    if spread == 0.0:
        return np.ones((1, 1), dtype=np.float32)
    one, two = _panel_uniforms(height, width, GAIN)
    normal = np.empty_like(one)
    to_normals(one, two, normal)
    # A gain of 0 would be a dead pixel, which is another setting; the flat field divides by it.
    gains: Image = np.maximum(1.0 + spread * normal, 0.1).astype(np.float32)
    gains.shape = (height, width)
    return gains


@lru_cache(maxsize=4)
def dead_pixels(height: int, width: int, share: float) -> tuple[Indices, Indices]:
    """(rows, columns) of the dead pixels."""
    one, _ = _panel_uniforms(height, width, DEAD)
    rows, columns = np.nonzero(one.reshape(height, width) < share)
    return rows, columns


def _panel_uniforms(height: int, width: int, purpose: int) -> tuple[Image, Image]:
    one = np.empty(height * width, dtype=np.float32)
    two = np.empty_like(one)
    key = key_of(_PANEL_SEED, 0)
    uniforms(0, purpose, key[0], key[1], one, two)
    return one, two


def has_dead_pixels(detector: Detector) -> bool:
    """True where `mended` changes anything: ideal detectors have no pixels of their own."""
    return detector.kind == "csi" and detector.dead_pixels > 0.0


def mended(signal: Image, detector: Detector) -> Image:
    """The signal (h, w) with the median of their live neighbours of eight in the place of dead
    pixels, as panels do; 0 where none lives. Written in place where that is possible.
    """
    if not has_dead_pixels(detector):
        return signal
    image = np.require(signal, requirements="W")
    height, width = image.shape
    rows, columns = dead_pixels(height, width, detector.dead_pixels)
    image[rows, columns] = np.nan
    around = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    near = np.full((len(around), len(rows)), np.nan, dtype=np.float32)
    for n, (i, j) in enumerate(around):
        y, x = rows + i, columns + j
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        near[n, inside] = image[y[inside], x[inside]]
    near.sort(axis=0)  # nan last
    alive = np.isfinite(near).sum(axis=0)
    low = np.maximum((alive - 1) // 2, 0)
    pixels = np.arange(len(rows))
    middle = 0.5 * (near[low, pixels] + near[np.minimum(alive // 2, 7), pixels])
    image[rows, columns] = np.where(alive > 0, middle, 0.0)
    return image
