"""Named tube voltages and filters that ship with the product."""

from __future__ import annotations

import json
from functools import cache

from synthex_gui.core.resources import resource
from synthex_gui.scene.beam import Filtration
from synthex_gui.scene.devices import UnknownName
from synthex_gui.scene.frozen import Frozen


class BeamPreset(Frozen):
    """Voltage and total filtration [mm] by name; `hvl_mm_al` where a standard states it."""

    id: str
    title: str
    kvp: float
    filtration_mm: Filtration
    hvl_mm_al: float | None = None
    source: str


@cache
def beam_presets() -> dict[str, BeamPreset]:
    """All presets by id, in the order of ``resources/beams/presets.json``."""
    data = json.loads(resource("beams", "presets.json").read_text(encoding="utf-8"))
    return {item["id"]: BeamPreset.model_validate(item) for item in data}


def beam_preset(preset_id: str) -> BeamPreset:
    """The preset; UnknownName when there is none of that id."""
    if preset_id not in beam_presets():
        known = ", ".join(beam_presets())
        raise UnknownName(f"no beam is called {preset_id!r}; there are {known}")
    return beam_presets()[preset_id]
