"""Where a C-arm first stands: the one place for the window, ``synthex new`` and ``render``."""

from __future__ import annotations

from numpy.typing import ArrayLike

from synthex_gui.geometry.device import Device
from synthex_gui.scene.devices import Preset, preset_by_id
from synthex_gui.scene.edits import new_carm, reach_preset
from synthex_gui.scene.model import CArm

# Source-to-aim distance over SDD: xReg's default for the hip, 816 mm on a Cios Fusion, where the
# field is 238 mm wide. A real detector stands close to the patient too.
NEAR_DETECTOR = 0.8
FIRST_VIEW = "ap"


def near_detector_mm(sdd_mm: float) -> float:
    """Source-to-aim distance [mm] of a new pose at that SDD."""
    return NEAR_DETECTOR * sdd_mm


def first_pose(
    device: Device, aim_mm: ArrayLike, preset: Preset | None = None, at_mm: ArrayLike | None = None
) -> tuple[CArm, str | None]:
    """(pose, what is to be said of it): the preset view, without one AP, near the detector.

    `aim_mm` (3,) becomes the scene's aim point, `at_mm` (3,) the view's own where it has one. Where
    limits forbid that distance the isocentre lies on the point; where they forbid this too, the
    pose is a free one.
    """
    view = preset_by_id(FIRST_VIEW) if preset is None else preset
    home = new_carm(device, aim_mm)
    sdd = view.sdd_mm
    if sdd is None or not device.limits["sdd_mm"].contains(sdd):
        sdd = device.home.sdd_mm
    near, reach = reach_preset(home, view, at_mm, near_detector_mm(sdd))
    if reach.is_possible:
        return near, None
    centred, other = reach_preset(home, view, at_mm)
    if other.is_possible:
        return centred, f"{reach.reason(device)}; the isocentre stands on the aim point instead"
    return near, f"{other.reason(device)}; shown as a free pose"
