"""CT numbers to attenuation at one energy, for the naive and heuristic levels."""

from __future__ import annotations

import numpy as np

from synthex_gui.geometry.arrays import Volume
from synthex_gui.physics.backends.base import Field

# Water at 60 keV (NIST XCOM, 0.2059 cm2/g).
MU_WATER_PER_MM = 0.02059
# xReg's synthetic fluoroscopy counts what is below this as air.
HEURISTIC_LOWER_HU = -130


def naive_field(ct: Volume) -> Field:
    """Attenuation mu_water (1 + HU/1000) [1/mm], never below 0."""
    return _attenuation(ct, 1000)


def heuristic_field(ct: Volume) -> Field:
    """Attenuation max(0, mu_water (HU + 130)/1000) [1/mm] (xReg's form)."""
    return _attenuation(ct, -HEURISTIC_LOWER_HU)


def _attenuation(ct: Volume, offset: int) -> Field:
    # Integer HU plus an offset is stored without loss; the renderer takes negatives as 0.
    stored = np.clip(ct.values, -offset, 32767 - offset)
    stored += np.int16(offset)
    return Field(stored, MU_WATER_PER_MM / 1000.0, ct.grid)
