"""The people of an experiment: CTs with what belongs to them, and phantoms by their seeds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from synthex_gui.scene.beam import LabelFill
from synthex_gui.scene.frozen import Frozen, FrozenMap, MapOf
from synthex_gui.scene.sources import LandmarkItem, VolumeSource

Split = Literal["train", "valid", "test"]


class Case(Frozen):
    """One person. `name` goes into tables and data sets; the files' names never do.

    `labels` on its own grid, `landmarks` in LPS mm (a phantom brings its own), `fills` beside those
    of the scene; `weight`: how often this case is taken, relative to the others.
    """

    kind: Literal["case"] = "case"
    name: str = Field(min_length=1, max_length=100)
    ct: VolumeSource
    labels: VolumeSource | None = None
    landmarks: tuple[LandmarkItem, ...] = ()
    fills: tuple[LabelFill, ...] = ()
    weight: float = Field(default=1.0, gt=0.0, le=1e6)
    split: Split = "train"


class PhantomCases(Frozen):
    """`count` phantom people of the seeds from `first_seed` on, each as its seed draws it but for
    the `parameters` given (see `phantom.PhantomParameters`).
    """

    kind: Literal["phantoms"] = "phantoms"
    first_seed: int = Field(default=1, ge=0, le=2**31 - 1)
    count: int = Field(ge=1, le=10_000)
    parameters: MapOf[str, float | int | str] = FrozenMap()
    weight: float = Field(default=1.0, gt=0.0, le=1e6)
    split: Split = "train"


Cases = Annotated[Case | PhantomCases, Field(discriminator="kind")]
