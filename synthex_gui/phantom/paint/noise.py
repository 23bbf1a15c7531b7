"""Unit-variance noise tiles, 128 voxels a side, periodic: read with the voxel index modulo 128."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from synthex_gui.numeric.tiles import Threads
from synthex_gui.phantom.paint.kernels import Floats

SIZE = 128


@dataclass(frozen=True, eq=False)
class Noise:
    """`trabecular`: three scales, as the mottle of spongy bone in CT; `fine`: parenchyma; `coarse`:
    1.6 mm blobs, for rough surfaces and stool; `septa`: tall 7 mm cells, whose zeros are the fat
    planes between muscle bundles. Each (128, 128, 128).
    """

    trabecular: Floats
    fine: Floats
    coarse: Floats
    septa: Floats


def _white(seed: int, n: int) -> NDArray[Any]:
    """The transform of white noise."""
    sequence = np.random.SeedSequence(seed, spawn_key=(0, n))
    rng = np.random.Generator(np.random.Philox(sequence))
    return np.asarray(scipy.fft.rfftn(rng.standard_normal((SIZE,) * 3, dtype=np.float32)))


def _filtered(white: NDArray[Any], z_voxels: float, xy_voxels: float) -> Floats:
    """White noise (its transform) after a Gaussian, unit variance."""
    full, half = np.fft.fftfreq(SIZE), np.fft.rfftfreq(SIZE)
    z, xy = 2 * (np.pi * z_voxels) ** 2, 2 * (np.pi * xy_voxels) ** 2
    gains = np.exp(-z * full**2), np.exp(-xy * full**2), np.exp(-xy * half**2)
    gz, gy, gx = (gain.astype(np.float32) for gain in gains)
    gain = gz[:, None, None] * gy[:, None] * gx
    return _unit(scipy.fft.irfftn(white * gain, s=(SIZE,) * 3, overwrite_x=True))


def _unit(tile: NDArray[Any]) -> Floats:
    tile = tile - tile.mean()
    return np.asarray(tile / tile.std(), dtype=np.float32)


def make_noise(seed: int, spacing: float, threads: Threads) -> Noise:
    """The tiles of a seed at a voxel spacing in mm (lengths in mm stay the same)."""
    # Three white noises for six tiles: a random volume and its transform are what takes the time.
    white: dict[int, NDArray[Any]] = {}
    threads.each(lambda n: white.update({n: _white(seed, n)}), range(3))
    # In mm along z and across it; the white noises take turns.
    sigmas = [(0.5, 0.5), (1.4, 1.4), (3.0, 3.0), (0.4, 0.4), (1.6, 1.6), (16.0, 7.0)]
    tiles: dict[int, Floats] = {}

    def fill(n: int) -> None:
        z, xy = sigmas[n]
        tiles[n] = _filtered(white[n % 3], z / spacing, xy / spacing)

    threads.each(fill, range(len(sigmas)))
    # Amplitudes and scales: autocorrelation 0.85, 0.63, 0.49, 0.33 at 1, 2, 3, 5 mm, close to the
    # Visible Human Female's iliac roof (0.84, 0.62, 0.47, 0.29).
    spongy = _unit(0.5 * tiles[0] + 0.6 * tiles[1] + 0.62 * tiles[2])
    return Noise(trabecular=spongy, fine=tiles[3], coarse=tiles[4], septa=tiles[5])
