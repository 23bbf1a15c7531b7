"""Hostile projects end in one or two sentences that name the file, whichever door they come by."""

import json
import shutil

import pytest

from synthex_gui.cli.main import main
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.steps import run_to_end
from synthex_gui.loading.outside import outside, refuse_outside, unknown_outside
from synthex_gui.loading.project import open_project
from synthex_gui.loading.resolve import resolve
from synthex_gui.scene.project import write_project
from tests.loading.hostile_projects import HOSTILE, UNIT, at, write

FOREIGN_WORDS = ("Traceback", "pydantic", "Input should", "Field required", "Value error", "[Errno")


def check(text, word):
    assert word in text
    assert "\n" not in text
    assert len(text) < 500
    assert not [foreign for foreign in FOREIGN_WORDS if foreign in text]


def read_whole(path):
    scene, _ = open_project(path)
    run_to_end(refuse_outside(path, scene))
    return run_to_end(resolve(scene))


@pytest.mark.trust("E10")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_project_is_refused_as_the_window_opens_it(name, small_project, tmp_path):
    change, word = HOSTILE[name]
    path = write(change, small_project, tmp_path)
    with pytest.raises(SynthexError) as refused:
        read_whole(path)
    check(str(refused.value), word)


@pytest.mark.trust("E10")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_project_is_refused_by_the_terminal(name, small_project, tmp_path, capsys):
    change, word = HOSTILE[name]
    path = write(change, small_project, tmp_path)
    assert main(["export", str(path), "--out", str(tmp_path / "set")]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    check(said.err.strip().splitlines()[-1], word)
    assert len(said.err.strip().splitlines()) == 1
    assert not list(tmp_path.glob("set/*"))


def test_the_sound_project_behind_them_is_read(small_project, tmp_path):
    assert read_whole(write(lambda document: None, small_project, tmp_path)).assets.ct is not None


@pytest.mark.trust("E10")
def test_a_project_that_is_a_circle_of_links_a_folder_or_a_device(tmp_path, capsys):
    circle = tmp_path / "circle.synthex"
    circle.symlink_to(circle)
    (tmp_path / "folder.synthex").mkdir()
    for path, word in (
        (circle, "circle"),
        (tmp_path / "folder.synthex", "folder"),
        ("/dev/zero", "device"),
        (tmp_path / ("x" * 300 + ".synthex"), "too long"),
        (tmp_path / "no" / "where.synthex", "does not exist"),
    ):
        assert main(["export", str(path), "--out", str(tmp_path / "set")]) == 1
        check(capsys.readouterr().err.strip().replace("x" * 300, "x"), word)


@pytest.fixture
def shared(small_project, tmp_path):
    """A project in a folder of its own, its CT and labels beside that folder."""
    inputs = shutil.copytree(small_project.parent, tmp_path / "inputs")
    scene, _ = open_project(inputs / small_project.name)
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine" / "p.synthex"
    write_project(path, scene)
    return path


@pytest.mark.trust("E10")
def test_what_lies_outside_is_named_once(shared):
    scene, _ = open_project(shared)
    assert [source.path for source in outside(shared, scene)] == [
        scene.ct.path,
        scene.labels.path,
    ]
    assert run_to_end(unknown_outside(shared, scene)) == (scene.ct.path, scene.labels.path)
    both = scene.evolve(labels=scene.ct)
    assert run_to_end(unknown_outside(shared, both)) == (scene.ct.path,)


def test_what_the_project_names_by_its_checksum_is_known(shared):
    from synthex_gui.io.hashing import sha256_of

    scene, _ = open_project(shared)
    right = scene.ct.evolve(sha256=sha256_of(scene.ct.path))
    wrong = scene.labels.evolve(sha256="0" * 64)
    assert run_to_end(unknown_outside(shared, scene.evolve(ct=right, labels=wrong))) == (
        scene.labels.path,
    )
    assert not (run_to_end(unknown_outside(shared, scene.evolve(ct=right, labels=None))))


@pytest.mark.trust("E10")
def test_the_terminal_reads_outside_files_only_when_told(shared, tmp_path, capsys):
    arguments = ["export", str(shared), "--out", str(tmp_path / "set"), "--count", "1"]
    assert main([*arguments, "--size", "16"]) == 1
    said = capsys.readouterr().err
    assert "--allow-outside" in said
    assert "ct.nii.gz" in said
    assert main([*arguments, "--size", "16", "--allow-outside"]) == 0


def test_a_pose_file_is_judged_as_a_projects_pose(tmp_path, capsys):
    pose = tmp_path / "pose.json"
    for turn, word in ((-1.0, "determinant -1"), (0.0, "determinant 0"), (1e308, "1e+308")):
        rows = [list(row) for row in UNIT]
        rows[0][0] = turn
        pose.write_text(json.dumps({"world_from_tool": rows}))
        arguments = ["render", "--mesh", f"cup.stl:CoCr:{pose}", "--out", str(tmp_path / "x.tif")]
        assert main(arguments) == 1
        check(capsys.readouterr().err.strip(), word)


def test_a_pose_rounded_to_four_digits_is_one(small_project, tmp_path):
    from synthex_gui.geometry.transforms import rotation_about

    turn = [[round(value, 4) for value in row] for row in rotation_about([1, 2, 3], 77).tolist()]
    rows = [[*row, 5.0] for row in turn] + [[0.0, 0.0, 0.0, 1.0]]
    path = write(at("scene.tools.0.world_from_tool", rows), small_project, tmp_path)
    assert open_project(path)[0].tools[0].world_from_tool[0][3] == 5.0
