"""Unit-variance noise tiles, 128 voxels a side, periodic: read with the voxel index modulo 128."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthex_gui.phantom.kernels import Floats

SIZE = 128


def _filtered(white: np.ndarray, sigma_voxels: float) -> Floats:
    f = np.fft.fftfreq(SIZE)
    half = np.fft.rfftfreq(SIZE)
    square = f[:, None, None] ** 2 + f[None, :, None] ** 2 + half[None, None, :] ** 2
    tile = np.fft.irfftn(white * np.exp(-2 * (np.pi * sigma_voxels) ** 2 * square), s=(SIZE,) * 3)
    tile -= tile.mean()
    return np.asarray(tile / tile.std(), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Noise:
    """`trabecular`: three scales, as the mottle of spongy bone in CT; `fine`: parenchyma; `coarse`:
    1.6 mm blobs, for fat lobules, rough surfaces and jittered borders. Each (128, 128, 128).
    """

    trabecular: Floats
    fine: Floats
    coarse: Floats


def make_noise(seed: int, spacing: float) -> Noise:
    """The tiles of a seed at a voxel spacing in mm (lengths in mm stay the same)."""
    rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(0,))))
    white = [np.fft.rfftn(rng.standard_normal((SIZE,) * 3, dtype=np.float32)) for _ in range(3)]
    # Amplitudes and scales: autocorrelation 0.85, 0.63, 0.49, 0.33 at 1, 2, 3, 5 mm, close to the
    # Visible Human Female's iliac roof (0.84, 0.62, 0.47, 0.29).
    mixed = (
        0.5 * _filtered(white[0], 0.5 / spacing)
        + 0.6 * _filtered(white[1], 1.4 / spacing)
        + 0.62 * _filtered(white[2], 3.0 / spacing)
    )
    return Noise(
        trabecular=np.asarray(mixed / mixed.std(), dtype=np.float32),
        fine=_filtered(white[0], 0.4 / spacing),
        coarse=_filtered(white[1], 1.6 / spacing),
    )
