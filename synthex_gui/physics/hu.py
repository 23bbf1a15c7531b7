"""CT numbers to scalar fields: attenuation at one energy, or partial densities of materials."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Volume
from synthex_gui.physics.backends.base import Field

# Water at 60 keV (NIST XCOM, 0.2059 cm2/g).
MU_WATER_PER_MM = 0.02059
# xReg's synthetic fluoroscopy counts what is below this as air.
HEURISTIC_LOWER_HU = -130
# CT number of ICRU-44 cortical bone (1.92 g/cm3) in a 120 kVp CT, where the mix is all bone.
CORTICAL_HU = 1682.0
CORTICAL_DENSITY = 1.92
DENSITY_STEP = 1e-4  # g/cm3 per stored unit

_HU = np.arange(-1024, 32768, dtype=np.float64)


def naive_field(ct: Volume) -> Field:
    """Attenuation mu_water (1 + HU/1000) [1/mm], never below 0."""
    return _attenuation(ct, 1000)


def heuristic_field(ct: Volume) -> Field:
    """Attenuation max(0, mu_water (HU + 130)/1000) [1/mm] (xReg's form)."""
    return _attenuation(ct, -HEURISTIC_LOWER_HU)


def water_field(ct: Volume) -> Field:
    """Partial density of water [g/cm3] in a linear water/bone mix above 0 HU, water below."""
    below = np.clip(1.0 + _HU / 1000.0, 0.0, None)
    above = np.clip(1.0 - _HU / CORTICAL_HU, 0.0, None)
    return _density(ct, np.where(_HU <= 0, below, above))


def bone_field(ct: Volume) -> Field:
    """Partial density of cortical bone [g/cm3]: linear from 0 HU, 1.92 at 1682 HU, and on."""
    return _density(ct, np.clip(_HU, 0.0, None) / CORTICAL_HU * CORTICAL_DENSITY)


def _attenuation(ct: Volume, offset: int) -> Field:
    # Integer HU plus an offset is stored without loss; the renderer takes negatives as 0.
    stored = np.clip(ct.values, -offset, 32767 - offset)
    stored += np.int16(offset)
    return Field(stored, MU_WATER_PER_MM / 1000.0, ct.grid)


def _density(ct: Volume, density: NDArray[np.float64]) -> Field:
    table = np.clip(np.rint(density / DENSITY_STEP), 0, 65535).astype(np.uint16)
    index: NDArray[Any] = np.maximum(ct.values, np.int16(-1024)).astype(np.int32)
    index += 1024
    return Field(table[index], DENSITY_STEP, ct.grid)
