"""What the arm would touch, against boxes that can be worked out by hand."""

import numpy as np
import pytest

from synthex_gui.geometry.arm_body import DETECTOR_GAP_MM, body_points, detector_box
from synthex_gui.geometry.arrays import Grid, Volume
from synthex_gui.scene.camera import FreeCamera
from synthex_gui.scene.collision import surroundings_of, table_top_mm, touched, touching_spans
from synthex_gui.scene.devices import device_by_id
from synthex_gui.scene.edits import camera_of, move_joints, new_carm

HALF_MM = 100.0


@pytest.fixture(scope="module")
def around():
    """A cube of water, 200 mm, about the origin, 4 mm voxels."""
    values = np.full((80, 80, 80), -1000, dtype=np.int16)
    values[15:66, 15:66, 15:66] = 0
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = -160.0
    return surroundings_of(Volume(values, Grid(values.shape, affine)))


@pytest.fixture
def carm():
    return new_carm(device_by_id("cios-fusion"), [0.0, 0.0, 0.0])


def test_the_table_lies_under_the_body():
    values = np.full((20, 40, 30), -1000, dtype=np.int16)
    values[:, 5:31, :] = 40
    affine = np.diag([2.0, 3.0, 5.0, 1.0])
    top = table_top_mm(Volume(values, Grid(values.shape, affine)))
    assert top == pytest.approx([29.0, 3.0 * 30 + 2.0, 47.5])


def test_an_arm_around_a_small_body_touches_nothing(carm, around):
    assert touched(carm, around) == ()


def test_the_detector_touches_when_its_face_reaches_the_skin(carm, around):
    # The panel's face is the image plane and a gap: sdd - source_isocentre from the isocentre.
    distance = carm.joints.sdd_mm - carm.joints.source_isocentre_mm + DETECTOR_GAP_MM
    low, high = -(distance - HALF_MM), 0.0
    (span,) = touching_spans(carm, "lift_mm", -600.0, 0.0, around)
    step = 600.0 / 36
    assert span[1] == pytest.approx(low, abs=step + 4.0)
    assert span[1] < high
    lowered = move_joints(carm, lift_mm=low - 30.0)
    assert ("detector", "patient") in touched(lowered, around)
    assert touched(move_joints(carm, lift_mm=low + 30.0), around) == ()


def test_the_tube_meets_the_table_when_it_turns_under_it(carm, around):
    raised = move_joints(carm, lift_mm=350.0)
    assert ("tube", "table") in touched(raised, around)


def test_a_free_pose_has_no_arm(carm, around):
    lowered = move_joints(carm, lift_mm=-450.0)
    assert touched(lowered, around)
    free = lowered.evolve(free_camera=FreeCamera.of(camera_of(lowered)))
    assert touched(free, around) == ()
    assert touching_spans(free, "lift_mm", -500.0, 500.0, around) == []


def test_points_lie_on_the_housings_and_close_together(carm):
    device, joints = device_by_id("cios-fusion"), carm.joints
    points = body_points(device, joints, "right")
    assert set(points) == {"tube", "detector", "arc"}
    centre, size = detector_box(device, joints)
    offset = np.abs(points["detector"] - centre) / (size / 2)
    assert offset.max() == pytest.approx(1.0)
    assert (np.isclose(offset, 1.0).any(axis=1)).all()
    for x in (-1, 0, 1):
        probe = centre + np.array([x, -1, 0]) * size / 2
        assert np.linalg.norm(points["detector"] - probe, axis=1).min() < 28.0
    assert "arc" not in body_points(device_by_id("radiography-room"), joints, "right")
