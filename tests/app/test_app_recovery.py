"""Unsaved work outlives a crash."""

import json
import os
import shutil

import pytest

from synthex_gui.app.recovery import Recovery
from synthex_gui.app.settings import config_folder
from synthex_gui.scene.edits import move_joints
from synthex_gui.scene.project import read_project


@pytest.fixture
def recovery(opened):
    recovery = Recovery(opened)
    yield recovery
    opened.store.history.setClean()
    recovery.forget()


def edit(session, value=5.0):
    session.store.apply(
        "Lift", lambda scene: scene.evolve(carm=move_joints(scene.carm, lift_mm=value))
    )


def files():
    return sorted(path.name for path in (config_folder() / "recovery").glob("*.synthex"))


def left_behind(name="999999"):
    """What a program that died leaves: its file, and no lock."""
    own = config_folder() / "recovery" / f"{os.getpid()}.synthex"
    return shutil.copy(own, own.with_name(f"{name}.synthex"))


def test_only_unsaved_work_is_kept(opened, recovery, tmp_path):
    recovery.keep()
    assert files() == []
    edit(opened)
    recovery.keep()
    (name,) = files()
    scene, view = read_project(config_folder() / "recovery" / name)
    assert scene == opened.store.scene
    assert view["recovered_from"] == str(opened.path)
    opened.save(tmp_path / "saved.synthex")
    recovery.keep()
    assert files() == []


def test_a_drag_under_way_is_not_written(opened, recovery):
    gesture = opened.store.begin_gesture("Lift")
    gesture.move(lambda scene: scene.evolve(carm=move_joints(scene.carm, lift_mm=9.0)))
    opened.store.history.resetClean()
    recovery.keep()
    assert files() == []
    gesture.commit()
    recovery.keep()
    assert len(files()) == 1


@pytest.mark.trust("I11")
@pytest.mark.parametrize("days", [1, -366])
def test_what_a_dead_program_left_is_found_newest_first_whatever_the_clock_says(
    opened, recovery, days
):
    """Also when the clock was set back a year between one and the next."""
    for number, name in enumerate(("old", "middle", "new")):
        edit(opened, 5.0 + number)
        recovery.keep()
        path = left_behind(name)
        time = path.stat().st_mtime + number * days * 86_400
        os.utime(path, (time, time))
    found = recovery.lost()
    assert [lost.file.stem for lost in found] == ["new", "middle", "old"]
    assert {lost.origin for lost in found} == {opened.path}


def test_a_running_programs_work_is_its_own(opened, recovery):
    edit(opened)
    recovery.keep()
    other = Recovery(opened)
    other._file = other._file.with_name("other.synthex")
    assert other.lost() == []


@pytest.mark.trust("E8")
def test_damaged_files_go_and_those_of_a_newer_program_stay(opened, recovery):
    edit(opened)
    recovery.keep()
    damaged, newer = left_behind("1"), left_behind("2")
    damaged.write_text("{")
    newer.write_text(json.dumps(json.loads(newer.read_text()) | {"version": 99}))
    assert recovery.lost() == []
    assert not damaged.exists()
    assert newer.exists()


@pytest.mark.trust("E3")
def test_a_disk_that_is_full_stops_nothing(opened, recovery, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("synthex_gui.core.files.os.fsync", full)
    edit(opened)
    recovery.keep()
    assert files() == []
    assert "No space left" in caplog.text
    monkeypatch.undo()
