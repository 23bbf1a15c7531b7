"""Project files of older versions open as what they meant."""

import json
from pathlib import Path

import pytest

from synthex_gui.loading.project import open_project
from synthex_gui.scene.distributions import Normal, Uniform
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.migrations import MIGRATIONS, VERSION
from synthex_gui.scene.project import ProjectError, read_project, write_project

VERSION_1 = Path(__file__).parent / "data" / "project-1.synthex"


def test_a_project_of_version_1_opens(tmp_path):
    notes = []
    scene, view = open_project(VERSION_1, notes.append)
    assert view == {"recovered_from": ""}
    assert scene.ct.path == str(VERSION_1.parent / "ct" / "pelvis.nii.gz")
    assert scene.carm.joints["orbital_deg"] == 12.5
    assert scene.beam.filtration_mm == {"Al": 3.0, "Cu": 0.1}
    assert scene.plan.joints == {
        "orbital_deg": Uniform(low=-10, high=10),
        "sdd_mm": Normal(sigma=5),
    }
    # The mesh tool was called after its file; factors of what is gone could not be sampled.
    assert [tool.name for tool in scene.tools] == ["Kirschner wire", "mesh-1"]
    assert set(scene.plan.tools) == {"Kirschner wire", "mesh-1"}
    assert scene.plan.view_names == ("AP",)
    assert [note.split(":")[0] for note in notes] == ["project-1.synthex"] * 3
    assert [name for name in ("'cup'", "'cup-before'", "'Gone'") if name in "".join(notes)] == [
        "'cup'",
        "'cup-before'",
        "'Gone'",
    ]
    path = tmp_path / "again.synthex"
    write_project(path, scene, view)
    assert json.loads(path.read_text())["version"] == VERSION
    assert open_project(path) == (scene, view)


def test_its_free_cameras_are_the_same_cameras():
    scene, _ = read_project(VERSION_1)
    views = {
        item["name"]: item["carm"] for item in json.loads(VERSION_1.read_text())["scene"]["views"]
    }
    free, given, bare = (view.carm for view in scene.views[1:])
    assert free.free_camera.source_isocentre_mm == 530.0
    assert given.free_camera.source_isocentre_mm is None
    for carm, name in ((free, "Free"), (given, "Given"), (bare, "Bare")):
        was = views[name]["free_camera"]
        camera = camera_of(carm)
        assert camera.k.tolist() == was["K"]
        assert camera.r.tolist() == was["R"]
        assert camera.t.tolist() == was["t"]
        assert camera.sdd_mm == was.get("sdd_mm", 1020.0)


def test_every_version_has_its_migration():
    assert sorted(MIGRATIONS) == list(range(1, VERSION))


def changed(tmp_path, change, version=VERSION):
    """A project of version 2 with something done to its JSON."""
    path = tmp_path / "p.synthex"
    scene, _ = read_project(VERSION_1)
    write_project(path, scene)
    data = json.loads(path.read_text())
    change(data["scene"])
    path.write_text(json.dumps(data | {"version": version}))
    return path


def of_carm(**values):
    return lambda scene: scene["carm"].update(values)


def of_plan(**values):
    return lambda scene: scene["plan"].update(values)


def of_tool(**values):
    return lambda scene: scene["tools"][0]["source"].update(values)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            of_carm(device="robot"),
            "carm.device: no device is called 'robot'; there are cios",
        ),
        (of_carm(joints={}), "joints must be exactly"),
        (of_carm(free_camera={"K": []}), "carm.free_camera.K"),
        (of_plan(tools={"pin": {}}), "the plan names the tool 'pin'.*take it out"),
        (of_plan(view_names=["PA"]), "the plan names the view 'PA'.*take it out"),
        (of_plan(joints={"warp_deg": {"kind": "normal", "sigma": 1}}), "warp_deg"),
        (of_tool(tool="wand"), "tool 'Kirschner wire': no tool is called 'wand'; there are"),
        (of_tool(parameters={"magic": 1}), "no parameter magic; there are"),
        (lambda scene: scene["tools"][0].update(material="mithril"), "'mithril'.*use one of"),
        (lambda scene: scene["beam"].update(filtration_mm={"Zz": 1}), "'Zz'; use Al"),
        (lambda scene: scene["matter"].update(metal="mithril", metal_above_hu=3000), "mithril"),
    ],
)
def test_what_a_project_names_must_exist(change, said, tmp_path):
    with pytest.raises(ProjectError, match=rf"p\.synthex: .*{said}") as error:
        open_project(changed(tmp_path, change))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "change",
    [
        of_carm(free_camera=3),
        of_carm(free_camera={"K": "x"}),
        lambda scene: scene.update(views=3),
        lambda scene: scene.update(tools={"a": 1}),
        lambda scene: scene.update(tools=[3, {"source": 4}, {"source": {"kind": "mesh"}}]),
        lambda scene: scene.update(plan=[]),
        of_plan(tools=[], view_names={}),
        of_plan(view_names=[[1]], tools=3),
        lambda scene: scene.update(tools=[{"name": []}], views=[{"name": {}}]),
    ],
)
def test_a_damaged_old_project_is_refused_in_one_line(change, tmp_path):
    with pytest.raises(ProjectError, match=r"p\.synthex") as error:
        read_project(changed(tmp_path, change, version=1))
    assert "\n" not in str(error.value)
