"""What an X-ray device is: its chain of joints, their limits and its detector."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from synthex_gui.core.errors import SynthexError

Chain = Literal["orbital-in-angulation", "angulation-in-orbital"]
BaseSide = Literal["right", "left", "head"]
# What stands in the 3D room: a mobile C at the table's side, a C on a stand at its head, or a tube
# and a panel without an arm between them.
Form = Literal["mobile-c", "floor-c", "room"]

JOINT_NAMES = (
    "orbital_deg",
    "angulation_deg",
    "swivel_deg",
    "lift_mm",
    "slide_mm",
    "longitudinal_mm",
    "image_rotation_deg",
    "sdd_mm",
    "source_isocentre_mm",
)
# A kilometre or some thousand turns: a damaged file, and far beyond it arithmetic overflows.
LARGEST_VALUE = 1e6
OTHER_SIDE: Mapping[BaseSide, BaseSide] = {"right": "left", "left": "right", "head": "head"}


class JointError(SynthexError):
    """A joint that the device does not have, or a value that is not a number."""


@dataclass(frozen=True)
class Joints:
    """Joint values. Positive: orbital to LAO, angulation cranial, swivel counter-clockwise seen
    from the patient's front, lift anterior, slide to the patient's left, longitudinal to the head,
    image rotation clockwise as displayed.
    """

    orbital_deg: float = 0.0
    angulation_deg: float = 0.0
    swivel_deg: float = 0.0
    lift_mm: float = 0.0
    slide_mm: float = 0.0
    longitudinal_mm: float = 0.0
    image_rotation_deg: float = 0.0
    sdd_mm: float = 1020.0
    source_isocentre_mm: float = 530.0

    def __getitem__(self, name: str) -> float:
        """A joint by its name, as sliders and plans hold it; KeyError for a name that is none."""
        if name not in JOINT_NAMES:
            raise KeyError(name)
        return float(getattr(self, name))

    def moved(self, **values: float) -> Joints:
        """These joints with some values replaced.

        JointError for a name that is no joint, a value that is not finite or beyond any joint, and
        a detector in or before the source.
        """
        unknown = sorted(set(values) - set(JOINT_NAMES))
        if unknown:
            raise JointError(
                f"no joint is called {', '.join(unknown)}; the joints are {', '.join(JOINT_NAMES)}"
            )
        for name, value in values.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise JointError(f"{name}: {value} is not a finite number")
            if abs(value) > LARGEST_VALUE:
                raise JointError(f"{name}: must lie within +-{LARGEST_VALUE:g}, mm or degrees")
            if name == "sdd_mm" and value <= 0:
                raise JointError(f"{name}: must be more than 0 mm, not {value:g}")
        return replace(self, **{name: float(value) for name, value in values.items()})

    def as_dict(self) -> dict[str, float]:
        """Joint name -> value, in the order of JOINT_NAMES."""
        return {item.name: float(getattr(self, item.name)) for item in fields(self)}


@dataclass(frozen=True)
class Range:
    """The closed interval a joint may take."""

    low: float
    high: float

    def contains(self, value: float) -> bool:
        """True within the limits, a rounding error of 1e-6 allowed."""
        return self.low - 1e-6 <= value <= self.high + 1e-6

    def mirrored(self) -> Range:
        """The interval with its sign turned round."""
        return Range(-self.high, -self.low)


@dataclass(frozen=True)
class Device:
    """A C-arm or X-ray room, as read from ``resources/devices``.

    `limits` are stated for `base_side`; with the base at the other side of the table the limits of
    orbital, swivel and slide are mirrored. `unverified` lists the figures without a maker's sheet.
    """

    id: str
    name: str
    chain: Chain
    form: Form
    base_side: BaseSide
    columns: int
    rows: int
    pixel_pitch_mm: float
    home: Joints
    limits: Mapping[str, Range]
    unverified: tuple[str, ...] = ()
    source: str = ""

    @property
    def detector_mm(self) -> tuple[float, float]:
        """(width, height) of the sensitive area."""
        return self.columns * self.pixel_pitch_mm, self.rows * self.pixel_pitch_mm

    def limits_at(self, base_side: BaseSide) -> dict[str, Range]:
        """Joint limits with the base at that side of the table."""
        limits = dict(self.limits)
        if base_side != self.base_side:
            for name in ("orbital_deg", "swivel_deg", "slide_mm"):
                limits[name] = limits[name].mirrored()
        return limits

    def blocked_by(self, joints: Joints, base_side: BaseSide) -> tuple[str, ...]:
        """Names of the joints whose limits forbid these values, in joint order."""
        limits = self.limits_at(base_side)
        values = joints.as_dict()
        return tuple(name for name in JOINT_NAMES if not limits[name].contains(values[name]))


def joint_label(name: str) -> str:
    """How a person reads a joint's name, on a slider and at the head of a sentence."""
    return {
        "orbital_deg": "Orbital rotation",
        "angulation_deg": "Angulation",
        "swivel_deg": "Swivel",
        "lift_mm": "Lift",
        "slide_mm": "Slide",
        "longitudinal_mm": "Along table",
        "image_rotation_deg": "Image rotation",
        "sdd_mm": "Source to detector",
        "source_isocentre_mm": "Source to isocentre",
    }[name]
