"""The pitch of a detector's own pixels."""

from __future__ import annotations

import pytest

from synthex_gui.scene.camera import FreeCamera
from synthex_gui.scene.devices import devices
from synthex_gui.scene.edits import camera_of, own_pitch_mm
from synthex_gui.scene.model import CArm


@pytest.mark.parametrize("device", devices())
def test_it_is_that_of_the_full_image(device):
    carm = CArm(device=device)
    assert own_pitch_mm(carm) == pytest.approx(camera_of(carm).pixel_pitch_mm, rel=1e-12)


def test_a_camera_from_outside_has_its_own():
    given = FreeCamera.of(camera_of(CArm()).resized(300))
    carm = CArm(free_camera=given)
    assert own_pitch_mm(carm) == pytest.approx(camera_of(carm).pixel_pitch_mm, rel=1e-12)
    assert own_pitch_mm(carm) > 2 * own_pitch_mm(CArm())
