"""Unit-variance noise tiles, 128 voxels a side, periodic: read with the voxel index modulo 128."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.phantom.kernels import Floats

SIZE = 128


def _filtered(white: NDArray[Any], sigma: tuple[float, float, float]) -> Floats:
    """White noise (its transform) after a Gaussian of `sigma` (z, y, x) voxels, unit variance."""
    f = np.fft.fftfreq(SIZE)
    half = np.fft.rfftfreq(SIZE)
    gains = [np.exp(-2 * (np.pi * s * a) ** 2) for s, a in zip(sigma, (f, f, half))]
    gain = gains[0][:, None, None] * gains[1][None, :, None] * gains[2][None, None, :]
    tile = np.fft.irfftn(white * gain, s=(SIZE,) * 3)
    tile -= tile.mean()
    return np.asarray(tile / tile.std(), dtype=np.float32)


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


def make_noise(seed: int, spacing: float) -> Noise:
    """The tiles of a seed at a voxel spacing in mm (lengths in mm stay the same)."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(0,))))
    white = [np.fft.rfftn(rng.standard_normal((SIZE,) * 3, dtype=np.float32)) for _ in range(3)]

    def tile(n: int, z_mm: float, xy_mm: float) -> Floats:
        return _filtered(white[n], (z_mm / spacing, xy_mm / spacing, xy_mm / spacing))

    # Amplitudes and scales: autocorrelation 0.85, 0.63, 0.49, 0.33 at 1, 2, 3, 5 mm, close to the
    # Visible Human Female's iliac roof (0.84, 0.62, 0.47, 0.29).
    mixed = 0.5 * tile(0, 0.5, 0.5) + 0.6 * tile(1, 1.4, 1.4) + 0.62 * tile(2, 3.0, 3.0)
    return Noise(
        trabecular=np.asarray(mixed / mixed.std(), dtype=np.float32),
        fine=tile(0, 0.4, 0.4),
        coarse=tile(1, 1.6, 1.6),
        septa=tile(2, 16.0, 7.0),
    )
