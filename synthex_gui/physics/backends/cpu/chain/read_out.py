"""From the signal at the detector to the flat-fielded image: blur, electronics, counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.numeric.philox import ELECTRONIC, to_normals, uniforms
from synthex_gui.numeric.separable import filter_rows
from synthex_gui.numeric.tiles import run_tiles
from synthex_gui.physics.backends.base import Image
from synthex_gui.physics.backends.stages import BeamStage, ReadStage

_NO_IMAGE = np.ones((1, 1), dtype=np.float32)
_NO_KEY = np.zeros(2, dtype=np.uint32)


def read_out(
    arrived: Image, beam: BeamStage, read: ReadStage, photons: float, threads: int = 1
) -> Image:
    """(h, w) float32 flat-fielded signal, 1 in the open field, of what arrived, drawn for `photons`
    per open-field pixel.

    An ideal detector divides by the flat field. A panel blurs, amplifies, adds electronic noise and
    lag, saturates, rounds to square-root coded counts and divides.
    """
    out = np.empty_like(arrived)
    flat = beam.open_field, np.float32(beam.darkest), np.float32(read.flat_share)
    panel = read.panel
    if panel is None:
        run_tiles(lambda a, b: _divide_rows(arrived, *flat, a, b, out), len(out), threads)
        return out
    has_lag = panel.previous is not None and panel.lag > 0.0
    gains = _NO_IMAGE if panel.gains is None else panel.gains
    previous = _NO_IMAGE if panel.previous is None else panel.previous
    key = _NO_KEY if read.key is None else read.key

    def tile(top: int, bottom: int) -> None:
        filter_rows(arrived, panel.blur.rows, panel.blur.columns, top, bottom, out)
        _read_rows(
            *flat,
            gains,
            panel.gains is not None,
            previous,
            np.float32(panel.lag if has_lag else 0.0),
            np.float32(0.0 if read.key is None else panel.electronic / photons),
            np.float32(panel.saturation),
            np.float32(panel.levels),
            key,
            top,
            bottom,
            out,
        )

    run_tiles(tile, len(out), threads)
    return out


@vector_kernel
def _divide_rows(
    arrived: Image,
    open_field: Image,
    darkest: np.float32,
    flat_share: np.float32,
    top: int,
    bottom: int,
    out: Image,
) -> None:
    for row in range(top, bottom):
        line, opened, target = arrived[row], open_field[row], out[row]
        for n in range(target.size):
            target[n] = line[n] / (max(opened[n], darkest) * flat_share)


@vector_kernel
def _read_rows(
    open_field: Image,
    darkest: np.float32,
    flat_share: np.float32,
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
            flat[n] = max(opened[n], darkest) * flat_share
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
