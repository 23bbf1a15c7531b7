"""What a series varies: a distribution per joint and per tool pose, a count, a seed."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, model_validator

from synthex_gui.core.backend_names import PATTERN
from synthex_gui.geometry.device import JOINT_NAMES
from synthex_gui.scene.distributions import Spread, Uniform
from synthex_gui.scene.frozen import Frozen, FrozenMap, MapOf, Seed
from synthex_gui.scene.study import TOOL_AXES, Study

Format = Literal["files", "coco", "synthex-h5", "synthex-folder"]
FORMATS: tuple[Format, ...] = get_args(Format)
# Made of the images' files at the end.
PACKED = ("synthex-h5", "synthex-folder")


class SeriesPlan(Frozen):
    """A series of images of one scene.

    `source`: the current view, the saved views, or `count` samples about the current view.
    `joints` and `tools` hold offsets (mm, degrees; a tool's in its own frame). `size` is the width
    in pixels over the detector's field. `mask_threshold_mm`: the path a ray needs through a
    structure for its pixel to belong to it. `quantity`: what an image's values are, detector signal
    over the open field, its -ln, or the grey of the scene's look. `formats`: what the data set
    holds; images and masks go where only packed ones are asked for. `landmark_names`: those that
    are written, in that order, and that every case must have; None for each case's own. `study`:
    what makes it an experiment on several people.
    """

    source: Literal["current", "views", "sampled"] = "sampled"
    view_names: tuple[str, ...] = ()
    joints: MapOf[str, Spread] = FrozenMap()
    tools: MapOf[str, MapOf[str, Spread]] = FrozenMap()
    count: int = Field(default=100, ge=1, le=10_000_000)
    seed: Seed = 0
    size: int = Field(default=384, ge=16, le=8192)
    image_format: Literal["png16", "tiff32"] = "png16"
    quantity: Literal["signal", "log", "look"] = "signal"
    formats: tuple[Format, ...] = Field(default=("files", "coco"), min_length=1)
    structures: tuple[str, ...] | None = None
    tool_masks: bool = True
    landmarks: bool = True
    landmark_names: tuple[str, ...] | None = None
    mask_threshold_mm: float = Field(default=0.5, gt=0.0, le=100.0)
    # As `physics.backends.choice.make_backend` takes it.
    backend: str = Field(default="auto", pattern=PATTERN)
    study: Study | None = None

    @model_validator(mode="after")
    def _known(self) -> SeriesPlan:
        unknown = sorted(set(self.joints) - set(JOINT_NAMES))
        unknown += sorted({axis for axes in self.tools.values() for axis in axes} - set(TOOL_AXES))
        if unknown:
            raise ValueError(f"nothing called {', '.join(unknown)} can vary")
        return self

    @property
    def is_packed(self) -> bool:
        """True when one of SyntheX's layouts is asked for."""
        return bool(set(self.formats) & set(PACKED))

    @property
    def keeps_images(self) -> bool:
        """True when images and masks stay as files of their own; COCO's file refers to them."""
        return bool(set(self.formats) - set(PACKED))

    @model_validator(mode="after")
    def _one_way_to_pose(self) -> SeriesPlan:
        study = self.study
        if len(set(self.formats)) != len(self.formats):
            raise ValueError("a format is named twice")
        if self.is_packed and self.image_format != "tiff32":
            raise ValueError("SyntheX's layouts hold float32: they need the image format tiff32")
        if study is None:
            return self
        if study.is_free and self.joints:
            raise ValueError(
                "joints vary, and so does the camera about the anchor; take one of the two out"
            )
        if study.design != "random" and (self.joints or self.tools):
            raise ValueError(f"a design of kind {study.design} varies factors only, no joints")
        if study.cases and self.source != "sampled":
            raise ValueError("several cases need a sampled series")
        return self


def around_current_view(half_width_deg: float = 10.0) -> SeriesPlan:
    """The plan of a project that has none: orbital rotation and angulation +- 10 degrees."""
    spread = Uniform(low=-half_width_deg, high=half_width_deg)
    return SeriesPlan(joints={"orbital_deg": spread, "angulation_deg": spread})
