"""Noise from a counter-based generator: one pixel, one number, whatever the threads.

Philox4x32-10 (Salmon et al., SC'11, "Parallel random numbers: as easy as 1, 2, 3") with key from
NumPy's SeedSequence(seed, spawn_key=(image,)) and counter (pixel, purpose, 0, 0).

A signal of mean m and variance v is drawn as g times a Poisson number of mean n = m^2 / v, with
g = v / m: the first two moments of the compound Poisson process that a beam of many energies is.
From n = POISSON_BELOW on a normal deviate stands for the Poisson number; below, it is drawn
exactly, by inverting its distribution.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.fast_math import cos_turns32, exp32, log32
from synthex_gui.numeric.jit import kernel, vector_kernel

Image = NDArray[np.float32]
# The counter's purpose word.
QUANTUM, ELECTRONIC, GAIN, DEAD = 0, 1, 2, 3

POISSON_BELOW = 30.0
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_LOW, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)
_WEYL_0, _WEYL_1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_TO_UNIT = np.float32(2.0**-24)
# No Poisson number below POISSON_BELOW exceeds this but once in 1e9 draws.
_MOST_PHOTONS = 80


def key_of(seed: int, image_index: int) -> NDArray[np.uint32]:
    """(2,) uint32 Philox key of one image of a series."""
    state = np.random.SeedSequence(seed, spawn_key=(image_index,)).generate_state(2, np.uint32)
    return state.astype(np.uint32)


@kernel
def philox(
    c0: np.uint32, c1: np.uint32, c2: np.uint32, c3: np.uint32, k0: np.uint32, k1: np.uint32
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Ten rounds of Philox4x32; all arguments uint32; returns four uint64 below 2^32."""
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    y0, y1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        p0 = _M0 * (x0 & _LOW)
        p1 = _M1 * (x2 & _LOW)
        x0, x1, x2, x3 = (
            (p1 >> _SHIFT) ^ x1 ^ y0,
            p1 & _LOW,
            (p0 >> _SHIFT) ^ x3 ^ y1,
            p0 & _LOW,
        )
        y0 = (y0 + _WEYL_0) & _LOW
        y1 = (y1 + _WEYL_1) & _LOW
    return x0, x1, x2, x3


@vector_kernel
def uniforms(
    first_pixel: int, purpose: int, k0: np.uint32, k1: np.uint32, one: Image, two: Image
) -> None:
    """Two numbers in (0, 1) for each of a run of pixels, from the generator's first two words."""
    first, word, zero = np.uint32(first_pixel), np.uint32(purpose), np.uint32(0)
    for n in range(one.size):
        a, b, _, _ = philox(np.uint32(first + np.uint32(n)), word, zero, zero, k0, k1)
        one[n] = (np.float32(np.int32(np.uint32(a) >> np.uint32(8))) + np.float32(0.5)) * _TO_UNIT
        two[n] = (np.float32(np.int32(np.uint32(b) >> np.uint32(8))) + np.float32(0.5)) * _TO_UNIT


@vector_kernel
def to_normals(one: Image, two: Image, normal: Image) -> None:
    """Box and Muller's normal deviates from pairs of uniforms."""
    for n in range(one.size):
        normal[n] = np.sqrt(np.float32(-2.0) * log32(one[n])) * cos_turns32(two[n])


@vector_kernel
def draw(mean: Image, gain: Image, uniform: Image, normal: Image, noisy: Image) -> None:
    """Noisy signals of a run of pixels, never negative.

    `gain` (n,) is variance over mean; a pixel's expected number of photons is mean / gain. One
    uniform and one normal deviate for each pixel, of which it uses one.
    """
    most = np.float32(0.0)
    for n in range(mean.size):
        g = gain[n]
        # Floors keep a pixel without signal free of 0 / 0.
        photons = max(mean[n], np.float32(0.0)) / max(g, np.float32(1e-30))
        value = (photons + normal[n] * np.sqrt(photons)) * g
        noisy[n] = max(value, np.float32(0.0))
        few = photons if photons < np.float32(POISSON_BELOW) else np.float32(0.0)
        most = max(most, few)
    if most > np.float32(0.0):
        _draw_few(mean, gain, uniform, most, noisy)


@vector_kernel
def _draw_few(mean: Image, gain: Image, uniform: Image, most: np.float32, noisy: Image) -> None:
    """Overwrite the pixels of few photons: as many photons as the uniform's quantile says."""
    size = mean.size
    where = np.empty(size, np.int64)
    term = np.empty(size, np.float32)
    below = np.empty(size, np.float32)
    expected = np.empty(size, np.float32)
    level = np.empty(size, np.float32)
    count = np.empty(size, np.float32)
    n_few = 0
    for n in range(size):
        photons = max(mean[n], np.float32(0.0)) / max(gain[n], np.float32(1e-30))
        if photons < np.float32(POISSON_BELOW):
            where[n_few] = n
            expected[n_few] = photons
            n_few += 1
    for m in range(n_few):
        term[m] = exp32(-expected[m])
        below[m] = term[m]
        level[m] = uniform[where[m]]
        count[m] = np.float32(0.0)
    last = min(int(most + 6.0 * np.sqrt(most)) + 8, _MOST_PHOTONS)
    for k in range(1, last + 1):
        share = np.float32(1.0 / k)
        for m in range(n_few):
            count[m] += np.float32(1.0) if level[m] > below[m] else np.float32(0.0)
            term[m] *= expected[m] * share
            below[m] += term[m]
    for m in range(n_few):
        noisy[where[m]] = count[m] * gain[where[m]]
