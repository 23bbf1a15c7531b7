"""What may vary in the phantom, with published ranges."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.wording import fault_of

REVISION = 6  # raised whenever a table or a rule changes what a set of parameters builds
_BMI_RANGE = (17.0, 40.0)


class PhantomError(SynthexError):
    """Parameters outside their ranges, or a phantom folder that cannot be written."""


class PhantomParameters(BaseModel):
    """The phantom's recipe: equal parameters give equal bytes.

    Ranges: stature and mass of adults (body mass index 17-40); pelvic tilt of the anterior pelvic
    plane lying, + for spines forward (5 +- 6, Lembeck 2005); pelvic width relative to 279 mm
    biiliac at 176 cm (+- 12 %, textbook); anteversion and neck-shaft angle (10-15 and 125-130,
    extremes of normal adults, Gray's); L1-S1 lordosis (60 +- 10, textbook) at the default tilt,
    which adds to it degree by degree; bone density relative to a healthy adult;
    `lesions` counts the foci of a viral pneumonia in the lungs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    spacing_mm: Annotated[float, Field(ge=0.5, le=3.0)] = 1.0
    extent: Literal["torso", "pelvis", "chest"] = "torso"
    sex: Literal["male", "female"] = "male"
    stature_cm: Annotated[float, Field(ge=145, le=200)] = 176.0
    body_mass_kg: Annotated[float, Field(ge=40, le=150)] = 78.0
    pelvic_tilt_deg: Annotated[float, Field(ge=-5, le=15)] = 5.0
    pelvic_width: Annotated[float, Field(ge=0.9, le=1.12)] = 1.0
    femoral_anteversion_deg: Annotated[float, Field(ge=-5, le=30)] = 11.0
    neck_shaft_angle_deg: Annotated[float, Field(ge=112, le=140)] = 125.0
    lordosis_deg: Annotated[float, Field(ge=45, le=75)] = 62.0
    bone_density: Annotated[float, Field(ge=0.6, le=1.25)] = 1.0
    asymmetry_mm: Annotated[float, Field(ge=0, le=3)] = 0.0
    lesions: Annotated[int, Field(ge=0, le=40)] = 0

    @property
    def body_mass_index(self) -> float:
        """kg/m2."""
        return self.body_mass_kg / (self.stature_cm / 100) ** 2

    @model_validator(mode="after")
    def _plausible_mass(self) -> Self:
        low, high = _BMI_RANGE
        if not low <= self.body_mass_index <= high:
            square = (self.stature_cm / 100) ** 2
            raise ValueError(
                f"body_mass_kg must be {low * square:.0f} to {high * square:.0f} at a stature of "
                f"{self.stature_cm:g} cm (body mass index {low:g}-{high:g})"
            )
        return self

    @classmethod
    def checked(cls, values: dict[str, Any]) -> Self:
        """Parameters from a plain mapping; PhantomError in one line that names the range."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            name = ".".join(str(part) for part in error.errors()[0]["loc"])
            text = fault_of(error, values)
            field = cls.model_fields.get(name)
            bounds = {type(m).__name__: m for m in field.metadata} if field else {}
            if "Ge" in bounds and "Le" in bounds:
                text = f"{name} must be {bounds['Ge'].ge:g} to {bounds['Le'].le:g}"
            raise PhantomError(f"phantom: {text}") from None

    @classmethod
    def sampled(cls, seed: int, **fixed: Any) -> Self:
        """A random adult: published means and spreads, cut at the ranges; `fixed` values stay.

        Stature, body mass index, width and angles are drawn from NumPy's Philox of the seed.
        PhantomError for a seed out of range.
        """
        cls.checked({"seed": seed})
        rng = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(3,))))
        sex = "female" if rng.random() < 0.5 else "male"

        def draw(mean: float, spread: float, low: float, high: float) -> float:
            # Rounded: what a form shows of it makes the same phantom.
            return round(float(np.clip(rng.normal(mean, spread), low, high)), 2)

        stature = draw(163 if sex == "female" else 176, 6.5, 146, 199)
        bmi = draw(25.5, 4.0, 18, 38)
        values: dict[str, Any] = {
            "seed": seed,
            "sex": sex,
            "stature_cm": stature,
            "body_mass_kg": round(min(150.0, max(40.0, bmi * (stature / 100) ** 2)), 1),
            "pelvic_tilt_deg": draw(5, 4, -4, 14),
            "pelvic_width": draw(1.0, 0.035, 0.92, 1.09),
            "femoral_anteversion_deg": draw(12, 6, -3, 28),
            "neck_shaft_angle_deg": draw(127, 4.5, 114, 138),
            "lordosis_deg": draw(61, 6, 47, 73),
            "bone_density": draw(0.97, 0.12, 0.65, 1.2),
            "asymmetry_mm": draw(1.0, 0.5, 0.0, 2.5),
        }
        return cls.checked(values | fixed)

    def key(self) -> str:
        """A hash of the recipe, 16 hexadecimal digits, the same on every machine."""
        text = json.dumps([REVISION, self.model_dump()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
