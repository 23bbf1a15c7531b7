"""Faults in mid-export: workers that die, a parent that is killed, signals."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from synthex_gui.core import processes
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import WriteError
from synthex_gui.export.worker import Workers, _portable
from synthex_gui.io.errors import InputError
from tests.export.dying_workers import dying, dying_at_start

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")


def results(folder, how, times):
    dead = []
    workers = Workers(2, dying, (str(folder), how, times), dead.append)
    found = []
    try:
        for number in workers.results(range(6)):
            found.append(number)
    finally:
        workers.close()
    assert len(dead) == times
    return sorted(found)


@pytest.mark.trust("R3", tried=2)
@pytest.mark.parametrize("how", ["SIGKILL", "SIGSEGV", "memory", "start"])
def test_a_worker_that_dies_twice_is_replaced(tmp_path, how):
    assert results(tmp_path, how, 2) == list(range(6))


@pytest.mark.trust("R3", tried=3)
@pytest.mark.parametrize(
    ("how", "said"),
    [("SIGKILL", "image 2: .*SIGKILL"), ("memory", "image 2: .*memory"), ("start", "start")],
)
def test_a_third_death_names_the_image_and_what_happened(tmp_path, how, said):
    # Of two workers one may begin well between the others' deaths: at the start all of them die.
    times = 99 if how == "start" else 3
    with pytest.raises(Exception, match=said):
        results(tmp_path, how, times)


@pytest.mark.trust("R3", tried=5)
def test_deaths_at_the_start_count_in_a_row(tmp_path):
    dead = []
    workers = Workers(1, dying_at_start, (str(tmp_path),), dead.append)
    try:
        assert sorted(workers.results(range(4))) == [0, 1, 2, 3]
    finally:
        workers.close()
    assert len(dead) == 5


def processes_of(session):
    """Process ids whose session is this one, by the system's table."""
    found = []
    for item in Path("/proc").glob("[0-9]*"):
        try:
            text = (item / "stat").read_text()
        except OSError:
            continue
        fields = text.rpartition(")")[2].split()
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(item.name))
    return found


def started(project, out, tmp, *more):
    command = [sys.executable, "-m", "synthex_gui.cli.main", "export", str(project)]
    command += ["--out", str(out), "--workers", "2", "--count", "60", *more]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(tmp)},
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if (out / "labels" / "00003.json").exists():
            break
        time.sleep(0.005)
    return process


def none_left(session):
    deadline = time.monotonic() + 5
    while processes_of(session) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes_of(session)


@pytest.mark.slow
@pytest.mark.trust("E1")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_nothing_outlives_a_killed_parent_and_its_folders_go(small_project, tmp_path, monkeypatch):
    process = started(small_project, tmp_path / "a", tmp_path)
    process.kill()
    process.wait()
    assert none_left(process.pid)
    assert list(tmp_path.glob("synthex-slabs-*"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / processes.scratch_prefix("mine")).mkdir()
    processes._sweep.cache_clear()
    processes.scratch_prefix("read")
    left = [item.name for item in tmp_path.glob("synthex-*")]
    assert left == [processes.scratch_prefix("mine")]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("who", ["all", pytest.param("parent", marks=pytest.mark.slow)])
def test_an_interrupted_export_says_one_line(small_project, tmp_path, who):
    process = started(small_project, tmp_path / "a", tmp_path)
    if who == "all":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.splitlines() == ["synthex export: interrupted"]
    assert none_left(process.pid)
    assert not list(tmp_path.glob("synthex-*"))


@pytest.mark.parametrize("error", [WriteError("x: full"), InputError("x", "gone"), KeyError("x")])
def test_what_the_work_raises_reaches_the_caller(error):
    told = _portable(error)
    assert isinstance(told, SynthexError) == isinstance(error, SynthexError)
    assert str(error) in str(told)
    assert type(told) is not InputError
