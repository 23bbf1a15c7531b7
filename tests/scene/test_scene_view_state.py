"""A project's view block never stops it from opening."""

import json

import pytest

from synthex_gui.scene.model import Scene
from synthex_gui.scene.project import read_project, write_project
from synthex_gui.scene.view_state import ImagePlace, RoomCamera, ViewState

FULL = ViewState(
    layout="images",
    room=RoomCamera(position=(1, -2, 3), focus=(0, 0, 0), up=(0, 0, 1)),
    crosshair_mm=(1.5, 2.5, -3.5),
    slices={"axial": ImagePlace(zoom=2.0, pan=(0.1, -0.2))},
    radiograph=ImagePlace(zoom=0.5),
    windows={"log": (0.1, 3.0), "clinical": (0.0, 1.0)},
)


def test_it_goes_through_a_project_file(tmp_path):
    path = tmp_path / "p.synthex"
    write_project(path, Scene(), FULL.model_dump(mode="json"))
    assert ViewState.of(read_project(path)[1]) == FULL


@pytest.mark.parametrize(
    "change",
    [
        {"crosshair_mm": [1, 2]},
        {"crosshair_mm": [1, 2, float("nan")]},
        {"slices": {"axial": {"zoom": 0}}},
        {"slices": 3},
        {"room": {"position": [0, 0, 0], "focus": [0, 0, 0], "up": [0, 0, 1]}},
        {"windows": {"log": ["low", "high"]}},
    ],
)
def test_a_damaged_one_shows_nothing_special(change, caplog):
    block = json.loads(FULL.model_dump_json()) | change
    assert ViewState.of(block) == ViewState()
    assert "view block" in caplog.text


def test_what_it_does_not_know_is_left_out():
    assert ViewState.of({"zoom": 2, "recovered_from": "", "layout": "room"}).layout == "room"
