"""From the signal at the detector to the flat-fielded image: blur, electronics, counts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.numeric.philox import DEAD, ELECTRONIC, GAIN, key_of, to_normals, uniforms
from synthex_gui.numeric.separable import filter_rows
from synthex_gui.numeric.tiles import run_tiles
from synthex_gui.physics.detector.mtf import blur_filter
from synthex_gui.scene.detector import Detector

Image = NDArray[np.float32]

# A detector's gains and dead pixels are its own, whatever the scene's seed.
_PANEL_SEED = 0


@dataclass(frozen=True, eq=False)
class Exposed:
    """How a signal is read: `photons` per open-field pixel, None to leave out everything random
    and the rounding; `native_px` rendered pixels in one of the detector's own, per side (0.25 when
    each rendered pixel is 4 x 4 of its); `seed` and `index` of the image; `previous` (h, w) the
    last frame's flat-fielded signal for the lag, None for the first.
    """

    photons: float | None
    native_px: float = 1.0
    seed: int = 0
    index: int = 0
    previous: Image | None = None


def read_out(
    arrived: Image,
    open_field: Image,
    detector: Detector,
    pixel_mm: float,
    exposed: Exposed,
    threads: int = 1,
) -> Image:
    """(h, w) float32 flat-fielded signal of a CsI panel, 1 in the open field.

    Blur, gain, electronic noise, lag, saturation, square-root coded counts, division by the flat
    field.
    Dead pixels are replaced by the median of their live neighbours, as panels do.
    """
    height, width = arrived.shape
    blur = blur_filter(detector.mtf_h_mm2, pixel_mm)
    gains = _gains(height, width, detector.gain_spread)
    is_random = exposed.photons is not None
    # Electronic noise of n x n binned pixels is n times that of one.
    rms = detector.electronic_noise_photons / exposed.native_px
    electronic = rms / exposed.photons if exposed.photons is not None else 0.0
    levels = 2**detector.bit_depth - 1 if is_random else 0
    has_lag = exposed.previous is not None and detector.lag > 0.0
    previous = exposed.previous if exposed.previous is not None else arrived[:1, :1]
    key = key_of(exposed.seed, exposed.index)
    out = np.empty_like(arrived)

    def tile(top: int, bottom: int) -> None:
        filter_rows(arrived, blur.rows, blur.columns, top, bottom, out)
        _read_rows(
            open_field,
            gains,
            detector.gain_spread > 0.0,
            previous,
            np.float32(detector.lag if has_lag else 0.0),
            np.float32(electronic),
            np.float32(detector.saturation),
            np.float32(levels),
            key,
            top,
            bottom,
            out,
        )

    run_tiles(tile, height, threads)
    if detector.dead_pixels > 0.0:
        _mend(out, *_dead(height, width, detector.dead_pixels))
    return out


def flat_fielded(arrived: Image, open_field: Image) -> Image:
    """(h, w) the signal of an ideal detector: what arrived over the open field."""
    return arrived / open_field


@vector_kernel
def _read_rows(
    open_field: Image,
    gains: Image,
    has_gains: bool,
    previous: Image,
    lag: np.float32,
    electronic: np.float32,
    saturation: np.float32,
    levels: np.float32,
    key: NDArray[np.uint32],
    top: int,
    bottom: int,
    out: Image,
) -> None:
    """Turn the blurred rows [top, bottom) of `out` into flat-fielded ones. 0 switches lag,
    electronic noise and rounding (`levels` the largest count) off.
    """
    width = out.shape[1]
    flat = np.empty(width, np.float32)
    one, two = np.empty(width, np.float32), np.empty(width, np.float32)
    normal = np.empty(width, np.float32)
    zero, half = np.float32(0.0), np.float32(0.5)
    for row in range(top, bottom):
        line, opened = out[row], open_field[row]
        for n in range(width):
            flat[n] = opened[n]
        if has_gains:
            gain = gains[row]
            for n in range(width):
                line[n] *= gain[n]
                flat[n] *= gain[n]
        if electronic > zero:
            uniforms(row * width, ELECTRONIC, key[0], key[1], one, two)
            to_normals(one, two, normal)
            for n in range(width):
                line[n] += electronic * normal[n]
        if lag > zero:
            last = previous[row]
            for n in range(width):
                line[n] += lag * (last[n] * flat[n] - line[n])
        for n in range(width):
            line[n] = min(max(line[n], zero), saturation)
        if levels > zero:
            # Square-root coded counts: rounding then stays as small against the quantum noise in
            # the darkest place as in the brightest.
            coded = levels / np.sqrt(saturation)
            decoded = saturation / (levels * levels)
            for n in range(width):
                count = np.floor(np.sqrt(line[n]) * coded + half)
                line[n] = count * count * decoded
        for n in range(width):
            line[n] = line[n] / flat[n]


@lru_cache(maxsize=4)
def _gains(height: int, width: int, spread: float) -> Image:
    """(h, w) gain of each pixel, normal about 1, at least 0.1; (1, 1) when all are 1."""
    if spread == 0.0:
        return np.ones((1, 1), dtype=np.float32)
    one, two = _panel_uniforms(height, width, GAIN)
    normal = np.empty_like(one)
    to_normals(one, two, normal)
    gains: Image = np.maximum(1.0 + spread * normal, 0.1).astype(np.float32)
    gains.shape = (height, width)
    return gains


@lru_cache(maxsize=4)
def _dead(height: int, width: int, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
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


def _mend(image: Image, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> None:
    """Give dead pixels the median of their live neighbours of eight; 0 where none lives."""
    height, width = image.shape
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
