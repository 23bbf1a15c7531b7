"""How parameters bend the control points: the same smooth maps move bones and landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthex_gui.phantom import tables_hip as t
from synthex_gui.phantom.curves import Points
from synthex_gui.phantom.parameters import PhantomParameters


@dataclass(frozen=True)
class Shape:
    """Maps of control points (n, 3+) and tables, design mm."""

    density: float = 1.0
    scale: float = 1.0

    @classmethod
    def of(cls, parameters: PhantomParameters) -> Shape:
        """The shape of a set of parameters."""
        return cls(parameters.bone_density)

    def room(self) -> tuple[float, float, float]:
        """Half width, front and back (y) of the lattice that holds the body."""
        return 200.0, -150.0, 130.0

    def head_centre(self) -> Points:
        """(3,) centre of the left femoral head."""
        return np.array(t.HEAD_CENTRE)

    def pelvis(self, control: Points) -> Points:
        """Hip bone and sacrum."""
        return control

    def femur(self, control: Points) -> Points:
        """Femur."""
        return control

    def torso(self, control: Points) -> Points:
        """Organs of the abdomen."""
        return control

    def chest(self, control: Points) -> Points:
        """Ribs, organs of the chest."""
        return control

    def lungs(self, outline: Points) -> Points:
        """The table of the lungs' outer wall."""
        return outline

    def cavity(self, outline: Points) -> Points:
        """The table of the abdominal cavity."""
        return outline

    def outline(self, outline: Points) -> Points:
        """The table of the skin and fat."""
        return outline

    def thigh_scale(self) -> tuple[float, float]:
        """Factors on the thigh's half axes."""
        return 1.0, 1.0

    def vertebra(self, y: float, z: float, tilt_deg: float) -> tuple[float, float, float]:
        """Place and tilt of a vertebra."""
        return y, z, tilt_deg

    def cortex(self, mm: Points) -> Points:
        """Thickness of a cortex."""
        return mm * self.density

    def spongy(self, hu: Points) -> Points:
        """CT number of spongy bone."""
        return hu * self.density
