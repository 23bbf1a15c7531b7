"""The spine's bend: a chain of vertebrae set anew on a moved sacrum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthex_gui.phantom.paint.curves import Points
from synthex_gui.phantom.tables.spine import BODIES

_TURN_Z = (84.0, 259.5, 305.0)  # the change of tilt grows to L1 and is gone at T11


@dataclass(frozen=True, eq=False)
class SpineBend:
    """Displacement (dy, dz) mm and turn in degrees over the original height z."""

    z: Points
    values: Points

    def at(self, z: Points) -> Points:
        """(n, 3) dy, dz, turn at heights; nothing moves below the hip axis."""
        columns = [np.interp(z, self.z, self.values[:, c]) for c in range(3)]
        result: Points = np.stack(columns, axis=-1)
        return result

    @property
    def top(self) -> Points:
        """(2,) dy, dz of the chest."""
        result: Points = self.values[-1, :2]
        return result


def bend_spine(
    sacrum_shift: tuple[float, float], tilt_deg: float, lordosis_deg: float
) -> SpineBend:
    """The bend for a promontory moved by `sacrum_shift` (dy, dz) mm and turned by `tilt_deg`.

    Vertebrae lean by a share of the sacrum's turn that is gone at L1, where the extra lordosis has
    leant them back in full; each segment of the chain turns by the mean of its two ends.
    """
    start = np.array([[14.0, 84.0]])
    chain = np.concatenate([start, BODIES[:, :2]])
    z = chain[:, 1]
    turn = np.interp(z, _TURN_Z, [tilt_deg, -lordosis_deg, 0.0])
    segments = np.diff(chain, axis=0)
    mean = np.radians((turn[1:] + turn[:-1]) / 2)
    c, s = np.cos(mean), np.sin(mean)
    # A turn > 0 leans the top forward, towards -y.
    turned = np.column_stack([segments[:, 0] * c - segments[:, 1] * s,
                              segments[:, 0] * s + segments[:, 1] * c])  # fmt: skip
    moved = (
        chain[0] + np.array(sacrum_shift) + np.concatenate([[[0, 0]], np.cumsum(turned, axis=0)])
    )
    values = np.column_stack([moved - chain, turn])
    return SpineBend(np.concatenate([[0.0], z]), np.concatenate([np.zeros((1, 3)), values]))
