"""Nothing in a document can be changed behind the back of the snapshots that undo keeps."""

import copy
import pickle

import pytest
from pydantic import BaseModel, ValidationError

from synthex_gui.geometry.device import Joints
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.camera import FreeCamera
from synthex_gui.scene.devices import preset_by_id
from synthex_gui.scene.distributions import Normal
from synthex_gui.scene.edits import camera_of, move_joints, reach_preset
from synthex_gui.scene.model import CArm, SavedView, Scene, Tool
from synthex_gui.scene.plan import SeriesPlan, around_current_view
from synthex_gui.scene.sources import BuiltInTool, PhantomSource

TURNED = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]]


def full_scene():
    """Every kind of node, the optional ones too."""
    carm, reach = reach_preset(CArm(), preset_by_id("ap"), None, 60.0)
    assert not reach.is_possible
    return Scene(
        ct=PhantomSource(parameters={"seed": 3}),
        tools=(Tool(name="wire", source=BuiltInTool(tool="k-wire", parameters={"length_mm": 90})),),
        carm=carm,
        beam=Beam(filtration_mm={"Al": 3.0, "Cu": 0.1}),
        views=(SavedView(name="AP", carm=CArm()),),
        plan=around_current_view().evolve(tools={"wire": {"x_mm": Normal(sigma=1)}}),
    )


def parts_of(value):
    yield value
    if isinstance(value, BaseModel):
        children = [getattr(value, name) for name in type(value).model_fields]
    elif isinstance(value, tuple):
        children = list(value)
    elif hasattr(value, "items"):
        children = list(value.values())
    else:
        children = []
    for child in children:
        yield from parts_of(child)


def test_no_part_of_a_scene_can_be_written_to():
    scene = full_scene()
    kinds = {type(part).__name__ for part in parts_of(scene)}
    assert {"FrozenMap", "Joints", "FreeCamera", "Normal", "str", "NoneType"} <= kinds
    assert not kinds & {"dict", "list", "set", "ndarray"}
    assert isinstance(hash(scene), int)
    with pytest.raises(TypeError):
        scene.beam.filtration_mm["Al"] = 9.0
    with pytest.raises(AttributeError):
        scene.carm.joints.lift_mm = 9.0


def test_snapshots_share_what_did_not_change_and_nothing_else():
    before = full_scene()
    after = before.evolve(beam=before.beam.evolve(kvp=100.0))
    assert after.beam.filtration_mm is before.beam.filtration_mm
    assert after.carm is before.carm
    assert after.plan.tools is before.plan.tools
    given = {"Al": 1.0}
    beam = Beam(filtration_mm=given)
    given["Al"] = 5.0
    assert beam.filtration_mm == {"Al": 1.0}


def test_it_goes_through_json_pickle_and_copy_unchanged():
    scene = full_scene()
    assert Scene.model_validate_json(scene.model_dump_json()) == scene
    assert Scene.model_validate(scene.model_dump(mode="json")) == scene
    assert pickle.loads(pickle.dumps(scene)) == scene
    assert copy.deepcopy(scene) == scene


@pytest.mark.parametrize(
    "joints",
    [
        {},
        {"orbital_deg": 1.0},
        Joints().as_dict() | {"warp_deg": 1.0},
        Joints().as_dict() | {"lift_mm": float("nan")},
        Joints().as_dict() | {"lift_mm": "high"},
        Joints(lift_mm=float("inf")),
        [1.0] * 9,
        None,
    ],
)
def test_joints_are_exactly_nine_finite_numbers(joints):
    with pytest.raises(ValidationError):
        CArm(joints=joints)


@pytest.mark.parametrize("filters", [{"Al": float("nan")}, {"Al": -1.0}, {"Al": "thick"}, [1.0]])
def test_filters_are_thicknesses(filters):
    with pytest.raises(ValidationError):
        Beam(filtration_mm=filters)


def test_a_joint_is_read_by_its_name():
    assert CArm().joints["sdd_mm"] == 1020.0
    with pytest.raises(KeyError):
        CArm().joints["moved"]


def test_an_unknown_device_names_those_there_are():
    with pytest.raises(ValidationError, match="'robot'; there are cios-fusion"):
        CArm(device="robot")


def free_camera(**changes):
    return FreeCamera.of(camera_of(CArm())).model_dump() | changes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"R": TURNED}, "determinant -1"),
        ({"R": [[1.000002, 0, 0], [0, 1, 0], [0, 0, 1]]}, "determinant"),
        ({"K": [[0, 0, 1], [0, 1, 1], [0, 0, 1]]}, "upper triangular"),
        ({"K": [[1, 0], [0, 1]]}, "K"),
        ({"t": [0, 0, float("nan")]}, "finite"),
        ({"width": 0}, "no pixels"),
        ({"width": 2.5}, "integer"),
        ({"sdd_mm": 0.0}, "sdd_mm must be positive"),
        ({"P": []}, "Extra"),
    ],
)
def test_a_free_camera_that_is_none_is_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        CArm(free_camera=free_camera(**changes))


def test_a_free_camera_is_the_camera_it_was_made_of():
    pose = move_joints(CArm(), orbital_deg=20.0, lift_mm=30.0)
    camera = camera_of(pose)
    again = camera_of(CArm(free_camera=FreeCamera.of(camera, 530.0)))
    assert (again.k == camera.k).all()
    assert (again.r == camera.r).all()
    assert (again.t == camera.t).all()
    assert (again.width, again.height, again.sdd_mm) == (
        camera.width,
        camera.height,
        camera.sdd_mm,
    )


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (SeriesPlan(tools={"screw": {"x_mm": Normal(sigma=1)}}), "tool 'screw'.*plan.tools"),
        (SeriesPlan(view_names=("AP", "PA")), "view 'PA'.*plan.view_names"),
    ],
)
def test_a_plan_of_something_that_is_not_there_is_refused(plan, said):
    with pytest.raises(ValidationError, match=said):
        full_scene().evolve(plan=plan)
