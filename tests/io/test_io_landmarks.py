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
    assert read_landmarks(tmp_path / "l.json") == POINTS


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
    assert read_landmarks(path) == (Landmark("a", (sign * 1.0, sign * 2.0, 3.0)),)


@pytest.mark.parametrize(("frame", "sign"), [("LPS", 1), ("RAS", -1), ("0", -1), ("1", 1)])
def test_fcsv(tmp_path: Path, frame: str, sign: int) -> None:
    path = tmp_path / "f.fcsv"
    path.write_text(
        f"# Markups fiducial file version = 4.11\n# CoordinateSystem = {frame}\n"
        "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n"
        'vtkMRML_0,1,2,3,0,0,0,1,1,1,0,"F, 1",,\n'
    )
    assert read_landmarks(path) == (Landmark("F, 1", (sign * 1.0, sign * 2.0, 3.0)),)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"frame": "LPS", "unit": "m", "landmarks": [{"name": "a", "position": [1,2,3]}]}',
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
        read_landmarks(path)
