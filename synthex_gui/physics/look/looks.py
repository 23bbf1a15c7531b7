"""The picture made of a signal: raw, logarithmic, or as a radiographer is used to see it.

The raw and log looks go through fixed windows. The clinical one takes a single number from the
image, the mean logarithm of points in its middle, as a C-arm's brightness control does; everything
else is fixed. All numbers are recorded with the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.backends.cpu.chain.look import clinical, logarithms
from synthex_gui.physics.backends.stages import LookStage
from synthex_gui.scene.detector import Processing

Image = NDArray[np.float32]

SMALLEST_SIGNAL = 1e-7
# Black and white of the looks: of the signal, and of its negative logarithm.
RAW_WINDOW = (0.0, 1.0)
LOG_WINDOW = (0.5, 8.5)

# The clinical look. The middle third of the image, measured at no more than so many points a side,
# gets the grey MIDDLE_GREY; its logarithm counts as no less than LEAST_MIDDLE_LN, so that an empty
# field stays black.
MEASURING_FIELD = 1 / 3
MEASURING_POINTS = 96
LEAST_MIDDLE_LN = 1.2
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
OPEN_LN = 0.15


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
        stage = look_stage(processing, *signal.shape)
        grey, middle = clinical(signal, stage, threads)
        numbers = {
            "image": "clinical",
            "contrast": processing.contrast,
            "edge": processing.edge,
            "middle_ln": middle,
            "middle_points": [len(stage.rows), len(stage.columns)],
            "least_middle_ln": LEAST_MIDDLE_LN,
            "middle_grey": MIDDLE_GREY,
            "broad_contrast": BROAD_CONTRAST,
            "broad_ln": BROAD_LN,
            "levels_edge_contrast": [list(level) for level in _bands(signal.shape[1])],
            "soft_ln": SOFT,
            "sigmoid_slope_per_ln": SLOPE_PER_LN,
            "most_above_ln": MOST_ABOVE_LN,
            "open_ln": OPEN_LN,
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
    return logarithms(signal, SMALLEST_SIGNAL, threads)


def look_stage(
    processing: Processing, height: int, width: int, hide_below: float | None = None
) -> LookStage:
    """The numbers of a log or clinical look of an image of that size, `bone_dark` left out.

    `hide_below`: see `LookStage`. ValueError for the raw look, which is the signal itself.
    """
    if processing.look == "raw":
        raise ValueError("the raw look is the signal itself; there is nothing to compute")
    rows, columns = middle_lattice(height, width)
    return LookStage(
        kind=processing.look,
        smallest=SMALLEST_SIGNAL,
        rows=rows,
        columns=columns,
        least_middle_ln=LEAST_MIDDLE_LN,
        most_above_ln=MOST_ABOVE_LN,
        gains=_gains(processing, height, width),
        soft_ln=SOFT,
        broad_contrast=BROAD_CONTRAST,
        broad_ln=BROAD_LN,
        slope_per_ln=SLOPE_PER_LN,
        half_above_ln=float(np.log(1.0 / MIDDLE_GREY - 1.0)) / SLOPE_PER_LN,
        open_ln=OPEN_LN,
        hide_below=hide_below,
    )


def middle_lattice(height: int, width: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(rows, columns) int32: where the middle third is measured, evenly spread over it."""

    def along(size: int) -> NDArray[np.int32]:
        first = int(size * (1 - MEASURING_FIELD) / 2)
        within = -(-int(size * (1 + MEASURING_FIELD)) // 2) - first
        count = min(within, MEASURING_POINTS)
        odd = 2 * np.arange(count, dtype=np.int64) + 1
        return (first + odd * within // (2 * count)).astype(np.int32)

    return along(height), along(width)


def _bands(width: int) -> tuple[tuple[float, float], ...]:
    """The bands of an image so wide: a small one lacks the finest, so that it looks like a large
    one made small and a preview like the full image.
    """
    missing = round(np.log2(BANDS_WIDTH / width))
    return LEVELS[min(max(missing, 0), len(LEVELS) - 1) :]


def _gains(processing: Processing, height: int, width: int) -> tuple[float, ...]:
    """How much faint details of each level grow, finest first; none below 4 pixels a side."""
    gains = []
    smaller_side = min(height, width)
    for by_edge, by_contrast in _bands(width):
        if smaller_side < 4:
            break
        gains.append(1.0 + by_edge * processing.edge + by_contrast * processing.contrast)
        smaller_side = (smaller_side + 1) // 2
    return tuple(gains)
