"""Quantum noise from a counter-based generator: one pixel, one number, whatever the threads.

Philox4x32-10 (Salmon et al., SC'11, "Parallel random numbers: as easy as 1, 2, 3") with key from
NumPy's SeedSequence(seed, spawn_key=(image,)) and counter (pixel, purpose, 0, 0).
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from synthex_gui.physics.tiles import run_tiles

Image = NDArray[np.float32]
QUANTUM = 0  # the counter's purpose word


def key_of(seed: int, image_index: int) -> NDArray[np.uint32]:
    """(2,) uint32 Philox key of one image of a series."""
    state = np.random.SeedSequence(seed, spawn_key=(image_index,)).generate_state(2, np.uint32)
    return state.astype(np.uint32)


def add_quantum_noise(
    signal: Image,
    variance: Image,
    photons: float,
    variance_factor: float,
    seed: int,
    image_index: int = 0,
    threads: int = 1,
) -> Image:
    """(h, w) the signal with compound-Poisson noise, as a normal deviate, never below 0.

    `photons` per open-field pixel; `variance` relative, 1 in the open field; `variance_factor`
    <E^2>/<E>^2. The normal form stands for the Poisson one above some 10 photons per pixel.
    """
    noisy = np.empty_like(signal)
    key = key_of(seed, image_index)
    scale = variance_factor / photons
    width = signal.shape[1]

    def tile(first: int, last: int) -> None:
        _noise(
            signal[first:last].ravel(),
            variance[first:last].ravel(),
            scale,
            key[0],
            key[1],
            np.uint32(first * width),
            np.uint32(QUANTUM),
            noisy[first:last].ravel(),
        )

    run_tiles(tile, signal.shape[0], threads)
    return noisy


@njit(nogil=True, cache=True)
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Ten rounds of Philox4x32; all arguments uint32; returns four uint32."""
    m0 = np.uint64(0xD2511F53)
    m1 = np.uint64(0xCD9E8D57)
    low = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    x0, x1 = np.uint64(c0), np.uint64(c1)
    x2, x3 = np.uint64(c2), np.uint64(c3)
    y0, y1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        p0 = m0 * x0
        p1 = m1 * x2
        x0, x1, x2, x3 = (
            (p1 >> shift) ^ x1 ^ y0,
            p1 & low,
            (p0 >> shift) ^ x3 ^ y1,
            p0 & low,
        )
        y0 = (y0 + np.uint64(0x9E3779B9)) & low
        y1 = (y1 + np.uint64(0xBB67AE85)) & low
    return x0, x1, x2, x3


@njit(nogil=True, cache=True)
def _noise(signal, variance, scale, k0, k1, first_pixel, purpose, noisy):  # type: ignore[no-untyped-def]
    zero = np.uint32(0)
    for n in range(signal.size):
        pixel = np.uint32(first_pixel + np.uint32(n))
        a, b, _, _ = philox(pixel, purpose, zero, zero, k0, k1)
        # Box-Muller on two uniforms in (0, 1].
        u = (np.float64(a) + 1.0) * (1.0 / 4294967296.0)
        v = (np.float64(b) + 1.0) * (1.0 / 4294967296.0)
        normal = np.sqrt(-2.0 * np.log(u)) * np.cos(2.0 * np.pi * v)
        value = signal[n] + normal * np.sqrt(max(variance[n], 0.0) * scale)
        noisy[n] = max(value, 0.0)
