"""Heel, inverse square, collimation and focal spot against closed forms, for any camera."""

import math

import numpy as np
import pytest

from synthex_gui.geometry.camera import Camera, look
from synthex_gui.physics.beam.shape import (
    collimation_map,
    exposure_map,
    focal_blur_sigma_px,
    take_off_deg,
)
from synthex_gui.physics.beam.spectra import oblique_filtration, relative_fluence
from synthex_gui.scene.beam import Beam, Collimator

SDD = 1000.0


def camera(size=101, field_mm=300.0):
    return look([0, 0, 0], np.eye(3), SDD, field_mm / size, size, size)


def offsets(cam):
    """(h, w) mm to the right and down from the principal point, as displayed."""
    return (
        (np.arange(cam.width) - cam.k[0, 2])[None, :] * cam.pixel_pitch_mm,
        (np.arange(cam.height) - cam.k[1, 2])[:, None] * cam.pixel_pitch_mm,
    )


@pytest.mark.parametrize(
    ("side", "axis", "sign"), [("top", 0, 1), ("bottom", 0, -1), ("left", 1, 1), ("right", 1, -1)]
)
@pytest.mark.parametrize("mirrored", [True, False])
def test_take_off_is_the_anodes_angle_plus_the_rays(side, axis, sign, mirrored):
    cam = camera()
    if not mirrored:
        k = cam.k.copy()
        k[0, 0] *= -1
        cam = Camera(k, cam.r, cam.t, cam.width, cam.height, cam.sdd_mm)
    angles = take_off_deg(Beam(anode_deg=10, anode_side=side), cam)
    u, v = offsets(cam)
    away = sign * (v if axis == 0 else u).ravel()
    middle = angles[:, 50] if axis == 0 else angles[50]
    assert middle == pytest.approx(10 + np.degrees(np.arctan(away / SDD)), abs=1e-4)


def test_a_moving_arm_gets_the_same_take_off_angles():
    cam = camera()
    turn = np.diag([-1.0, -1.0, 1.0])
    moved = Camera(cam.k, turn @ cam.r, cam.t + 30.0, cam.width, cam.height, cam.sdd_mm)
    for heel in (True, False):
        beam = Beam(anode_deg=10, heel_effect=heel)
        first = take_off_deg(beam, cam)
        assert take_off_deg(beam, moved) is first
        assert not first.flags.writeable
        for other in (beam.evolve(anode_deg=11), beam.evolve(heel_effect=not heel)):
            assert not np.array_equal(take_off_deg(other, cam), first)


def test_across_the_heel_the_take_off_hardly_changes():
    angles = take_off_deg(Beam(anode_deg=10), camera())
    # The sine of the angle to the anode falls with the ray's cosine.
    edge = math.degrees(math.asin(math.sin(math.radians(10)) / math.hypot(1, 148.5149 / SDD)))
    assert angles[50, 0] == pytest.approx(edge, abs=1e-3)


def test_without_heel_the_exposure_is_the_cosine_cubed_and_the_filters():
    cam = camera()
    u, v = offsets(cam)
    secant = np.sqrt(1 + (u**2 + v**2) / SDD**2)
    bare = exposure_map(Beam(heel_effect=False, filtration_mm={}), cam)
    assert bare == pytest.approx(secant**-3, rel=1e-6)
    filtered = exposure_map(Beam(heel_effect=False, filtration_mm={"Al": 3.0}), cam)
    expected = secant**-3 * oblique_filtration(80, {"Al": 3.0}, secant)
    assert filtered == pytest.approx(expected, rel=1e-6)


def test_with_heel_the_exposure_falls_towards_the_anode():
    beam = Beam(anode_deg=9, anode_side="left", filtration_mm={"Al": 3.0})
    cam = camera()
    row = exposure_map(beam, cam)[50]
    x = offsets(cam)[0].ravel() / SDD
    heel = relative_fluence(80, {"Al": 3.0}, 9 + np.degrees(np.arctan(x)), 9)
    filters = oblique_filtration(80, {"Al": 3.0}, np.sqrt(1 + x**2), 9)
    assert row == pytest.approx(heel * filters * (1 + x**2) ** -1.5, rel=2e-5)
    assert row[50] == pytest.approx(1.0, abs=1e-6)
    assert row[0] < 0.35 < 0.9 < row[-1]


