"""The contract of the C-arm: mirror, chains, presets, limits, both ways."""

from dataclasses import replace

import numpy as np
import pytest

from synthex_gui.geometry.angles import (
    angle_text,
    angles_from_direction,
    direction_from_angles,
    head_up_rotation,
)
from synthex_gui.geometry.camera import Camera, CameraError
from synthex_gui.geometry.carm import (
    aim,
    camera_from_joints,
    field_mm,
    head_up,
    isocentre_mm,
)
from synthex_gui.geometry.device import JointError, Joints
from synthex_gui.geometry.transforms import rigid
from synthex_gui.scene.devices import devices, presets
from synthex_gui.scene.edits import new_carm, reach_preset

CIOS = devices()["cios-fusion"]
ARTIS = devices()["artis-zee"]
HOME = np.eye(4)


def test_ap_is_the_worked_example_of_the_conventions():
    camera = camera_from_joints(CIOS, Joints(), HOME)
    assert np.array_equal(camera.r, [[-1, 0, 0], [0, 0, -1], [0, -1, 0]])
    f = 1020 / 0.194
    assert camera.k[0, 0] == pytest.approx(-f)
    assert camera.k[1, 1] == pytest.approx(+f)
    assert camera.k[0, 2] == camera.k[1, 2] == 767.5
    assert np.linalg.det(camera.r) == pytest.approx(1.0)
    assert np.allclose(camera.source_mm, [0, 530, 0])


def test_ap_shows_the_patients_left_at_the_right_and_the_head_up():
    (left, head), _ = camera_from_joints(CIOS, Joints(), HOME).project([[50, 0, 0], [0, 0, 50]])
    assert left[0] > 767.5
    assert left[1] == pytest.approx(767.5)
    assert head[1] < 767.5


@pytest.mark.parametrize("device", [CIOS, ARTIS], ids=lambda d: d.id)
def test_lateral_left_shows_anterior_at_the_left(device):
    carm, _ = reach_preset(new_carm(device, [0, 0, 0]), presets()["lateral-left"], None)
    from synthex_gui.scene.edits import camera_of

    ((anterior,), _) = camera_of(carm).project([[0, -50, 0]])
    assert anterior[0] < (device.columns - 1) / 2


@pytest.mark.parametrize(("view", "sign"), [("inlet", +1), ("outlet", -1)])
def test_inlet_sends_an_anterior_ball_down_and_outlet_up(view, sign):
    from synthex_gui.scene.edits import camera_of

    carm, reach = reach_preset(new_carm(CIOS, [0, 0, 0]), presets()[view], None)
    assert reach.is_possible
    ((ball,), _) = camera_of(carm).project([[0, -50, 0]])
    assert sign * (ball[1] - 767.5) > 10


def test_joints_30_30_are_dicom_33_7_25_7_with_16_1_degrees_of_roll_on_a_mobile_arm():
    joints = Joints(orbital_deg=30, angulation_deg=30)
    camera = camera_from_joints(CIOS, joints, HOME)
    assert angles_from_direction(camera.direction) == pytest.approx((33.690, 25.659), abs=1e-3)
    assert abs(head_up(CIOS, joints, HOME).image_rotation_deg) == pytest.approx(16.102, abs=1e-3)


def test_joints_are_dicom_angles_without_roll_on_a_floor_stand():
    joints = Joints(orbital_deg=30, angulation_deg=30)
    camera = camera_from_joints(ARTIS, joints, HOME)
    assert angles_from_direction(camera.direction) == pytest.approx((30, 30))
    assert head_up(ARTIS, joints, HOME).image_rotation_deg == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("angles", [(0, 0), (33, 25), (-120, 40), (180, 0), (90, -60)])
def test_angles_and_direction_are_each_others_inverse(angles):
    assert angles_from_direction(direction_from_angles(*angles)) == pytest.approx(angles)


def test_head_up_rows_run_along_minus_z_and_along_y_on_the_body_axis():
    r = head_up_rotation(direction_from_angles(30, 20))
    assert r[0] @ [0, 0, 1] == pytest.approx(0)
    assert r[1] @ [0, 0, -1] > 0
    assert np.allclose(head_up_rotation([0, 0, 1])[1], [0, 1, 0])
    assert np.allclose(head_up_rotation([1e-3, 0, 1])[1], [0, 1, 0], atol=1e-3)


def test_lengths_move_the_isocentre_as_their_names_say():
    joints = Joints(lift_mm=10, slide_mm=20, longitudinal_mm=30)
    assert np.allclose(isocentre_mm(joints, rigid(None, [1, 2, 3])), [21, -8, 33])


def test_swivel_turns_counter_clockwise_seen_from_the_patients_front():
    # Seen from the front the patient's left is at the right: counter-clockwise takes the
    # detector of a LAO 90 arm from the patient's left (+x) towards the head (+z).
    camera = camera_from_joints(CIOS, Joints(orbital_deg=90, swivel_deg=10), HOME)
    assert camera.direction[2] > 0.1
    assert camera.direction[0] > 0.9


def test_image_rotation_turns_the_picture_clockwise_as_displayed():
    camera = camera_from_joints(CIOS, Joints(image_rotation_deg=90), HOME)
    ((head,), _) = camera.project([[0, 0, 50]])
    assert head[0] > 800  # what was up is now at the right
    assert head[1] == pytest.approx(767.5)


