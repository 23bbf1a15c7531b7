"""``synthex info``: the window's load path, as lines and as one JSON object."""

from __future__ import annotations

import json

import nibabel as nib
import numpy as np
import pytest

from synthex_gui.cli.main import main


@pytest.fixture
def said(capsys):
    """Run ``info --json`` and return (exit status, the object)."""

    def run(*arguments):
        status = main(["info", "--json", *map(str, arguments)])
        return status, json.loads(capsys.readouterr().out)

    return run


def save(path, values):
    nib.save(nib.Nifti1Image(values.transpose(2, 1, 0), np.diag([-2.0, -2, 3, 1])), path)
    return path


@pytest.fixture
def ct_file(tmp_path):
    values = np.full((20, 24, 28), -1000, np.int16)
    values[:, 4:20, 4:24] = 40
    values[5:9, 8:12, 9:14] = 700
    return save(tmp_path / "any name.nii.gz", values)


def test_a_ct(said, ct_file):
    probes = ("--probe", "20,20,21", "--probe", "-900,0,0", "--probe", "0,0,0")
    status, facts = said(*probes, ct_file)
    assert (status, facts["status"], facts["kind"]) == (0, "loaded", "CT")
    assert facts["size"] == [28, 24, 20]
    assert facts["spacing"] == pytest.approx([2, 2, 3])
    assert np.array(facts["direction"]) == pytest.approx(np.eye(3))
    assert facts["hu"] == [700, None, -1000]
    assert facts["finite"] is True
    assert facts["warnings"] == []


def test_what_the_user_says_of_it(said, ct_file, tmp_path):
    values = np.asanyarray(nib.load(ct_file).dataobj).transpose(2, 1, 0)
    wrong = save(tmp_path / "wrong.nii.gz", (values + 1024).astype(np.int16))
    _, facts = said("--probe", "20,20,21", wrong)
    assert facts["hu"] == [1724]
    assert "not taken off" in facts["warnings"][0]
    _, facts = said("--probe", "20,20,21", "--hu-mend", "1,-1024", wrong)
    assert (facts["hu"], facts["warnings"]) == ([700], [])


def test_a_label_map_by_its_content(said, ct_file, tmp_path):
    labels = np.zeros((20, 24, 28), np.int16)
    labels[5:9, 8:12, 9:14] = 7
    status, facts = said(save(tmp_path / "case_001.nii.gz", labels))
    assert (status, facts["kind"]) == (0, "label map")
    (only,) = facts["structures"]
    assert (only["id"], only["name"], only["voxels"]) == (7, "label-7", 80)
    assert only["centre_mm"] == pytest.approx([22, 19, 19.5])


def test_what_is_refused(said, tmp_path):
    (tmp_path / "ct.nii.gz").write_bytes(b"")
    status, facts = said(tmp_path / "ct.nii.gz")
    assert (status, facts["status"]) == (1, "refused")
    assert "ct.nii.gz" in facts["message"]
    assert said(tmp_path / "gone.nii.gz")[1]["message"].startswith(
        f"gone.nii.gz: does not exist in {tmp_path}"
    )


def test_landmarks_camera_and_project(said, tmp_path, small_project):
    landmarks = {"frame": "LPS", "unit": "mm", "landmarks": [{"name": "a", "position": [1, 2, 3]}]}
    (tmp_path / "l.json").write_text(json.dumps(landmarks))
    assert said(tmp_path / "l.json")[1]["landmarks"] == {"a": [1.0, 2.0, 3.0]}
    camera = {
        "K": [[-500, 0, 40], [0, 500, 40], [0, 0, 1]],
        "R": [[-1, 0, 0], [0, 0, -1], [0, -1, 0]],
        "t": [0, 0, 600],
        "width": 81,
        "height": 81,
        "sdd_mm": 1000,
    }
    (tmp_path / "c.json").write_text(json.dumps(camera))
    facts = said(tmp_path / "c.json")[1]
    assert (facts["kind"], facts["size"]) == ("camera", [81, 81])
    assert facts["source_mm"] == pytest.approx([0, 600, 0])
    assert said(small_project)[1]["kind"] == "project"


def test_a_mesh(said, tmp_path):
    from synthex_gui.tools.catalogue import build_tool

    mesh = build_tool("ball-marker", {"diameter_mm": 10.0})
    lines = [f"v {x} {y} {z}" for x, y, z in mesh.vertices]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in mesh.triangles]
    (tmp_path / "ball.obj").write_text("\n".join(lines) + "\n")
    facts = said(tmp_path / "ball.obj")[1]
    assert facts["kind"] == "mesh"
    assert facts["faces"] == len(mesh.triangles)
    assert facts["volume_mm3"] == pytest.approx(np.pi * 1000 / 6, rel=1e-3)
    assert facts["closed"] is True
    assert np.array(facts["bbox_mm"]) == pytest.approx(mesh.bounds_mm(), abs=1e-6)


def test_lines_for_a_person(ct_file, capsys):
    assert main(["info", str(ct_file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "CT"
    assert "size: 28, 24, 20" in lines


@pytest.mark.parametrize("text", ["1,2", "a,b,c", "1;2;3"])
def test_a_probe_that_is_no_point(ct_file, capsys, text):
    assert main(["info", "--probe", text, str(ct_file)]) == 1
    assert "give 3 numbers" in capsys.readouterr().err
