"""Skin, fat, muscle and cavity by body mass index and sex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthex_gui.phantom.bend import SpineBend
from synthex_gui.phantom.curves import Points

_BMI = 25.18  # of the default stature and mass
_LEAN_BMI = 13.0  # no subcutaneous fat
_HALF_X, _FRONT, _BACK = 200.0, -150.0, 130.0
_MARGIN_MM = 8.0


@dataclass(frozen=True, eq=False)
class Habitus:
    """Changes the soft-tissue tables. Bones do not change, so the back keeps a minimum of cover."""

    body_mass_index: float
    is_female: bool
    bend: SpineBend

    @property
    def fat(self) -> float:
        """Factor on fat thickness."""
        return max(0.35, (self.body_mass_index - _LEAN_BMI) / (_BMI - _LEAN_BMI))

    def outline(self, table: Points) -> Points:
        """The outline table; see `tables_soft.OUTLINE` for its columns."""
        t = table.copy()
        z = t[:, 0]
        side, front, back = t[:, 5].copy(), t[:, 6].copy(), t[:, 7].copy()
        belly = np.exp(-(((z - 150) / 110) ** 2)) * max(self.body_mass_index - _BMI, -3.0)
        t[:, 1] += 0.8 * (self.fat - 1) * side + 0.9 * belly
        forward = 0.8 * (self.fat - 1) * front + 1.6 * belly
        backward = np.maximum(0.35 * (self.fat - 1) * back, 0.0)
        t[:, 2] += (forward + backward) / 2
        t[:, 3] += (backward - forward) / 2
        t[:, 5:8] *= self.fat
        if self.is_female:
            t[:, 1] += 6 * np.exp(-((z / 70) ** 2)) - 6 * np.exp(-(((z - 215) / 50) ** 2))
        t[:, 3] += self.bend.at(z)[:, 0]
        return t

    def cavity(self, table: Points) -> Points:
        """The abdominal cavity's table (z, half width, half depth, centre y)."""
        t = table.copy()
        belly = np.exp(-(((t[:, 0] - 150) / 110) ** 2)) * max(self.body_mass_index - _BMI, -3.0)
        t[:, 1] += 0.8 * belly
        t[:, 2] += 0.7 * belly
        t[:, 3] += self.bend.at(t[:, 0])[:, 0] - 0.7 * belly
        return t

    def thigh_scale(self) -> tuple[float, float]:
        """Factors on the thigh's half width and half depth."""
        return 1 + 0.09 * (self.fat - 1), 1 + 0.10 * (self.fat - 1)

    def room(self, outline: Points) -> tuple[float, float, float]:
        """Half width, front and back of the lattice that holds an outline and its margin."""
        half = np.ceil((outline[:, 1].max() + _MARGIN_MM) / 10) * 10
        thigh = 90 + 86 * self.thigh_scale()[0] + _MARGIN_MM
        front = np.floor((outline[:, 3] - outline[:, 2]).min() / 10) * 10
        return (
            max(_HALF_X, float(half), float(np.ceil(thigh / 10) * 10)),
            min(_FRONT, float(front)),
            _BACK,
        )