def test_a_detector_beside_the_central_ray_is_a_part_of_a_larger_one():
    cam, beam = camera(), Beam(anode_deg=9)
    blades = Collimator(left_mm=20, top_mm=30, iris_diameter_mm=200, rotation_deg=20)
    part = cam.cropped(60, 10, 30, 25)
    assert np.array_equal(take_off_deg(beam, part), take_off_deg(beam, cam)[10:35, 60:90])
    assert exposure_map(beam, part) == pytest.approx(exposure_map(beam, cam)[10:35, 60:90])
    whole = collimation_map(blades, beam, cam)
    assert collimation_map(blades, beam, part) == pytest.approx(whole[10:35, 60:90], abs=1e-6)


def test_the_pose_of_the_camera_is_of_no_concern():
    cam = camera()
    turned = look(
        [3, 4, 5], np.array([[0, 1.0, 0], [0, 0, 1], [1, 0, 0]]), SDD, 300 / 101, 101, 101
    )
    assert np.array_equal(exposure_map(Beam(), cam), exposure_map(Beam(), turned))


def test_with_everything_out_there_is_no_map():
    assert collimation_map(Collimator(), Beam(), camera()) is None


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_blade_stands_at_its_own_side(side):
    cam = camera(300, 300.0)
    shade = collimation_map(Collimator(**{f"{side}_mm": 50}), Beam(focal_spot_mm=0), cam)
    u, v = offsets(cam)
    along = {"left": -u, "right": u, "top": -v, "bottom": v}[side] + np.zeros(shade.shape)
    assert (shade[along < 49] == 1).all()
    assert shade[along > 51] == pytest.approx(Collimator().transmission, abs=1e-9)
    # The open part in pixels is the distance itself, whatever pixel the edge falls into.
    line = shade[:, 150] if side in ("top", "bottom") else shade[150]
    lead = Collimator().transmission
    assert ((line - lead) / (1 - lead)).sum() == pytest.approx(150 + 50, abs=1e-3)


def test_the_penumbra_is_as_wide_as_the_focal_spot_seen_past_the_blade():
    cam = camera(3000, 300.0)
    blades = Collimator(right_mm=50, source_distance_mm=250, transmission=0)
    line = collimation_map(blades, Beam(focal_spot_mm=1.2), cam)[1500].astype(float)
    u = offsets(cam)[0].ravel()
    penumbra = 1.2 * (SDD - 250) / 250
    expected = np.clip(0.5 - (u - 50) / penumbra, 0, 1)
    assert np.abs(line - expected).max() < 0.01
    assert ((line > 0.001) & (line < 0.999)).sum() * 0.1 == pytest.approx(penumbra, abs=0.2)


def test_blades_turn_clockwise_as_displayed():
    cam = camera(300, 300.0)
    shade = collimation_map(
        Collimator(right_mm=50, rotation_deg=90, transmission=0), Beam(focal_spot_mm=0), cam
    )
    # The right blade turned clockwise by 90 degrees stands below.
    below = collimation_map(Collimator(bottom_mm=50, transmission=0), Beam(focal_spot_mm=0), cam)
    assert shade == pytest.approx(below, abs=1e-6)


def test_the_iris_is_a_disc():
    cam = camera(300, 300.0)
    shade = collimation_map(
        Collimator(iris_diameter_mm=200, transmission=0), Beam(focal_spot_mm=0.6), cam
    )
    assert shade.sum() == pytest.approx(math.pi * 100**2, rel=2e-3)


def test_closed_blades_leave_what_lead_lets_through():
    shut = Collimator(left_mm=0, right_mm=0, transmission=0.01)
    shade = collimation_map(shut, Beam(focal_spot_mm=0), camera(100))
    assert np.delete(shade, [49, 50], axis=1) == pytest.approx(0.01)


def test_the_focal_spot_blurs_by_the_magnification_less_one():
    cam = camera(1000, 300.0)
    beam = Beam(focal_spot_mm=0.6)
    assert focal_blur_sigma_px(beam, cam, 500) == pytest.approx(0.6 / math.sqrt(12) / 0.3)
    assert focal_blur_sigma_px(beam, cam, 800) == pytest.approx(0.15 / math.sqrt(12) / 0.3)
    assert focal_blur_sigma_px(beam, cam, SDD) == 0
    assert focal_blur_sigma_px(Beam(focal_spot_mm=0), cam, 500) == 0
