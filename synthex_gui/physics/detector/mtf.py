"""The detector's blur: its modulation transfer function, and filters that have it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthex_gui.numeric.separable import SeparableFilter
from synthex_gui.scene.detector import Detector

Array = NDArray[np.float64]

# Products of one filter for rows and one for columns; with three the Lorentzian, which is no
# product, is met within 0.1 % of its largest value.
TERMS = 3
_FREQUENCIES = 96
_SMALL = 1e-4


def mtf(detector: Detector, pixel_mm: float, frequency_per_mm: ArrayLike) -> Array:
    """The curve that the detector is set to, along a row or column: (n,) at lp/mm (n,).

    1 / (1 + H f^2) of the scintillator times the pixel's sinc; 1 for the ideal detectors.
    """
    f = np.atleast_1d(np.asarray(frequency_per_mm, dtype=np.float64))
    if detector.kind != "csi":
        return np.ones_like(f)
    result: Array = np.sinc(f * pixel_mm) / (1.0 + detector.mtf_h_mm2 * f**2)
    return result


def gaussian_filter(sigma_px: float) -> SeparableFilter:
    """A Gaussian of this standard deviation, by its transfer function; its taps sum to 1."""
    radius = max(int(np.ceil(4.0 * sigma_px)), 2)
    f = (np.arange(_FREQUENCIES) + 0.5) / _FREQUENCIES / 2
    taps = _taps(np.exp(-2.0 * (np.pi * f * sigma_px) ** 2), f, radius)
    whole = (taps / _sum(taps)).astype(np.float32)
    return SeparableFilter(whole[None], whole[None])


@lru_cache(maxsize=32)
def blur_filter(h_mm2: float, pixel_mm: float) -> SeparableFilter:
    """The filter on pixels of `pixel_mm` whose transfer function is the set MTF in two dimensions:
    sinc(fx p) sinc(fy p) / (1 + H (fx^2 + fy^2)).

    The Lorentzian is split by its singular vectors; each factor times the sinc becomes a short
    even filter by least squares over frequencies up to Nyquist, with the sum of taps exact.
    """
    f = (np.arange(_FREQUENCIES) + 0.5) / _FREQUENCIES / 2
    per_mm = f / pixel_mm
    surface = 1.0 / (1.0 + h_mm2 * (per_mm[:, None] ** 2 + per_mm[None, :] ** 2))
    left, sizes, right = np.linalg.svd(surface)
    sinc = np.sinc(f)
    # The kernel falls off as exp(-2 pi r / sqrt(H)); the sinc alone needs a few pixels.
    reach = np.sqrt(h_mm2) / (2.0 * np.pi) / pixel_mm * np.log(1.0 / _SMALL)
    radius = int(np.clip(np.ceil(reach), 5, 32))
    rows, columns = [], []
    for term in range(TERMS):
        if sizes[term] < 1e-4 * sizes[0]:
            break
        scale = np.sqrt(sizes[term])
        rows.append(_taps(left[:, term] * scale * sinc, f, radius))
        columns.append(_taps(right[term] * scale * sinc, f, radius))
    total = sum(_sum(r) * _sum(c) for r, c in zip(rows, columns, strict=True))
    first = np.array(rows) / total
    return SeparableFilter(first.astype(np.float32), np.array(columns).astype(np.float32))


def transfer(filter_: SeparableFilter, row_f: ArrayLike, column_f: ArrayLike) -> Array:
    """Transfer function of a filter at (cycles/pixel down, across), arrays of one shape."""
    down, across = np.broadcast_arrays(
        np.asarray(row_f, dtype=np.float64), np.asarray(column_f, dtype=np.float64)
    )
    result = np.zeros(down.shape)
    for taps_down, taps_across in zip(filter_.rows, filter_.columns, strict=True):
        result += _response(taps_down, down) * _response(taps_across, across)
    return result


def _response(taps: NDArray[np.float32], f: Array) -> Array:
    order = np.arange(1, len(taps))
    waves = np.cos(2.0 * np.pi * f[..., None] * order)
    result: Array = taps[0] + 2.0 * (waves @ taps[1:].astype(np.float64))
    return result


def _sum(taps: Array) -> float:
    return float(taps[0] + 2.0 * taps[1:].sum())


def _taps(wanted: Array, f: Array, radius: int) -> Array:
    """(radius + 1,) taps of the even filter nearest to `wanted` at `f` [cycles/pixel]."""
    result: Array = _taps_from_transfer(f.tobytes(), radius) @ wanted
    return result


@lru_cache(maxsize=64)
def _taps_from_transfer(f_bytes: bytes, radius: int) -> Array:
    """The pseudo-inverse that least squares applies, (radius + 1, n); kept for the next image."""
    f, order = np.frombuffer(f_bytes), np.arange(radius + 1)
    waves = np.where(order == 0, 1.0, 2.0) * np.cos(2.0 * np.pi * f[:, None] * order)
    result: Array = np.linalg.pinv(waves)
    return result
