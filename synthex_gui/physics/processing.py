"""The picture made of a signal: raw, logarithmic, or as a radiographer is used to see it.

The raw and log looks go through fixed windows. The clinical one takes a single number from the
image, the mean logarithm of its middle, as a C-arm's brightness control does; everything else is
fixed. All numbers are recorded with the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.fast_math import exp32, log32, vector_kernel
from synthex_gui.physics.processing_pyramid import recombined, reduced
from synthex_gui.physics.tiles import run_tiles
from synthex_gui.scene.detector import Processing

Image = NDArray[np.float32]

SMALLEST_SIGNAL = 1e-7
# Black and white of the looks: of the signal, and of its negative logarithm.
RAW_WINDOW = (0.0, 1.0)
LOG_WINDOW = (0.5, 8.5)

# The clinical look. The middle third of the image gets the grey MIDDLE_GREY; its logarithm counts
# as no less than this, so that an empty field stays black.
LEAST_MIDDLE_LN = 1.2
MEASURING_FIELD = 1 / 3
# Logarithms count as no more than this above the middle's.
MOST_ABOVE_LN = 3.0
MIDDLE_GREY = 0.42
# Structures wider than the pyramid's last level keep the part BROAD_CONTRAST / (1 + |d| / BROAD_LN)
# of their distance d from the middle, so that one look-up table holds lungs and hips; per level,
# from the finest: how much of `edge` and of `contrast` it takes. A detail of SOFT [ln] takes half.
BROAD_CONTRAST, BROAD_LN = 0.75, 1.5
LEVELS = ((0.25, 0.05), (0.80, 0.30), (0.55, 0.70), (0.10, 0.90), (0.0, 0.70), (0.0, 0.20))
SOFT = 0.15
# The width for which LEVELS are meant: a flat panel's.
BANDS_WIDTH = 1536
# The look-up table is a sigmoid of the processed logarithm.
SLOPE_PER_LN = 2.0
# Below this logarithm the picture falls to black: the open field.
_OPEN_LOG = 0.15


@dataclass(frozen=True, eq=False)
class Picture:
    """`grey` (h, w) float32 from 0 black to 1 white; `record` every number it was made with."""

    grey: Image
    record: dict[str, Any]


def picture(
    signal: Image,
    processing: Processing,
    window: tuple[float, float] | None = None,
    threads: int = 1,
) -> Picture:
    """The look of a signal (h, w) that is 1 in the open field.

    Log and clinical looks show bone bright unless `bone_dark`; the raw one shows it dark, as the
    detector sees it. `window`: black and white of the raw and log looks, of the signal and of
    -ln(signal); the clinical look takes none.
    """
    common: dict[str, Any] = {"look": processing.look, "bone_dark": processing.bone_dark}
    if processing.look == "clinical":
        logs = log_signal(signal, threads)
        middle = _middle_ln(logs)
        grey = _clinical(logs, middle, processing, threads)
        numbers = {
            "image": "clinical",
            "contrast": processing.contrast,
            "edge": processing.edge,
            "middle_ln": middle,
            "middle_grey": MIDDLE_GREY,
            "broad_contrast": BROAD_CONTRAST,
            "broad_ln": BROAD_LN,
            "levels_edge_contrast": [list(level) for level in _bands(signal.shape[1])],
            "soft_ln": SOFT,
            "sigmoid_slope_per_ln": SLOPE_PER_LN,
            "most_above_ln": MOST_ABOVE_LN,
        }
    else:
        is_raw = processing.look == "raw"
        low, high = window or (RAW_WINDOW if is_raw else LOG_WINDOW)
        values = signal if is_raw else log_signal(signal, threads)
        grey = np.clip((values - np.float32(low)) / np.float32(high - low), 0.0, 1.0)
        numbers = {"image": "signal" if is_raw else "log", "low": low, "high": high}
    if processing.bone_dark and processing.look != "raw":
        grey = np.subtract(np.float32(1.0), grey)
    return Picture(grey, {**common, **numbers})


def log_signal(signal: Image, threads: int = 1) -> Image:
    """(h, w) -ln(signal), for signals from SMALLEST_SIGNAL on."""
    out = np.empty_like(signal)
    run_tiles(lambda a, b: _log_rows(signal, a, b, out), signal.shape[0], threads)
    return out


def _bands(width: int) -> tuple[tuple[float, float], ...]:
    """The bands of an image so wide: a small one lacks the finest, so that it looks like a large
    one made small and a preview like the full image.
    """
    missing = round(np.log2(BANDS_WIDTH / width))
    return LEVELS[min(max(missing, 0), len(LEVELS) - 1) :]


def _middle_ln(logs: Image) -> float:
    rows, columns = (
        slice(int(size * (1 - MEASURING_FIELD) / 2), -(-int(size * (1 + MEASURING_FIELD)) // 2))
        for size in logs.shape
    )
    middle = logs[rows, columns]
    # Metal in the middle must not darken the patient around it.
    most = np.float32(np.median(middle) + MOST_ABOVE_LN)
    mean = float(np.minimum(middle, most).mean(dtype=np.float64))
    return max(mean, LEAST_MIDDLE_LN)


def _clinical(logs: Image, middle: float, processing: Processing, threads: int) -> Image:
    bands = _bands(logs.shape[1])
    # Beyond this everything is white anyway, and a line integral through steel would blacken all
    # around it.
    levels = [np.minimum(logs, np.float32(middle + MOST_ABOVE_LN))]
    for _ in bands:
        if min(levels[-1].shape) < 4:
            break
        levels.append(reduced(levels[-1], threads))
    broad = levels[-1] - np.float32(middle)
    kept = BROAD_CONTRAST / (1.0 + np.abs(broad) / BROAD_LN)
    changed: Image = (middle + broad * kept).astype(np.float32)
    for n in reversed(range(len(levels) - 1)):
        by_edge, by_contrast = bands[n]
        gain = 1.0 + by_edge * processing.edge + by_contrast * processing.contrast
        changed = recombined(levels[n], levels[n + 1], changed, gain, SOFT, threads)
    out = np.empty_like(logs)
    # Where the sigmoid is one half.
    half = np.float32(middle + np.log(1.0 / MIDDLE_GREY - 1.0) / SLOPE_PER_LN)
    run_tiles(lambda a, b: _shade_rows(changed, logs, half, a, b, out), logs.shape[0], threads)
    return out


@vector_kernel
def _log_rows(signal: Image, top: int, bottom: int, out: Image) -> None:
    for row in range(top, bottom):
        values, target = signal[row], out[row]
        for x in range(values.size):
            target[x] = -log32(max(values[x], np.float32(SMALLEST_SIGNAL)))


@vector_kernel
def _shade_rows(
    changed: Image, logs: Image, half: np.float32, top: int, bottom: int, out: Image
) -> None:
    """The sigmoid, falling to black where nothing attenuates."""
    one, zero = np.float32(1.0), np.float32(0.0)
    slope = np.float32(SLOPE_PER_LN)
    for row in range(top, bottom):
        values, original, target = changed[row], logs[row], out[row]
        for x in range(values.size):
            grey = one / (one + exp32(-slope * (values[x] - half)))
            share = min(max(original[x] * np.float32(1.0 / _OPEN_LOG), zero), one)
            target[x] = grey * share
