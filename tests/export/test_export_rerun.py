"""An image made again from the manifest alone, byte for byte, with its inputs somewhere else."""

import json
import shutil

import pytest

from synthex_gui.cli.main import main
from synthex_gui.core.steps import run_to_end
from synthex_gui.export.run import export_series
from synthex_gui.scene.distributions import Uniform
from synthex_gui.scene.project import read_project
from synthex_gui.scene.study import Anchor, Study


@pytest.fixture(scope="module")
def moved(small_project, tmp_path_factory):
    """(data set, folder with its inputs under other names): nothing else is left of the project."""
    folder = tmp_path_factory.mktemp("rerun")
    scene, _ = read_project(small_project)
    study = Study(
        anchor=Anchor(kind="ct"),
        factors={"beam.kvp": Uniform(low=60, high=90), "view.primary_deg": Uniform(low=-9, high=9)},
        levels=("naive", "realistic"),
    )
    plan = scene.plan.evolve(joints={}, study=study, count=3, size=48)
    run_to_end(export_series(scene.evolve(plan=plan), folder / "set"))
    inputs = folder / "elsewhere"
    inputs.mkdir()
    for name, other in (("ct.nii.gz", "a.nii.gz"), ("labels.nii.gz", "b.nii.gz")):
        shutil.copy(small_project.parent / name, inputs / other)
    shutil.copy(small_project.parent / "labels.csv", inputs / "b.csv")
    return folder / "set", inputs


@pytest.mark.parametrize("number", [0, 3, 5])
def test_an_image_is_made_again_byte_for_byte(moved, tmp_path, number, capsys):
    dataset, inputs = moved
    arguments = ["rerun", str(dataset), "--image", str(number), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--ct", str(inputs / "a.nii.gz")]) == 0
    names = capsys.readouterr().out.split()
    assert f"images/{number:05d}.png" in names
    assert f"labels/{number:05d}.json" in names
    assert any(name.startswith(f"masks/{number:05d}/") for name in names)
    for name in names:
        assert (tmp_path / "out" / name).read_bytes() == (dataset / name).read_bytes()
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len([path for path in left if not path.name.startswith(".")]) == len(names)


def test_inputs_that_are_not_found_are_named(moved, tmp_path, capsys):
    dataset, inputs = moved
    out = tmp_path / "out"
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(inputs / "a.nii.gz", alone)
    arguments = ["rerun", str(dataset), "--image", "1", "--out", str(out)]
    assert main([*arguments, "--ct", str(alone / "a.nii.gz")]) == 1
    said = capsys.readouterr().err
    assert "not found by their SHA-256: labels; give their files" in said
    assert not out.exists()


def test_a_table_of_names_that_changed_is_said(moved, tmp_path, capsys):
    dataset, inputs = moved
    other = tmp_path / "other"
    shutil.copytree(inputs, other)
    (other / "b.csv").write_text("id,name,color,group\n1,nail,#ff0000,\n")
    arguments = ["rerun", str(dataset), "--image", "1", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--ct", str(other)]) == 1
    assert "table of names beside it is not the data set's" in capsys.readouterr().err


def test_other_bytes_are_said(moved, tmp_path, capsys):
    dataset, inputs = moved
    copy = tmp_path / "set"
    shutil.copytree(dataset, copy)
    manifest = json.loads((copy / "manifest.json").read_text())
    for item in manifest["files"]:
        if item["path"] == "images/00001.png":
            item["sha256"] = "0" * 64
    manifest["versions"]["numpy"] = "1.0"
    (copy / "manifest.json").write_text(json.dumps(manifest))
    arguments = ["rerun", str(copy), "--image", "1", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--ct", str(inputs)]) == 3
    said = capsys.readouterr().err
    assert "images/00001.png: not the data set's bytes" in said
    assert "made with other versions of numpy" in said


@pytest.mark.parametrize(
    ("number", "said"), [("6", "no image 6; it has 6, from 0 on"), ("-1", "no image -1")]
)
def test_an_image_that_is_not_there_is_said(moved, tmp_path, number, said, capsys):
    dataset, _ = moved
    assert main(["rerun", str(dataset), "--image", number, "--out", str(tmp_path / "out")]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", [None, "{", "{}", "[]"])
def test_what_is_no_data_set_is_said(tmp_path, text, capsys):
    if text is not None:
        (tmp_path / "manifest.json").write_text(text)
    assert main(["rerun", str(tmp_path), "--image", "0", "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "manifest.json" in said
    assert said.count("\n") == 1
