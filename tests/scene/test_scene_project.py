"""The document and its file."""

import json

import pytest
from pydantic import ValidationError

from synthex_gui.scene.camera import FreeCamera
from synthex_gui.scene.devices import UnknownName, device_by_id, preset_by_id
from synthex_gui.scene.edits import add_tool, camera_of, move_joints, new_carm
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.project import ProjectError, read_project, write_project
from synthex_gui.scene.sources import BuiltInTool, FileSource, LandmarkItem


def test_a_project_round_trips_with_relative_paths(tmp_path):
    (tmp_path / "in").mkdir()
    ct = tmp_path / "in" / "ct.nii.gz"
    ct.write_bytes(b"x")
    scene = Scene(ct=FileSource(path=str(ct)), carm=new_carm(device_by_id("artis-zee"), [1, 2, 3]))
    path = tmp_path / "p.synthex"
    write_project(path, scene, {"zoom": 2})
    assert json.loads(path.read_text())["scene"]["ct"]["path"] == "in/ct.nii.gz"
    assert read_project(path) == (scene, {"zoom": 2})


@pytest.mark.trust("E8")
@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "\0\0", '{"format": "synthex-project"}', "[" * 100_000, '{"format": 1e999}'],
)
def test_what_is_no_project_is_refused_in_one_line(text, tmp_path):
    path = tmp_path / "bad.synthex"
    path.write_text(text)
    with pytest.raises(ProjectError, match=r"bad\.synthex") as error:
        read_project(path)
    assert "\n" not in str(error.value)


@pytest.mark.trust("E8")
def test_a_newer_project_says_so(tmp_path):
    path = tmp_path / "new.synthex"
    path.write_text(json.dumps({"format": "synthex-project", "version": 99, "scene": {}}))
    with pytest.raises(ProjectError, match="newer version"):
        read_project(path)


def test_nodes_are_frozen_and_checked():
    scene = Scene()
    with pytest.raises(ValidationError):
        scene.level = "naive"
    with pytest.raises(ValidationError):
        scene.evolve(level="perfect")
    with pytest.raises(ValidationError):
        SeriesPlan(joints={"warp_deg": {"kind": "uniform", "low": 0, "high": 1}})


def test_a_second_tool_of_a_name_gets_another():
    tool = Tool(name="wire", source=BuiltInTool(tool="k-wire"))
    scene = add_tool(add_tool(Scene(), tool), tool)
    assert [item.name for item in scene.tools] == ["wire", "wire-2"]


def test_moving_a_joint_leaves_a_free_pose():
    carm = new_carm(device_by_id("cios-fusion"), [0, 0, 0])
    free = carm.evolve(free_camera=FreeCamera.of(camera_of(carm)))
    assert move_joints(free, lift_mm=5).free_camera is None


def test_unknown_names_list_the_known():
    with pytest.raises(UnknownName, match="cios-fusion"):
        device_by_id("x")
    with pytest.raises(UnknownName, match="inlet"):
        preset_by_id("x")


def test_evolving_keeps_what_is_not_replaced_and_checks_what_is():
    scene = Scene(landmarks=(LandmarkItem(name="a", position=(1.0, 2.0, 3.0)),))
    other = scene.evolve(level="naive")
    for name in type(scene).model_fields:
        if name != "level":
            assert getattr(other, name) is getattr(scene, name), name
    beam = scene.beam.evolve(kvp=100.0)
    assert beam.filtration_mm is scene.beam.filtration_mm
    with pytest.raises(ValueError, match="less than or equal"):
        scene.beam.evolve(kvp=1000.0)


def test_a_name_that_is_not_utf8_is_refused_in_one_line(tmp_path):
    scene = Scene(ct=FileSource(path=str(tmp_path / "ct-\udcfc.nii.gz")))
    with pytest.raises(ProjectError, match=r"UTF-8 \('\"path\": \"ct-"):
        write_project(tmp_path / "p.synthex", scene)
    assert list(tmp_path.iterdir()) == []