@pytest.mark.parametrize("device", list(devices().values()), ids=lambda d: d.id)
@pytest.mark.parametrize("view", list(presets()))
def test_every_preset_looks_along_its_angles_head_up_on_every_device(device, view):
    from synthex_gui.scene.edits import camera_of

    preset = presets()[view]
    carm, reach = reach_preset(new_carm(device, [5, 6, 7]), preset, None)
    camera = camera_of(carm)
    wanted = direction_from_angles(preset.primary_deg, preset.secondary_deg)
    assert np.allclose(camera.direction, wanted, atol=1e-9)
    assert np.allclose(camera.r, head_up_rotation(wanted), atol=1e-9)
    ((centre,), _) = camera.project([[5, 6, 7]])
    assert centre == pytest.approx([(device.columns - 1) / 2, (device.rows - 1) / 2], abs=1e-6)
    assert (carm.free_camera is None) == reach.is_possible


def test_a_lateral_beyond_the_orbital_limit_is_reached_with_the_base_at_the_other_side():
    reach = aim(CIOS, Joints(), HOME, direction_from_angles(90, 0), [0, 0, 0])
    assert reach.is_possible
    assert reach.base_side == "left"
    assert reach.joints.orbital_deg == pytest.approx(90)


def test_a_pose_no_branch_can_reach_names_the_joint_that_blocks_it():
    innova = devices()["innova-3100"]
    reach = aim(innova, innova.home, HOME, direction_from_angles(0, 70), [0, 0, 0])
    assert "angulation_deg" in reach.blocked_by
    assert "angulation 70.0° is beyond -50 to 45°" in reach.reason(innova)


def test_a_distance_to_the_aim_point_is_kept():
    reach = aim(CIOS, Joints(), HOME, direction_from_angles(0, 25), [0, 0, 0], 816.0)
    camera = camera_from_joints(CIOS, reach.joints, HOME)
    assert -camera.source_mm @ camera.direction == pytest.approx(816)
    assert field_mm(camera, 816)[0] == pytest.approx(238.4, abs=0.1)


def test_an_unknown_joint_is_refused_by_name():
    with pytest.raises(JointError, match="tilt_deg"):
        Joints().moved(tilt_deg=3)


@pytest.mark.parametrize("row", [0, 1, 2])
@pytest.mark.parametrize("along", [0, 1, 2])
def test_a_rotation_is_one_within_a_millionth(row, along):
    camera = camera_from_joints(CIOS, Joints(orbital_deg=20, angulation_deg=10), HOME)
    # A row along itself gets longer, along another one it leans.
    for amount, is_fine in ((4e-7, True), (2e-6, False)):
        r = camera.r.copy()
        r[row] += amount * r[along]
        if is_fine:
            replace(camera, r=r)
        else:
            with pytest.raises(CameraError, match="not a rotation"):
                replace(camera, r=r)


def test_a_mirrored_rotation_is_refused_naming_its_determinant():
    with pytest.raises(CameraError, match=r"determinant -1"):
        Camera(np.diag([1000, 1000, 1.0]), np.diag([-1, 1, 1.0]), np.zeros(3), 10, 10, 1000)


def test_resizing_keeps_the_field_and_json_round_trips():
    camera = camera_from_joints(CIOS, Joints(orbital_deg=20), HOME)
    small = camera.resized(384)
    assert np.allclose(small.pixel_to_world(-0.5, -0.5), camera.pixel_to_world(-0.5, -0.5))
    assert np.allclose(small.pixel_to_world(383.5, 383.5), camera.pixel_to_world(1535.5, 1535.5))
    assert small.pixel_pitch_mm == pytest.approx(0.776)
    back = Camera.from_json(small.to_json(), 1.0)
    assert np.allclose(back.p, small.p)
    assert back.sdd_mm == 1020


def test_pixel_and_ray_agree():
    camera = camera_from_joints(CIOS, Joints(orbital_deg=20, angulation_deg=-11), HOME)
    source, direction = camera.ray(100.25, 900.5)
    ((pixel,), _) = camera.project([source + 700 * direction])
    assert pixel == pytest.approx([100.25, 900.5])


def test_the_console_text():
    assert angle_text(-30, 15) == "RAO 30.0°  CRA 15.0°"
    assert angle_text(32.2, -6.84) == "LAO 32.2°  CAU 6.8°"


@pytest.mark.parametrize("columns", [64, 333, 768, 1001])
def test_a_resized_detector_that_is_not_square_keeps_square_pixels(columns):
    camera = camera_from_joints(ARTIS, Joints().moved(sdd_mm=1200), HOME, columns)
    assert -camera.k[0, 0] == pytest.approx(1200 / (0.154 * 2480 / columns), rel=1e-12)
    assert camera.k[1, 1] == pytest.approx(-camera.k[0, 0], rel=1e-12)
    assert camera.k[0, 2] == (camera.width - 1) / 2
    assert camera.k[1, 2] == pytest.approx((camera.height - 1) / 2)


@pytest.mark.parametrize(
    ("name", "value"), [("width", 10**8), ("width", 10.7), ("height", float("inf")), ("t", [[1]])]
)
def test_a_camera_of_impossible_numbers_is_refused_by_name(name, value):
    data = camera_from_joints(CIOS, Joints(), HOME).to_json() | {name: value}
    with pytest.raises(CameraError, match=r"too large|whole|infinity|t must be"):
        Camera.from_json(data, 1020)


def test_a_joint_value_that_is_no_number_is_refused():
    with pytest.raises(JointError, match="lift_mm"):
        Joints().moved(lift_mm=float("nan"))
