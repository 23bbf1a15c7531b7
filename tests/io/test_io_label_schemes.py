"""TotalSegmentator's numberings: taken when asked for, and only where they fit."""

import json

import nibabel as nib
import numpy as np
import pytest

from synthex_gui.cli.main import main
from synthex_gui.io.errors import InputError
from synthex_gui.io.labels.map import read_labels
from synthex_gui.io.labels.schemes import SchemeError, scheme_names, schemes


def save(path, places, mirrored=False):
    """A map with a cube an id: id -> x of its middle, in voxels from the patient's right."""
    values = np.zeros((40, 12, 12), np.uint8)
    for number, x in places.items():
        values[x - 1 : x + 2, 4:8, 4:8] = number
    # RAS: +x is the right; the first voxel lies at the patient's right, so steps are negative.
    step = 4.0 if mirrored else -4.0
    nib.save(nib.Nifti1Image(values, np.diag([step, 4.0, 4.0, 1.0])), path)
    return path


def names_of(path, scheme):
    return [label.name for label in read_labels(path, scheme=scheme).labels.table]


@pytest.mark.parametrize(
    ("task", "ids", "names"),
    [
        ("body", (1, 2), ["body_trunc", "body_extremities"]),
        ("lung_vessels", (1, 4), ["lung_airways", "lung_veins"]),
        ("lung_vessels_LEGACY", (1, 2), ["lung_vessels", "lung_trachea_bronchia"]),
        ("vertebrae_body", (1, 2), ["vertebrae_body", "intervertebral_discs"]),
        ("appendicular_bones", (1, 11), ["patella", "phalanges_hand"]),
        ("hip_implant", (1,), ["hip_implant"]),
        ("pleural_pericard_effusion", (2, 3), ["pleural_effusion", "pericardial_effusion"]),
        ("total_mr", (1, 30, 31), ["spleen", "humerus_left", "humerus_right"]),
        ("total_v1", (1, 90, 91), ["spleen", "hip_left", "hip_right"]),
        ("vertebrae_mr", (1, 2, 25), ["sacrum", "vertebrae_L5", "vertebrae_C1"]),
    ],
)
def test_a_task_by_its_name(tmp_path, task, ids, names):
    path = save(tmp_path / "m.nii.gz", {number: 30 - 4 * n for n, number in enumerate(ids)})
    assert names_of(path, f"totalsegmentator-{task}") == names
    # Not without being asked.
    assert names_of(path, None) == [f"label-{number}" for number in ids]


def test_ids_that_a_task_does_not_have_are_refused(tmp_path):
    path = save(tmp_path / "m.nii.gz", {1: 5, 3: 10, 9: 15})
    with pytest.raises(InputError, match=r"m\.nii\.gz: holds 3, 9, which totalsegmentator-body"):
        read_labels(path, scheme="totalsegmentator-body")


def test_sides_that_are_exchanged_are_refused(tmp_path):
    # iliac arteries and veins, left and right of each.
    places = {26: 30, 27: 10, 28: 33, 29: 7}
    right = save(tmp_path / "right.nii.gz", places)
    assert names_of(right, "totalsegmentator-total_mr")[0] == "iliac_artery_left"
    wrong = save(tmp_path / "wrong.nii.gz", places, mirrored=True)
    with pytest.raises(InputError, match="left and right exchanged"):
        read_labels(wrong, scheme="totalsegmentator-total_mr")


def test_a_table_beside_the_map_goes_first(tmp_path):
    path = save(tmp_path / "m.nii.gz", {1: 5})
    (tmp_path / "m.csv").write_text("id,name\n1,nail\n")
    assert names_of(path, "totalsegmentator-hip_implant") == ["nail"]


def test_every_table_is_one():
    assert len(schemes()) > 40
    for name, table in schemes().items():
        assert min(table) >= 1, name
        assert max(table) <= 255, name
        assert len(set(table.values())) == len(table), name
        assert all(text.isascii() and text == text.strip() != "" for text in table.values()), name
    assert len(scheme_names("totalsegmentator")) == 117
    with pytest.raises(SchemeError, match="totalsegmentator-body"):
        scheme_names("totalsegmentator-bodies")


def test_the_terminal_takes_them(tmp_path, capsys):
    path = str(save(tmp_path / "m.nii.gz", {1: 5, 2: 20}))
    told = ("--json", "--labels", "--label-names")
    assert main(["info", *told, "totalsegmentator-body", path]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert [item["name"] for item in facts["structures"]] == ["body_trunc", "body_extremities"]
    with pytest.raises(SystemExit):
        main(["info", *told, "body", path])
    assert "totalsegmentator-body" in capsys.readouterr().err
