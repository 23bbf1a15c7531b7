"""One export a folder, and a folder that goes in mid-run."""

import subprocess
import sys

import pytest

from synthex_gui.cli.main import main
from synthex_gui.core.files import WriteError, all_files, write_together
from synthex_gui.core.steps import run_to_end
from synthex_gui.export.dataset import ExportError
from synthex_gui.export.place import LOCK
from synthex_gui.export.run import export_series
from synthex_gui.scene.project import read_project

HOLDING = """
import os, sys
from pathlib import Path
from synthex_gui.export.place import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    os.kill(os.getpid(), 9) if sys.argv[2] == "dies" else sys.stdin.read()
"""


@pytest.fixture
def scene(small_project):
    scene = read_project(small_project)[0]
    return scene.evolve(plan=scene.plan.evolve(count=3, size=32))


def holder(folder, how):
    command = [sys.executable, "-c", HOLDING, str(folder), how]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout.readline().strip() == b"held"
    return process


def test_a_second_export_into_a_folder_is_refused_and_no_lock_remains(scene, tmp_path):
    out = tmp_path / "a"
    with holder(out, "waits") as other:
        with pytest.raises(ExportError, match="another export is writing into it"):
            run_to_end(export_series(scene, out))
        other.stdin.close()
    run_to_end(export_series(scene, out))
    assert LOCK not in all_files(out)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_the_lock_of_a_killed_export_is_not_in_the_way(scene, tmp_path):
    holder(tmp_path / "a", "dies").communicate()
    assert LOCK in all_files(tmp_path / "a")
    run_to_end(export_series(scene, tmp_path / "a"))
    assert LOCK not in all_files(tmp_path / "a")


@pytest.mark.trust("E4")
@pytest.mark.parametrize("again", [False, True])
def test_a_folder_that_goes_stops_the_run_and_is_not_made_again(scene, tmp_path, again):
    out, away = tmp_path / "a", tmp_path / "b"
    steps = export_series(scene, out)
    for _ in range(2):
        next(steps)
    out.rename(away)
    if again:
        # As an unmounted disk leaves its mount point.
        out.mkdir()
    with pytest.raises(ExportError, match=r"a: the folder was removed, renamed or unmounted"):
        run_to_end(steps)
    assert not all_files(out)
    assert out.exists() == again
    run_to_end(export_series(scene, away, resume=True))


def test_files_that_belong_together_are_all_written_or_none(tmp_path):
    (tmp_path / "b").mkdir()
    with pytest.raises(WriteError, match="b: cannot be written"):
        write_together({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    assert not all_files(tmp_path)


def test_an_image_without_its_record_is_not_left(tmp_path, capsys):
    (tmp_path / "ap.tif.json").mkdir()
    command = ["render", "--level", "naive", "--size", "16", "--backend", "cpu"]
    assert main([*command, "--out", str(tmp_path / "ap.tif")]) == 1
    assert "ap.tif.json: cannot be written" in capsys.readouterr().err
    assert not all_files(tmp_path)
