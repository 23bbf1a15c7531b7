"""Landmarks in three file formats, always LPS mm afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synthex_gui.geometry.arrays import Landmark
from synthex_gui.io.errors import InputError
from synthex_gui.io.landmarks import read_landmarks
from synthex_gui.phantom import landmark_json

POINTS = (Landmark("FH-l", (1.5, -2.25, 3.0)), Landmark("é point", (0.0, 10.0, -7.0)))


def test_our_file(tmp_path: Path) -> None:
    # As the phantom writes it.
    (tmp_path / "l.json").write_text(landmark_json(POINTS))
    assert json.loads((tmp_path / "l.json").read_text(encoding="utf-8"))["frame"] == "LPS"
    assert read_landmarks(tmp_path / "l.json").landmarks == POINTS


@pytest.mark.parametrize(("frame", "sign"), [("LPS", 1), ("RAS", -1)])
def test_slicer_markups(tmp_path: Path, frame: str, sign: int) -> None:
    markup = {
        "type": "Fiducial",
        "coordinateSystem": frame,
        "coordinateUnits": "mm",
        "controlPoints": [
            {"label": "a", "position": [1, 2, 3], "positionStatus": "defined"},
            {"label": "gone", "position": [0, 0, 0], "positionStatus": "undefined"},
        ],
    }
    path = tmp_path / "f.mrk.json"
    path.write_text(json.dumps({"@schema": "x", "markups": [markup]}))
    assert read_landmarks(path).landmarks == (Landmark("a", (sign * 1.0, sign * 2.0, 3.0)),)


@pytest.mark.parametrize(("frame", "sign"), [("LPS", 1), ("RAS", -1), ("0", -1), ("1", 1)])
def test_fcsv(tmp_path: Path, frame: str, sign: int) -> None:
    path = tmp_path / "f.fcsv"
    path.write_text(
        f"# Markups fiducial file version = 4.11\n# CoordinateSystem = {frame}\n"
        "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n"
        'vtkMRML_0,1,2,3,0,0,0,1,1,1,0,"F, 1",,\n'
    )
    assert read_landmarks(path).landmarks == (Landmark("F, 1", (sign * 1.0, sign * 2.0, 3.0)),)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"frame": "LPS", "unit": "inch", "landmarks": [{"name": "a", "position": [1,2,3]}]}',
        '{"unit": "mm", "landmarks": [{"name": "a", "position": [1,2,3]}]}',
        '{"frame": "LPS", "unit": "mm", "landmarks": [{"name": "a", "position": [1,2]}]}',
        '{"frame": "LPS", "unit": "mm", "landmarks": [{"name": "a", "position": [1,2,NaN]}]}',
        '{"frame": "LPS", "unit": "mm", "landmarks": []}',
        '{"markups": [{"controlPoints": [{"label": "a", "position": [1,2,3]}]}]}',
        "[" * 100_000,
    ],
)
def test_damage_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"bad\.json: "):
        read_landmarks(path).landmarks


def markup(points, **changes):
    known = {"type": "Fiducial", "coordinateSystem": "LPS", "coordinateUnits": "mm"}
    controls = [{"label": label, "position": at, **more} for label, at, more in points]
    return {**known, "controlPoints": controls, **changes}


def loaded(path, *markups):
    path.write_text(json.dumps({"markups": list(markups)}))
    return read_landmarks(path)


@pytest.mark.parametrize("status", ["undefined", "preview", "missing"])
def test_points_that_were_never_placed_are_left_out_and_said(tmp_path, status):
    points = [("a", [1, 2, 3], {}), ("b", [0, 0, 0], {"positionStatus": status})]
    found = loaded(tmp_path / "l.mrk.json", markup(points))
    assert [item.name for item in found.landmarks] == ["a"]
    assert found.warnings == ("1 points were never placed; they are left out",)


def test_equal_and_empty_names_are_told_apart(tmp_path):
    lists = [markup([("F-1", [n, 0, 0], {}), ("", [n, 1, 0], {})]) for n in (1, 2)]
    found = loaded(tmp_path / "l.mrk.json", *lists)
    assert [item.name for item in found.landmarks] == ["F-1", "landmark-2", "F-1-2", "landmark-4"]
    assert [item.position[0] for item in found.landmarks] == [1, 1, 2, 2]
    assert len(found.warnings) == 2


def test_a_name_that_numbering_would_take_is_kept(tmp_path):
    points = [(name, [n, 0, 0], {}) for n, name in enumerate(["F", "F", "F-2", "", "landmark-4"])]
    found = loaded(tmp_path / "l.mrk.json", markup(points))
    names = [item.name for item in found.landmarks]
    assert len(set(names)) == 5
    assert {"F", "F-2", "landmark-4"} <= set(names)


def test_handles_of_a_region_are_no_landmarks(tmp_path):
    line = markup([("L-1", [1, 2, 3], {}), ("L-2", [4, 5, 6], {})], type="Line")
    region = markup([("R-1", [0, 0, 0], {})], type="ROI")
    found = loaded(tmp_path / "l.mrk.json", line, region)
    assert [item.name for item in found.landmarks] == ["L-1", "L-2"]
    assert "a ROI was left out" in found.warnings[0]
    with pytest.raises(InputError, match="a ROI was left out"):
        loaded(tmp_path / "r.mrk.json", region)


@pytest.mark.parametrize(("unit", "scale"), [("m", 1000), ("cm", 10), (["mm", "mm", "mm"], 1)])
def test_other_units(tmp_path, unit, scale):
    found = loaded(tmp_path / "l.mrk.json", markup([("a", [1, 2, 3], {})], coordinateUnits=unit))
    assert found.landmarks[0].position == (scale, 2 * scale, 3 * scale)


def test_a_list_of_slicer_3_is_ras(tmp_path):
    path = tmp_path / "l.fcsv"
    path.write_text(
        "# Fiducial List file x.fcsv\n# version = 2\n# columns = label,x,y,z,sel,vis\n"
        "ASIS-l,-50,30,20,1,1\n"
    )
    assert read_landmarks(path).landmarks == (Landmark("ASIS-l", (50.0, -30.0, 20.0)),)
    assert "taken as RAS" in read_landmarks(path).warnings[0]


@pytest.mark.parametrize(
    ("name", "x", "word"), [("x" * 91, 0.0, "90 characters"), ("a", 1.1e6, "kilometre")]
)
def test_what_no_scene_can_hold_is_refused_here(tmp_path, name, x, word):
    path = tmp_path / "l.json"
    point = {"name": name, "position": [x, 0, 0]}
    path.write_text(json.dumps({"frame": "LPS", "unit": "mm", "landmarks": [point]}))
    with pytest.raises(InputError, match=word) as refused:
        read_landmarks(path)
    assert len(str(refused.value)) < 200
