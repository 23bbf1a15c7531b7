"""The devices and preset views that ship with the product."""

from __future__ import annotations

import json
from functools import cache

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.resources import resource
from synthex_gui.geometry.device import JOINT_NAMES, BaseSide, Chain, Device, Form, Joints, Range
from synthex_gui.scene.frozen import Frozen


class UnknownName(SynthexError):
    """A device or view id that does not exist; the text lists those that do."""


class DeviceFile(Frozen):
    """The JSON of ``resources/devices/ID.json``: figures in mm and degrees, limits [low, high]."""

    id: str
    name: str
    chain: Chain
    form: Form
    base_side: BaseSide
    columns: int
    rows: int
    pixel_pitch_mm: float
    home: dict[str, float]
    limits: dict[str, tuple[float, float]]
    unverified: tuple[str, ...] = ()
    source: str = ""

    def device(self) -> Device:
        """The geometry object; SynthexError when a joint's limits are missing or turned round."""
        missing = sorted(set(JOINT_NAMES) ^ set(self.limits))
        if missing:
            raise SynthexError(
                f"device {self.id}: limits of {', '.join(missing)} missing or unknown"
            )
        turned = [name for name, (low, high) in self.limits.items() if low > high]
        if turned:
            raise SynthexError(
                f"device {self.id}: the limits of {', '.join(turned)} are turned round"
            )
        return Device(
            id=self.id,
            name=self.name,
            chain=self.chain,
            form=self.form,
            base_side=self.base_side,
            columns=self.columns,
            rows=self.rows,
            pixel_pitch_mm=self.pixel_pitch_mm,
            home=Joints().moved(**self.home),
            limits={name: Range(*self.limits[name]) for name in JOINT_NAMES},
            unverified=self.unverified,
            source=self.source,
        )


class Preset(Frozen):
    """A named view: DICOM angles and what it aims at (the middle of the structures' common box,
    else of the landmarks, else the scene's aim point). Distances are its own where a device can.
    `short`: the title where there is little room, None for the title itself.
    """

    id: str
    title: str
    short: str | None = None
    primary_deg: float
    secondary_deg: float
    aim_structures: tuple[str, ...] = ()
    aim_landmarks: tuple[str, ...] = ()
    device: str | None = None
    sdd_mm: float | None = None
    source_isocentre_mm: float | None = None

    def distances_mm(self) -> dict[str, float]:
        """Joint name -> mm of the distances that the view asks for."""
        asked = {"sdd_mm": self.sdd_mm, "source_isocentre_mm": self.source_isocentre_mm}
        return {name: value for name, value in asked.items() if value is not None}


# Read once: every camera asks for its device, and that is several times an image.
@cache
def devices() -> dict[str, Device]:
    """All devices by id, the default (``cios-fusion``) first."""
    found = {}
    for entry in resource("devices").iterdir():
        if entry.name.endswith(".json"):
            device = DeviceFile.model_validate_json(entry.read_text(encoding="utf-8")).device()
            found[device.id] = device
    order = sorted(found, key=lambda name: (name != "cios-fusion", name))
    return {name: found[name] for name in order}


@cache
def presets() -> dict[str, Preset]:
    """All preset views by id, in the order of the file."""
    data = json.loads(resource("views", "presets.json").read_text(encoding="utf-8"))
    return {item["id"]: Preset.model_validate(item) for item in data}


def device_by_id(device_id: str) -> Device:
    """The device; UnknownName when there is none of that id."""
    if device_id not in devices():
        raise UnknownName(f"no device is called {device_id!r}; there are {', '.join(devices())}")
    return devices()[device_id]


def preset_by_id(preset_id: str) -> Preset:
    """The preset view; UnknownName when there is none of that id."""
    if preset_id not in presets():
        raise UnknownName(f"no view is called {preset_id!r}; there are {', '.join(presets())}")
    return presets()[preset_id]
