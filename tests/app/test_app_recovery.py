"""Unsaved work outlives a crash."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from synthex_gui.app.recovery import Recovery, discard, put_off
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
    (own,) = (config_folder() / "recovery").glob(f"{os.getpid()}-*.synthex")
    return Path(shutil.copy(own, own.with_name(f"{name}.synthex")))


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
    said = []
    found = recovery.lost(said.append)
    assert not said
    assert [lost.file.stem for lost in found] == ["new", "middle", "old"]
    assert {lost.origin for lost in found} == {opened.path}


def test_a_running_programs_work_is_its_own(opened, recovery):
    edit(opened)
    recovery.keep()
    assert Recovery(opened).lost(pytest.fail) == []


@pytest.mark.trust("E8")
def test_work_of_another_program_with_this_process_number_is_offered(opened, recovery):
    """After a restart of the computer a process number is given again."""
    edit(opened)
    recovery.keep()
    left = left_behind(f"{os.getpid()}")
    same = left_behind(f"{os.getpid()}-00000000")
    again = Recovery(opened)
    edit(opened, 7.0)
    again.keep()
    assert {lost.file for lost in again.lost(pytest.fail)} == {left, same}
    again.forget()
    assert left.exists()


@pytest.mark.trust("E8")
def test_work_is_offered_by_one_program_at_a_time(opened, recovery):
    edit(opened)
    recovery.keep()
    left_behind("1")
    one, other = Recovery(opened), Recovery(opened)
    (lost,) = one.lost(pytest.fail)
    assert other.lost(pytest.fail) == []
    put_off(lost)
    (again,) = other.lost(pytest.fail)
    discard(again)
    assert not lost.file.exists()
    assert one.lost(pytest.fail) == []


@pytest.mark.trust("E8")
def test_what_was_restored_stays_until_it_is_kept_again(opened, recovery, monkeypatch):
    edit(opened)
    recovery.keep()
    left_behind("1")
    again = Recovery(opened)
    (lost,) = again.lost(pytest.fail)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("synthex_gui.core.files.os.fsync", full)
        again.adopt(lost)
        assert lost.file.exists()
    again.keep()
    assert not lost.file.exists()
    assert again._file.exists()
    again.forget()


def test_files_of_recovery_are_their_owners_alone(opened, recovery):
    edit(opened)
    recovery.keep()
    folder = config_folder() / "recovery"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.trust("E8")
def test_what_cannot_be_opened_stays_and_is_said_once(opened, recovery):
    edit(opened)
    recovery.keep()
    damaged, newer = left_behind("1"), left_behind("2")
    damaged.write_text("{")
    newer.write_text(json.dumps(json.loads(newer.read_text()) | {"version": 99}))
    said = []
    assert recovery.lost(said.append) == []
    assert newer.exists()
    assert damaged.with_suffix(".damaged").read_text() == "{"
    assert len(said) == 2
    assert any("1.damaged: unsaved work" in text and "was kept" in text for text in said)
    assert any("2.synthex: unsaved work of a newer version" in text for text in said)
    said.clear()
    assert recovery.lost(said.append) == []
    assert [text for text in said if "newer" not in text] == []


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
