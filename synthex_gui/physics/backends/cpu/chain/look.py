"""The look of a signal: its logarithm, or the clinical picture of a pyramid of details."""

from __future__ import annotations

import numpy as np

from synthex_gui.numeric.fast_math import exp32, log32
from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.numeric.tiles import run_tiles
from synthex_gui.physics.backends.base import Image
from synthex_gui.physics.backends.cpu.chain.pyramid import recombined, reduced
from synthex_gui.physics.backends.stages import LookStage


def shown(signal: Image, stage: LookStage, blades: Image | None, threads: int = 1) -> Image:
    """(h, w) float32: what `stage` says of a signal (h, w); `blades` (h, w) the part of the beam
    that the collimator leaves, None for all.
    """
    if stage.kind == "log":
        return logarithms(signal, stage.smallest, threads)
    grey, _ = clinical(signal, stage, threads)
    if blades is not None and stage.hide_below is not None:
        grey = np.where(blades < stage.hide_below, np.float32(0), grey)
    return grey


def clinical(signal: Image, stage: LookStage, threads: int = 1) -> tuple[Image, float]:
    """(grey (h, w) from 0 black to 1 white, the middle's logarithm), blades left out."""
    logs = logarithms(signal, stage.smallest, threads)
    middle = stage.middle_ln(logs[np.ix_(stage.rows, stage.columns)])
    return _clinical(logs, middle, stage, threads), middle


def logarithms(signal: Image, smallest: float, threads: int = 1) -> Image:
    """(h, w) -ln(signal), for signals from `smallest` on."""
    out = np.empty_like(signal)
    least = np.float32(smallest)
    run_tiles(lambda a, b: _log_rows(signal, least, a, b, out), signal.shape[0], threads)
    return out


def _clinical(logs: Image, middle: float, stage: LookStage, threads: int) -> Image:
    # Beyond this everything is white anyway, and a line integral through steel would blacken all
    # around it.
    levels = [np.minimum(logs, np.float32(middle + stage.most_above_ln))]
    for _ in stage.gains:
        levels.append(reduced(levels[-1], threads))
    broad = levels[-1] - np.float32(middle)
    kept = stage.broad_contrast / (1.0 + np.abs(broad) / stage.broad_ln)
    changed: Image = (middle + broad * kept).astype(np.float32)
    for n, gain in reversed(list(enumerate(stage.gains))):
        changed = recombined(levels[n], levels[n + 1], changed, gain, stage.soft_ln, threads)
    out = np.empty_like(logs)
    slope, half = np.float32(stage.slope_per_ln), np.float32(middle + stage.half_above_ln)
    per_open = np.float32(1.0 / stage.open_ln)

    def tile(top: int, bottom: int) -> None:
        _shade_rows(changed, logs, slope, half, per_open, top, bottom, out)

    run_tiles(tile, logs.shape[0], threads)
    return out


@vector_kernel
def _log_rows(signal: Image, smallest: np.float32, top: int, bottom: int, out: Image) -> None:
    for row in range(top, bottom):
        values, target = signal[row], out[row]
        for x in range(values.size):
            target[x] = -log32(max(values[x], smallest))


@vector_kernel
def _shade_rows(
    changed: Image,
    logs: Image,
    slope: np.float32,
    half: np.float32,
    per_open: np.float32,
    top: int,
    bottom: int,
    out: Image,
) -> None:
    """The sigmoid, falling to black where nothing attenuates."""
    one, zero = np.float32(1.0), np.float32(0.0)
    for row in range(top, bottom):
        values, original, target = changed[row], logs[row], out[row]
        for x in range(values.size):
            grey = one / (one + exp32(-slope * (values[x] - half)))
            share = min(max(original[x] * per_open, zero), one)
            target[x] = grey * share
