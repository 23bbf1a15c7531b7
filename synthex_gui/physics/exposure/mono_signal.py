"""The signal of a beam of one energy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.fast_math import exp32
from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.numeric.tiles import run_tiles

Image = NDArray[np.float32]


def exp_minus(integral: Image, threads: int = 1) -> Image:
    """(h, w) float32 e^-x of line integrals x (h, w) float32, relative error below 3e-6 up to 40;
    never below 2^-90, which an integral of 62.4 has.
    """
    plain = np.ascontiguousarray(integral, dtype=np.float32)
    signal = np.empty_like(plain)
    run_tiles(lambda top, bottom: _exp_rows(plain, top, bottom, signal), len(plain), threads)
    return signal


@vector_kernel
def _exp_rows(integral: Image, top: int, bottom: int, signal: Image) -> None:
    for row in range(top, bottom):
        values, target = integral[row], signal[row]
        for x in range(values.size):
            target[x] = exp32(-values[x])
