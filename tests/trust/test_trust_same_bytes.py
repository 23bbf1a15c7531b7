"""One plan, one set of bytes: whatever makes it, today and with a later NumPy."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from itertools import product

import numpy as np
import pytest

from synthex_gui.core.files import all_files, hash_of
from synthex_gui.core.steps import run_to_end
from synthex_gui.experiment.sampling import sample
from synthex_gui.export import provenance
from synthex_gui.export.run import export_series
from synthex_gui.export.writers.manifest import CAMERA_CONVENTION
from synthex_gui.io.hashing import sha256_of
from synthex_gui.numeric.philox import draw, key_of, to_normals, uniforms
from synthex_gui.scene.distributions import Normal, Uniform
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.project import map_files, read_project

PLAN = {"count": 6, "size": 32}


def tree(folder):
    return {name: hash_of(folder / name) for name in all_files(folder)}


@pytest.fixture(scope="module")
def scene(small_project):
    scene = read_project(small_project)[0]
    return scene.evolve(plan=scene.plan.evolve(**PLAN))


@pytest.fixture(scope="module")
def whole(scene, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "a"
    run_to_end(export_series(scene, out))
    return tree(out)


def cases():
    """(workers, threads, hash seed) of a process: one in the fast tier, all in a full run."""
    for case in product((1, 2, 4), (1, 2), ("0", "1", "random")):
        marks = () if case == (1, 1, "random") else pytest.mark.slow
        yield pytest.param(*case, marks=marks)


@pytest.mark.trust("E6")
@pytest.mark.parametrize(("workers", "threads", "seed"), list(cases()))
def test_workers_threads_and_hash_seeds_leave_no_trace(
    small_project, whole, tmp_path, workers, threads, seed
):
    command = [sys.executable, "-m", "synthex_gui.cli.main", "export", str(small_project)]
    command += ["--out", str(tmp_path / "a"), "--workers", str(workers)]
    command += [text for name, value in PLAN.items() for text in (f"--{name}", str(value))]
    names = ("OMP_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "NUMBA_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(names, str(threads)), "PYTHONHASHSEED": seed}
    if threads == 1 and hasattr(os, "sched_setaffinity"):
        # The program takes a thread for each processor that it may use.
        command = [sys.executable, "-c", PINNED, *command]
    subprocess.run(command, check=True, env=environment, capture_output=True, timeout=250)
    assert tree(tmp_path / "a") == whole


PINNED = """
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.execv(sys.argv[1], sys.argv[1:])
"""

# What NumPy and our own generator draw. A change makes other series of old plans: say so in the
# change log, and set the new value here.
POSES = "9651c24bf7a39d1b"
PHOTONS = "253be96e4b079919"


def digest(*arrays):
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(item).tobytes() for item in arrays)
    ).hexdigest()[:16]


@pytest.mark.trust("E7")
def test_the_poses_of_a_plan_are_the_same_for_ever(scene):
    spread = {"orbital_deg": Uniform(low=-10, high=10), "angulation_deg": Normal(sigma=5)}
    plan = SeriesPlan(joints=spread, tools={"wire": {"x_mm": Normal(sigma=2)}}, seed=3)
    drawn = [list(sample(scene, plan, index).values.values()) for index in range(5)]
    assert digest(np.round(drawn, 9)) == POSES


@pytest.mark.trust("E7")
def test_the_first_photons_of_an_image_are_the_same_for_ever():
    key = key_of(3, 2)
    one, two, normal, noisy = (np.empty(5, np.float32) for _ in range(4))
    uniforms(0, 0, key[0], key[1], one, two)
    to_normals(one, two, normal)
    draw(np.full(5, 7.0, np.float32), np.ones(5, np.float32), one, normal, noisy)
    assert digest(key, one, two, noisy) == PHOTONS


@pytest.mark.trust("E7")
def test_another_numpy_is_another_series(scene, monkeypatch):
    inputs = provenance.inputs_of(scene)
    before = provenance.fingerprint(scene, inputs)
    monkeypatch.setattr(
        provenance, "version", lambda name: "9.9" if name == "numpy" else version(name)
    )
    assert provenance.fingerprint(scene, inputs) != before


def plans():
    """Five plans that differ in all that a plan may say."""
    chosen = np.random.default_rng(0)
    levels = ("naive", "heuristic", "realistic")
    for number in range(5):
        plan = {
            "count": 2,
            "size": int(chosen.integers(16, 60)),
            "seed": int(chosen.integers(1 << 31)),
            "image_format": ("png16", "tiff32")[number % 2],
            "tool_masks": number != 1,
            "mask_threshold_mm": float(chosen.uniform(0.1, 2)),
            "joints": {"orbital_deg": Normal(sigma=float(chosen.uniform(1, 9)))},
        }
        yield levels[number % 3], plan


@pytest.mark.trust("E13")
@pytest.mark.parametrize(("level", "changes"), list(plans()))
def test_the_manifest_is_enough_to_make_it_again(scene, small_project, tmp_path, level, changes):
    made = scene.evolve(plan=SeriesPlan(**changes), level=level)
    run_to_end(export_series(made, tmp_path / "a"))
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    # Who has the inputs finds them by their hashes.
    by_hash = {sha256_of(path): str(path) for path in small_project.parent.glob("*.nii.gz")}
    paths = {
        item["role"]: by_hash[item["sha256"]] for item in manifest["inputs"] if "sha256" in item
    }
    told = Scene.model_validate(manifest["scene"])
    roles = iter([role for role in ("ct", "labels") if role in paths])
    again = map_files(told, lambda source: source.evolve(path=paths[next(roles)]))
    run_to_end(export_series(again, tmp_path / "b"))
    assert tree(tmp_path / "b") == tree(tmp_path / "a")


@pytest.mark.trust("E13")
def test_the_manifest_says_what_it_was_made_with(scene, whole, tmp_path):
    run_to_end(export_series(scene, tmp_path / "a"))
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text())
    assert {"synthex-gui", "python", "numpy", "SimpleITK", "numba"} <= set(manifest["versions"])
    assert manifest["versions"]["numpy"] == np.__version__
    assert manifest["seed"] == scene.plan.seed
    assert manifest["camera_convention"] == CAMERA_CONVENTION == "synthex-camera-1"
    assert manifest["backends"] == {"cpu": "0-5"}
    assert {item["role"] for item in manifest["inputs"]} == {"ct", "labels", "tool wire"}
    assert {item["path"]: item["sha256"] for item in manifest["files"]} == {
        name: digest for name, digest in whole.items() if name != "manifest.json"
    }
    for name in ("beam", "detector", "carm", "plan", "level"):
        assert name in manifest["scene"]
