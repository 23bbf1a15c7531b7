"""How a value of an experiment varies."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from synthex_gui.scene.frozen import MOST_MM, Frozen

# mm, degrees, or whatever the name says.
Number = Annotated[float, Field(ge=-MOST_MM, le=MOST_MM)]
# What a factor can be: a number in the unit of its name, or a word of a choice.
Value = Number | Annotated[str, Field(max_length=100)]


class Uniform(Frozen):
    """Uniform in [low, high]."""

    kind: Literal["uniform"] = "uniform"
    low: Number
    high: Number

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.low > self.high:
            raise ValueError(f"uniform: low {self.low:g} is above high {self.high:g}")
        return self


class Normal(Frozen):
    """Normal with mean and standard deviation `sigma`."""

    kind: Literal["normal"] = "normal"
    mean: Number = 0.0
    sigma: float = Field(ge=0.0, le=MOST_MM)


class TruncatedNormal(Frozen):
    """Normal with `mean` and `sigma` of the whole curve, nothing of it outside [low, high]."""

    kind: Literal["truncated-normal"] = "truncated-normal"
    mean: Number = 0.0
    sigma: float = Field(gt=0.0, le=MOST_MM)
    low: Number
    high: Number

    @model_validator(mode="after")
    def _ordered(self) -> TruncatedNormal:
        if self.low >= self.high:
            raise ValueError(f"truncated-normal: low {self.low:g} is not below high {self.high:g}")
        # Farther out the curve is 0 in float64, and no draw would lie between the two.
        if self.low > self.mean + 8 * self.sigma or self.high < self.mean - 8 * self.sigma:
            raise ValueError("truncated-normal: nothing of the curve lies between low and high")
        return self


class Listed(Frozen):
    """One of several values, each as likely."""

    kind: Literal["listed"] = "listed"
    values: tuple[Value, ...] = Field(min_length=1)


class Fixed(Frozen):
    """The same value in every image."""

    kind: Literal["fixed"] = "fixed"
    value: Value


# Of joints, and of a tool in its own frame: an offset from the present value.
Spread = Annotated[Uniform | Normal, Field(discriminator="kind")]
Distribution = Annotated[
    Uniform | Normal | TruncatedNormal | Listed | Fixed, Field(discriminator="kind")
]
