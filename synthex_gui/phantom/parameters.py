"""What may vary in the phantom, with published ranges."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synthex_gui.geometry.errors import SynthexError

REVISION = 1  # raised whenever a table or a rule changes what a set of parameters builds


class PhantomError(SynthexError):
    """Parameters outside their ranges, or a phantom folder that cannot be written."""


class PhantomParameters(BaseModel):
    """The phantom's recipe: equal parameters give equal bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    spacing_mm: Annotated[float, Field(ge=0.5, le=3.0)] = 1.0
    extent: Literal["torso", "pelvis"] = "torso"
    bone_density: Annotated[float, Field(ge=0.6, le=1.25)] = 1.0

    @classmethod
    def checked(cls, values: dict[str, Any]) -> Self:
        """Parameters from a plain mapping; PhantomError in one line that names the range."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"]) or "parameters"
            raise PhantomError(f"phantom: {name}: {first['msg'].lower()}") from None

    def key(self) -> str:
        """A hash of the recipe, 16 hexadecimal digits, the same on every machine."""
        text = json.dumps([REVISION, self.model_dump()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]
