"""Skin, fat, muscle and cavity by body mass index and sex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthex_gui.phantom.paint.curves import Points
from synthex_gui.phantom.tables.soft import ARM_HALF_MM, CAVITY, OUTLINE
from synthex_gui.phantom.trunk.bend import SpineBend

_BMI = 25.18  # of the default stature and mass
_LEAN_BMI = 13.0  # no subcutaneous fat
_FRONT, _BACK = -150.0, 130.0
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
        side, forward, backward = self._growth(table)
        t[:, 1] += side
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
        z = t[:, 0]
        _, forward, _ = self._growth(OUTLINE)
        front = (self.fat - 1) * OUTLINE[:, 6]  # what the front's fat takes of the room gained
        t[:, 1] += 0.8 * self._belly(z)
        half = np.interp(z, OUTLINE[:, 0], forward - front) / 2
        half *= np.clip(t[:, 2] / 60, 0, 1)
        t[:, 2] += half
        t[:, 3] += self.bend.at(z)[:, 0] - half
        return t

    def organs(self, control: Points) -> Points:
        """(n, 3+) control points of organs, which fill the changed cavity as they did the old."""
        moved = control.astype(np.float64)
        z = control[:, 2]
        old, new = CAVITY, self.cavity(CAVITY)
        a0, b0, y0 = (np.interp(z, old[:, 0], old[:, column]) for column in (1, 2, 3))
        a1, b1, y1 = (np.interp(z, new[:, 0], new[:, column]) for column in (1, 2, 3))
        # What lies behind the cavity moves with the spine alone.
        inside = np.clip((y0 + b0 - control[:, 1]) / 20, 0, 1)
        shift = self.bend.at(z)
        back0, back1 = y0 + b0, y1 + b1 - shift[:, 0]
        y = back1 + (control[:, 1] - back0) * b1 / b0
        moved[:, 0] *= 1 + (a1 / a0 - 1) * inside
        moved[:, 1] += (y - control[:, 1]) * inside + shift[:, 0]
        moved[:, 2] += shift[:, 1]
        return moved

    def breast(self) -> tuple[Points, Points]:
        """Centre at +x and semi-axes of a lobe, lying (designed)."""
        x, z = 76.0, 384.0 + self.bend.top[1]
        outline = self.outline(OUTLINE)
        front = np.interp(z, outline[:, 0], outline[:, 3] - outline[:, 2])
        axes = np.array([56.0, 34.0, 60.0]) * self.fat ** np.array([0.4, 0.7, 0.4])
        return np.array([x, float(front) + 12.0, z]), axes

    def _belly(self, z: Points) -> Points:
        result: Points = np.exp(-(((z - 150) / 110) ** 2)) * max(self.body_mass_index - _BMI, -3.0)
        return result

    def _growth(self, table: Points) -> tuple[Points, Points, Points]:
        """How far the skin moves out at the side, in front and behind, mm per row."""
        belly = self._belly(table[:, 0])
        side = 0.8 * (self.fat - 1) * table[:, 5] + 0.9 * belly
        # The shoulders' bones lie close under the skin.
        side = np.where(table[:, 0] > 450, np.maximum(side, 0.0), side)
        forward = 0.8 * (self.fat - 1) * table[:, 6] + 1.6 * belly
        return side, forward, np.maximum(0.35 * (self.fat - 1) * table[:, 7], 0.0)

    def thigh_scale(self) -> tuple[float, float]:
        """Factors on the thigh's half width and half depth."""
        return 1 + 0.09 * (self.fat - 1), 1 + 0.10 * (self.fat - 1)

    def room(self, outline: Points) -> tuple[float, float, float]:
        """Half width, front and back of the lattice that holds an outline and its margin."""
        half = np.ceil((outline[:, 1].max() + _MARGIN_MM) / 10) * 10
        thigh = 90 + 86 * self.thigh_scale()[0] + _MARGIN_MM
        front = float((outline[:, 3] - outline[:, 2]).min())
        if self.is_female:
            centre, axes = self.breast()
            front = min(front, float(centre[1] - axes[1]) - _MARGIN_MM)
        return (
            max(ARM_HALF_MM, float(half), float(np.ceil(thigh / 10) * 10)),
            min(_FRONT, float(np.floor(front / 10) * 10)),
            _BACK,
        )
