"""How parameters bend the control points: the same smooth maps move bones and landmarks.

All maps work in design mm, before the stature scale, and are the identity for the defaults. Near
the femoral heads they are rigid, so that the hip joint stays a ball in a socket.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from synthex_gui.geometry.transforms import rotation_x, rotation_y, rotation_z
from synthex_gui.phantom.paint.curves import Points
from synthex_gui.phantom.tables import hip as tables_hip
from synthex_gui.phantom.trunk.bend import SpineBend, bend_spine
from synthex_gui.phantom.trunk.habitus import Habitus
from synthex_gui.phantom.trunk.parameters import PhantomParameters

DEFAULT = PhantomParameters()
_HEAD = np.array(tables_hip.HEAD_CENTRE)
_NECK_BASE = np.array([121.0, 7.0, -28.0])  # where neck and shaft meet
_RIGID_MM, _FREE_MM = 34.0, 80.0  # distances from the head: rigid within, freely bent beyond


def smoothstep(u: Points) -> Points:
    """0 below 0, 1 above 1, smooth between."""
    u = np.clip(u, 0.0, 1.0)
    result: Points = u * u * (3 - 2 * u)
    return result


def _female(p: Points) -> Points:
    """Displacement (n, 3) from the male to the female pelvis (textbook differences, Gray's).

    Subpubic angle from about 87 to 102 degrees, spines and tuberosities 9 mm further out a side,
    inlet wider by 8 mm, crests lower by 9 mm and more open.
    """
    x, z = p[:, 0], p[:, 2]
    rami = 9.0 * smoothstep((x - 8) / 40) * smoothstep((10 - z) / 50)
    inlet = 4.0 * smoothstep(x / 50) * smoothstep((z + 30) / 60) * smoothstep((150 - z) / 90)
    lower = -0.08 * np.maximum(z - 40, 0)
    return np.column_stack([rami + inlet, np.zeros(len(p)), lower])


@dataclass(frozen=True, eq=False)
class Shape:
    """The maps of one set of parameters. `side` (0 left, 1 right) chooses the asymmetric part."""

    parameters: PhantomParameters
    side: int = 0

    @property
    def scale(self) -> float:
        """World mm per design mm."""
        return self.parameters.stature_cm / DEFAULT.stature_cm

    @property
    def is_symmetric(self) -> bool:
        """True when both hemipelves are mirror images."""
        return self.parameters.asymmetry_mm == 0

    @cached_property
    def habitus(self) -> Habitus:
        """Skin, fat and muscle."""
        p = self.parameters
        return Habitus(p.body_mass_index, p.sex == "female", self.bend)

    @property
    def tilt_deg(self) -> float:
        """Pelvic tilt beyond the default."""
        return self.parameters.pelvic_tilt_deg - DEFAULT.pelvic_tilt_deg

    @cached_property
    def tilt(self) -> Points:
        """(3, 3) rotation of the pelvis about the hip axis; + turns the spines forward."""
        return rotation_x(self.tilt_deg)

    def _displacement(self, p: Points) -> Points:
        """(n, 3) displacement of the free pelvis at points at x >= 0."""
        d = np.zeros_like(p)
        d[:, 0] = (self.parameters.pelvic_width - 1) * p[:, 0]
        if self.parameters.sex == "female":
            d += _female(p)
        return d

    def _ripple(self, p: Points) -> Points:
        """Smooth random displacement, root mean square near `asymmetry_mm`, 130-260 mm waves."""
        sequence = np.random.SeedSequence(self.parameters.seed, spawn_key=(4, self.side))
        rng = np.random.Generator(np.random.Philox(sequence))
        waves = rng.normal(size=(6, 3))
        waves *= 2 * np.pi / rng.uniform(130, 260, (6, 1)) / np.linalg.norm(waves, axis=1)[:, None]
        amplitudes = rng.normal(size=(6, 3)) / np.sqrt(6) * np.sqrt(2 / 3)
        phases = np.cos(p @ waves.T + rng.uniform(0, 2 * np.pi, 6))
        ripple: Points = self.parameters.asymmetry_mm * (phases @ amplitudes)
        # Nothing crosses the midplane, and symphysis and sacro-iliac joint keep their fit.
        result: Points = ripple * smoothstep((p[:, :1] - 5) / 60)
        return result

    @cached_property
    def _head_shift(self) -> Points:
        result: Points = self._displacement(_HEAD[None])[0]
        return result

    def head_centre(self) -> Points:
        """(3,) centre of the femoral head at +x; both lie on the x axis through the origin."""
        return np.array([_HEAD[0] + self._head_shift[0], 0.0, 0.0])

    def untilted(self, control: Points) -> Points:
        """Hip bone or sacrum (…, 3+) at x >= 0 without the pelvic tilt."""
        flat = control.reshape(-1, control.shape[-1]).astype(np.float64)
        p = flat[:, :3].copy()
        free = self._displacement(p) - self._head_shift
        if not self.is_symmetric:
            free += self._ripple(p)
        distance = np.linalg.norm(p - _HEAD, axis=1)[:, None]
        free *= smoothstep((distance - _RIGID_MM) / (_FREE_MM - _RIGID_MM))
        move = free + np.array([self._head_shift[0], 0.0, 0.0])
        move[:, 0] *= np.minimum(p[:, 0] / 8.0, 1.0)  # points on the midplane stay there
        flat[:, :3] = p + move
        return np.asarray(flat.reshape(control.shape))

    def pelvis(self, control: Points) -> Points:
        """Hip bone or sacrum control points (…, 3+) at x >= 0."""
        result = self.untilted(control)
        result[..., :3] = result[..., :3] @ self.tilt.T
        return result

    def sacrum_width(self) -> float:
        """Factor on the sacrum's half width, so that it fits between the ilia."""
        joint = np.array([[58.0, 57.0, 62.0]])
        return float(self.untilted(joint)[0, 0] / joint[0, 0])

    def femur(self, control: Points) -> Points:
        """Femur control points: the neck turns about the head, the shaft only moves along."""
        p = self.parameters
        # Turning +x towards +y turns the head forward; about y it steepens the neck.
        turn = rotation_z(p.femoral_anteversion_deg - DEFAULT.femoral_anteversion_deg)
        turn = turn @ rotation_y(p.neck_shaft_angle_deg - DEFAULT.neck_shaft_angle_deg)
        along = (control[:, :3] - _HEAD) @ (_NECK_BASE - _HEAD)
        along /= ((_NECK_BASE - _HEAD) ** 2).sum()
        shaft = smoothstep((along - 0.45) / 0.55)[:, None]
        moved = control.astype(np.float64)
        neck = (control[:, :3] - _HEAD) @ turn.T
        base = turn @ (_NECK_BASE - _HEAD) + control[:, :3] - _NECK_BASE
        moved[:, :3] = self.head_centre() + (1 - shaft) * neck + shaft * base
        return moved

    @cached_property
    def bend(self) -> SpineBend:
        """Where the spine and all that hangs on it goes."""
        promontory = np.array([[0.0, 14.0, 84.0]])
        shift = self.pelvis(promontory)[0, 1:] - promontory[0, 1:]
        more = self.parameters.lordosis_deg - DEFAULT.lordosis_deg
        return bend_spine((float(shift[0]), float(shift[1])), self.tilt_deg, more)

    def vertebra(self, y: float, z: float, tilt_deg: float) -> tuple[float, float, float]:
        """Place and tilt of a vertebra."""
        dy, dz, turn = self.bend.at(np.array([z]))[0]
        return y + float(dy), z + float(dz), tilt_deg + float(turn)

    def torso(self, control: Points) -> Points:
        """Organs of the abdomen, (n, 3+)."""
        return self.habitus.organs(control)

    def chest(self, control: Points) -> Points:
        """Ribs and organs of the chest, (…, 3+): moved as one with the thoracic spine."""
        moved = control.astype(np.float64)
        moved[..., 1:3] += self.bend.top
        return moved

    def cortex(self, mm: Points | float) -> Points:
        """Thickness of a cortex."""
        return np.asarray(mm, dtype=np.float32) * np.float32(self.parameters.bone_density)

    def spongy(self, hu: Points | float) -> Points:
        """CT number of spongy bone."""
        return np.asarray(hu, dtype=np.float32) * np.float32(self.parameters.bone_density)
