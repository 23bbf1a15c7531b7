"""How a project was looked at: its ``view`` block. Not part of the document, never undone."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, Field, ValidationError, model_validator

from synthex_gui.core.wording import fault_of
from synthex_gui.scene.frozen import Frozen, FrozenMap, MapOf

log = logging.getLogger(__name__)

Vector3 = tuple[float, float, float]


class RoomCamera(Frozen):
    """The eye of the 3D room: `position`, `focus` in world mm, and the direction `up`."""

    position: Vector3
    focus: Vector3
    up: Vector3

    @model_validator(mode="after")
    def _looks_somewhere(self) -> RoomCamera:
        if self.position == self.focus or self.up == (0.0, 0.0, 0.0):
            raise ValueError("a camera in its own focus, or without an up, looks nowhere")
        return self


class ImagePlace(Frozen):
    """`zoom` 1 shows the whole image; `pan` moves it by parts of the view's width and height."""

    zoom: float = Field(default=1.0, gt=0.0, le=1000.0)
    pan: tuple[float, float] = (0.0, 0.0)


class ViewState(Frozen):
    """What opening a project restores; None and what is missing leave the view as it opens.

    `slices` by plane, `windows` (low, high) of the radiograph by look.
    """

    # A view block of another version of the program is taken as far as it is understood.
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    layout: str | None = None
    room: RoomCamera | None = None
    crosshair_mm: Vector3 | None = None
    slices: MapOf[str, ImagePlace] = FrozenMap()
    radiograph: ImagePlace | None = None
    windows: MapOf[str, tuple[float, float]] = FrozenMap()

    @classmethod
    def of(cls, block: Mapping[str, Any]) -> ViewState:
        """From a project's ``view`` block; one that is damaged is logged and shows nothing."""
        try:
            return cls.model_validate(dict(block))
        except ValidationError as error:
            log.warning("the project's view block is left out: %s", fault_of(error, block, "it"))
            return cls()
