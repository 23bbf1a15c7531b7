"""Where a study puts the camera, against the definition: the patient turns, the room stays."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from three_people import MARKS, person

from synthex_gui.experiment.errors import PlanError
from synthex_gui.experiment.posing import anchor_mm
from synthex_gui.experiment.sampling import sample
from synthex_gui.geometry.angles import direction_from_angles
from synthex_gui.geometry.arrays import Label, LabelMap
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.distributions import Fixed, Listed
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.sources import LandmarkItem
from synthex_gui.scene.study import Anchor

POINTS = np.array([*MARKS.values(), (80.0, -40.0, 60.0)])


def posed(study_scene, cases, values, **fields):
    factors = {name: Fixed(value=value) for name, value in values.items()}
    scene = study_scene(factors=factors, cases=(), **fields)
    marks = tuple(LandmarkItem(name=name, position=place) for name, place in MARKS.items())
    return camera_of(sample(scene.evolve(landmarks=marks), scene.plan, 0).scene.carm)


def test_the_anchor_stands_on_the_central_ray_at_its_distance(study_scene, cases):
    camera = posed(
        study_scene,
        cases,
        {"view.primary_deg": 20, "view.secondary_deg": -15, "source_isocentre_mm": 700},
    )
    (pixel,), (depth,) = camera.project([[0.0, 0.0, 0.0]])
    assert depth == pytest.approx(700)
    assert pixel == pytest.approx([(1536 - 1) / 2, (1536 - 1) / 2])
    assert camera.direction == pytest.approx(direction_from_angles(20, -15))


def test_turning_the_patient_is_turning_the_points(study_scene, cases):
    """R = Rz Ry Rx about the anchor, about the world's axes, then the move: seen by an AP camera
    that stands still.
    """
    angles, move = (31.0, -22.0, 12.0), np.array([14.0, -60.0, 9.0])
    values = {f"patient.r{axis}_deg": angle for axis, angle in zip("xyz", angles)}
    values |= {f"patient.{axis}_mm": step for axis, step in zip("xyz", move)}
    moved = posed(study_scene, cases, values)
    still = posed(study_scene, cases, {"patient.rx_deg": 0.0})
    rx, ry, rz = (
        Rotation.from_rotvec(np.radians(angle) * axis).as_matrix()
        for angle, axis in zip(angles, np.eye(3))
    )
    turned = POINTS @ (rz @ ry @ rx).T + move
    np.testing.assert_allclose(moved.project(POINTS)[0], still.project(turned)[0], atol=1e-6)
    np.testing.assert_allclose(moved.project(POINTS)[1], still.project(turned)[1], atol=1e-6)


def test_ap_shows_the_patients_left_at_the_right_and_moves_with_the_patient(study_scene, cases):
    still = posed(study_scene, cases, {"patient.x_mm": 0.0})
    left, head, nearer = (posed(study_scene, cases, {f"patient.{axis}_mm": 20.0}) for axis in "xzy")
    at = {
        name: camera.project([[0.0, 0, 0]])
        for name, camera in (("still", still), ("left", left), ("head", head), ("nearer", nearer))
    }
    assert at["left"][0][0, 0] - at["still"][0][0, 0] == pytest.approx(20 / 816 * 1020 / 0.194)
    assert at["head"][0][0, 1] < at["still"][0][0, 1]
    # The tube lies behind the patient: posterior is towards it.
    assert at["nearer"][1] == pytest.approx([796.0])


def test_the_image_turns_clockwise(study_scene, cases):
    turned = posed(study_scene, cases, {"view.rotation_deg": 30.0})
    (head,), _ = turned.project([[0.0, 0.0, 50.0]])
    middle = (1536 - 1) / 2
    # Up, turned clockwise as displayed, goes to the right.
    assert head[0] > middle + 10
    assert np.degrees(np.arctan2(head[0] - middle, middle - head[1])) == pytest.approx(30.0)


def test_a_border_is_left_out_and_the_field_kept_by_any_size(study_scene, cases):
    whole = posed(study_scene, cases, {"patient.rx_deg": 5.0})
    inner = posed(study_scene, cases, {"patient.rx_deg": 5.0}, border_px=48)
    assert (inner.width, inner.height) == (1440, 1440)
    np.testing.assert_allclose(whole.project(POINTS)[0] - 48, inner.project(POINTS)[0])
    small = inner.resized(360)
    # Of four pixels the middle lies between the second and the third.
    np.testing.assert_allclose((inner.project(POINTS)[0] - 1.5) / 4, small.project(POINTS)[0])
    assert small.pixel_pitch_mm == pytest.approx(0.776)


def test_anchors_are_what_they_say(study_scene, cases):
    scene = study_scene(cases=())
    marks = tuple(LandmarkItem(name=name, position=place) for name, place in MARKS.items())
    scene = scene.evolve(landmarks=marks)
    ct = person(np.array([0.0, 0.0, 0.0]))
    rod = (ct.values == 1000).astype(np.uint8)
    # One voxel far away moves the middle of the box, hardly the mean.
    rod[5, 13, 30] = 1
    labels = LabelMap(rod, ct.grid, (Label(1, "rod"),))
    assets = SceneAssets(ct=ct, labels=labels)
    at = {
        kind: anchor_mm(scene, Anchor(kind=kind, names=names), assets)
        for kind, names in (
            ("landmark", ("middle",)),
            ("midpoint", ("FH-l", "middle")),
            ("structure", ("rod",)),
            ("aim", ()),
            ("ct", ()),
        )
    }
    assert at["landmark"] == pytest.approx([0, 5, -10])
    assert at["midpoint"] == pytest.approx([15, 2.5, -5])
    voxels = np.argwhere(rod)[:, ::-1].mean(axis=0)
    assert at["structure"] == pytest.approx(voxels * 4.0 + [-70, -58, -78])
    assert at["aim"] == pytest.approx([0, 0, 0])
    assert at["ct"] == pytest.approx(np.array([17.5, 14.5, 19.5]) * 4 + [-70, -58, -78])


@pytest.mark.parametrize(
    ("anchor", "said"),
    [
        (Anchor(kind="landmark", names=("ASIS-l",)), "landmark is not there: ASIS-l"),
        (Anchor(kind="structure", names=("rod", "femur")), "no labels for the anchor: rod, femur"),
    ],
)
def test_an_anchor_that_is_missing_is_named(study_scene, anchor, said):
    scene = study_scene(cases=())
    with pytest.raises(PlanError, match=said):
        anchor_mm(scene, anchor, SceneAssets())


def test_joints_and_a_free_camera_exclude_each_other(study_scene):
    from synthex_gui.scene.distributions import Uniform

    scene = study_scene(factors={"view.primary_deg": Listed(values=(0.0, 180.0))})
    with pytest.raises(ValueError, match="take one of the two out"):
        scene.plan.evolve(joints={"orbital_deg": Uniform(low=0, high=1)})
