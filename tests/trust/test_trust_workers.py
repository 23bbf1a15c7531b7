"""Processes that die under an export or a preview, and GPUs that fail at any image."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from synthex_gui.core.files import all_files, hash_of
from synthex_gui.core.steps import run_to_end
from synthex_gui.export import engine
from synthex_gui.export.run import export_series
from synthex_gui.export.verify import verify
from synthex_gui.export.worker import Workers
from synthex_gui.geometry.arrays import Grid
from synthex_gui.geometry.camera import look
from synthex_gui.physics.backends.base import Field, ProjectionRequest
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.fallback import FallbackBackend
from synthex_gui.physics.backends.process.worker import WorkerBackend
from synthex_gui.scene.project import read_project
from tests.export.dying_workers import dying_each

sys.path.append(str(Path(__file__).parent.parent / "physics"))
from breaking_backends import Breaking

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
DEATHS = 50
QUICK = {(1, "memory"), (20, "lost")}


def tree(folder):
    return {name: hash_of(folder / name) for name in all_files(folder)}


@pytest.mark.trust("R3")
@pytest.mark.parametrize("deaths", [6, pytest.param(DEATHS, marks=pytest.mark.slow)])
def test_many_deaths_cost_no_number(tmp_path, tries, deaths):
    dead = []
    workers = Workers(2, dying_each, (str(tmp_path), 2), dead.append)
    try:
        found = sorted(workers.results(range(deaths // 2)))
    finally:
        workers.close()
    assert len(set(dead)) == deaths
    for number in range(deaths // 2):
        tries.check(number in found, f"number {number} was lost")
        tries.check(found.count(number) == 1, f"number {number} came {found.count(number)} times")


def victims(parent):
    """Its spawned children: workers, and perhaps a reader."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    found = []
    for child in map(int, listed):
        try:
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
        except OSError:
            continue
    return found


@pytest.mark.slow
@pytest.mark.trust("R3", tried=12)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_an_export_whose_workers_are_killed_again_and_again_is_whole(small_project, tmp_path):
    scene = read_project(small_project)[0]
    scene = scene.evolve(plan=scene.plan.evolve(count=300, size=64))
    run_to_end(export_series(scene, tmp_path / "a"))
    command = [sys.executable, "-m", "synthex_gui.cli.main", "export", str(small_project)]
    command += ["--out", str(tmp_path / "b"), "--workers", "2", "--count", "300", "--size", "64"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    labels, kills, seen = tmp_path / "b" / "labels", 0, 0
    while process.poll() is None and kills < 12:
        # Only after six more images: none is under way at three deaths.
        done = len(list(labels.glob("*.json"))) if labels.exists() else 0
        if done >= seen + 6:
            found = victims(process.pid)
            if found:
                # Numbers rise: the oldest has had the longest time to start.
                os.kill(min(found), signal.SIGKILL)
                kills, seen = kills + 1, done
        time.sleep(0.005)
    _, said = process.communicate(timeout=250)
    assert process.returncode == 0, said
    assert kills == 12
    assert tree(tmp_path / "b") == tree(tmp_path / "a")


@pytest.mark.slow
@pytest.mark.trust("R3")
@pytest.mark.timeout(900)
def test_a_preview_whose_process_is_killed_shows_the_next_image(tries):
    values = np.random.default_rng(0).integers(0, 900, (40, 40, 40)).astype(np.int16)
    affine = np.eye(4)
    affine[:3, 3] = -20
    request = ProjectionRequest(
        look([0, 560.0, 0], [[-1, 0, 0], [0, 0, -1], [0, -1, 0]], 1000.0, 1.0, 64, 64), ("ct",)
    )
    field = Field(values, 1e-3, Grid(values.shape, affine))
    plain, backend = CpuBackend(1), WorkerBackend(partial(CpuBackend, 1))
    try:
        for item in (plain, backend):
            item.upload_field("ct", field)
        expected = plain.project(request).fields["ct"]
        chosen = random.Random(3)
        for number in range(DEATHS):
            process = backend._process.pid
            timer = threading.Timer(chosen.random() * 0.02, os.kill, (process, signal.SIGKILL))
            timer.start()
            for _ in range(3):
                found = backend.project(request).fields["ct"]
            timer.join()
            tries.check(np.array_equal(found, expected), f"kill {number}: another image")
            backend.project(request)
    finally:
        backend.close()
        plain.close()


@pytest.mark.trust("R2")
@pytest.mark.parametrize(
    ("call", "how"),
    [
        pytest.param(k, how, marks=() if (k, how) in QUICK else pytest.mark.slow)
        for k in range(1, 21)
        for how in ("memory", "lost")
    ],
)
def test_a_gpu_that_fails_at_any_image_costs_none(small_project, tmp_path, monkeypatch, call, how):
    scene = read_project(small_project)[0]
    plan = scene.plan.evolve(count=40, size=16, backend="cuda")

    def make(choice, notice):
        first = Breaking(str(tmp_path / "log"), {call - 1: how})
        return FallbackBackend(first, CpuBackend, notice)

    monkeypatch.setattr(engine, "make_backend", make)
    out, said = tmp_path / "a", []
    steps = export_series(scene.evolve(plan=plan, level="naive"), out)
    run_to_end(steps, lambda done, total, text: said.append(text))
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["images"] == 40
    assert manifest["backends"]["cpu"] == str(call - 1)
    assert sum("instead" in text for text in said) == 1
    assert run_to_end(verify(out)).is_whole
