"""Exports and saves that are killed at any time: what follows is as if nothing had happened."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from synthex_gui.core.files import all_files, hash_of
from synthex_gui.core.steps import run_to_end
from synthex_gui.export.run import export_series
from synthex_gui.scene.project import read_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="fork and SIGKILL are POSIX")
IMAGES, SIZE = 40, 16
LONGEST_S = 120.0


def tree(folder):
    return {name: hash_of(folder / name) for name in all_files(folder)}


@pytest.fixture(scope="module")
def scene(small_project):
    scene = read_project(small_project)[0]
    return scene.evolve(plan=scene.plan.evolve(count=IMAGES, size=SIZE), level="naive")


@pytest.fixture(scope="module")
def whole(scene, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "a"
    run_to_end(export_series(scene, out))
    return tree(out)


@pytest.fixture(scope="module")
def forking(small_project):
    """Starts exports; each is a process of its own, its number is returned."""
    command = [sys.executable, "-m", "tests.trust.forking"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout.readline() == "ready\n"

    def start(out, workers, resume):
        changes = {"count": IMAGES, "size": SIZE}
        line = json.dumps([str(small_project), str(out), workers, changes, resume])
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    yield start
    process.stdin.close()
    process.wait()


def wait_for(holds):
    end = time.monotonic() + LONGEST_S
    while not holds() and time.monotonic() < end:
        time.sleep(0.002)


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def killed(process, out, images, delay_s):
    """End it `delay_s` after it has written that many images, or when it has ended by itself."""
    labels = out / "labels"
    wait_for(lambda: not is_running(process) or (len(list(labels.glob("*.json"))) >= images))
    time.sleep(delay_s)
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    wait_for(lambda: not is_running(process))


@pytest.mark.trust("E1")
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kills", [1, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_an_export_killed_at_any_time_goes_on_to_the_same_bytes(
    forking, scene, whole, tmp_path, tries, workers, kills
):
    chosen = random.Random(100 * workers + kills)
    for number in range(kills):
        out = tmp_path / f"{workers}-{number}"
        # Every second one is killed again when it has gone on.
        for time_of_kill in range(2 - number % 2):
            process = forking(out, workers, time_of_kill > 0)
            killed(process, out, chosen.randrange(IMAGES), chosen.random() * 0.02)
        run_to_end(export_series(scene, out, resume=True))
        tries.check(
            tree(out) == whole, f"kill {number}: {sorted(tree(out).items() ^ whole.items())}"
        )


SAVING = """
import sys
from pathlib import Path
from synthex_gui.scene.project import read_project, write_project
path = Path(sys.argv[1])
scene = read_project(path)[0]
print("ready", flush=True)
number = 0
while True:
    number += 1
    write_project(path, scene, {"number": number, "padding": "x" * 200_000})
    print(number, flush=True)
"""


@pytest.mark.trust("E8")
@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.slow)])
def test_a_project_killed_while_it_is_saved_opens_as_it_was_or_will_be(
    small_project, tmp_path, tries, kills
):
    path = tmp_path / "p.synthex"
    chosen = random.Random(kills)
    for number in range(kills):
        path.write_bytes(small_project.read_bytes())
        process = subprocess.Popen(
            [sys.executable, "-c", SAVING, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout.readline() == "ready\n"
        time.sleep(chosen.random() * 0.05)
        process.kill()
        said = process.stdout.read().split()
        process.wait()
        saved = int(said[-1]) if said else 0
        _, view = read_project(path)
        tries.check(
            view.get("number", 0) in (saved, saved + 1),
            f"kill {number}: {saved} were saved, {view.get('number')} is read",
        )
