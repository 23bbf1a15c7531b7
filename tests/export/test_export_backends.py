"""An export says which backend made each image, and a GPU that fails does not stop it."""

import json
import sys
from pathlib import Path

import pytest

from synthex_gui.cli.main import main
from synthex_gui.export import engine
from synthex_gui.export.run import export_series
from synthex_gui.export.verify import verify
from synthex_gui.export.writers.manifest import backends_used
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.fallback import FallbackBackend
from synthex_gui.scene.project import read_project

sys.path.append(str(Path(__file__).parent.parent / "physics"))
from breaking_backends import Breaking


@pytest.fixture(scope="module")
def scene(small_project):
    read = read_project(small_project)[0]
    return read.evolve(plan=read.plan.evolve(backend="cuda", size=32))


def follow(steps):
    texts = []
    try:
        while True:
            texts.append(next(steps)[2])
    except StopIteration as stop:
        return stop.value, texts


@pytest.mark.trust("R2", tried=2)
def test_images_that_the_gpu_failed_at_are_made_and_named(scene, tmp_path, monkeypatch):
    asked = []

    def make(choice, notice):
        asked.append(choice)
        first = Breaking(str(tmp_path / "log"), {1: "memory", 3: "lost"})
        return FallbackBackend(first, CpuBackend, notice)

    monkeypatch.setattr(engine, "make_backend", make)
    out = tmp_path / "series"
    manifest, texts = follow(export_series(scene, out))
    assert asked == ["cuda"]
    found = json.loads(manifest.read_text())
    assert found["images"] == 5
    assert found["backends"] == {"cpu": "1, 3", "cuda": "0, 2, 4"}
    said = [text for text in texts if "instead" in text]
    assert len(said) == 2
    assert "not enough memory" in said[0]
    assert "lost" in said[1]
    record = json.loads((out / "labels/00003.json").read_text())
    assert record["backend"] == "cpu"
    assert follow(verify(out))[0].is_whole


@pytest.mark.trust("R1")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_asked_for_cuda_without_a_gpu_the_cpu_works_and_says_so(
    small_project, tmp_path, monkeypatch, caplog, workers
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    out = tmp_path / "series"
    command = ["export", str(small_project), "--out", str(out), "--count", "3", "--size", "32"]
    assert main([*command, "--backend", "cuda", "--workers", workers]) == 0
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["backends"] == {"cpu": "0-2"}
    assert "CUDA:" in caplog.text


def test_render_names_the_backend_and_warns(small_project, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    ct = str(small_project.parent / "ct.nii.gz")
    seen = []
    for backend in ("cpu", "cuda:0"):
        out = tmp_path / f"{backend[:4]}.tif"
        command = ["render", "--ct", ct, "--size", "32", "--backend", backend, "--out", str(out)]
        assert main(command) == 0
        record = json.loads(out.with_name(f"{out.name}.json").read_text())
        assert record["backend"] == "cpu"
        seen.append((out.read_bytes(), capsys.readouterr().err))
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] == ""
    assert "warning: Rendering with CPU" in seen[1][1]
    command = ["render", "--ct", ct, "--backend", "gpu", "--out", str(tmp_path / "x.tif")]
    with pytest.raises(SystemExit, match="2"):
        main(command)
    assert "cuda:N" in capsys.readouterr().err


def test_ranges_of_images(tmp_path):
    (tmp_path / "labels").mkdir()
    for index, kind in enumerate(("cuda", "cuda", "cuda", "cpu", "cuda", "cpu", "cpu")):
        path = tmp_path / f"labels/{index:05d}.json"
        path.write_text(json.dumps({"backend": kind}))
    assert backends_used(tmp_path, 7) == {"cpu": "3, 5-6", "cuda": "0-2, 4"}
