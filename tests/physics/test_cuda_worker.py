"""A GPU's process may die, hang or lose its device: the next image comes from a new one."""

from __future__ import annotations

import signal
import tempfile
from functools import partial
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest
from breaking_backends import Breaking, on_fake_cupy, refuse
from cuda_on_cpu import needs_compiler
from reference import grid
from scenes import blobs, box, c_arm

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.physics.backends.base import (
    BackendError,
    BackendLostError,
    Field,
    PlacedMesh,
    ProjectionRequest,
)
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.process import kept_arrays
from synthex_gui.physics.backends.process.child import serve
from synthex_gui.physics.backends.process.worker import WorkerBackend

SHAPE = (30, 32, 34)
FIELD = Field(blobs(SHAPE), 1e-3, grid(SHAPE, (1, 1, 1)))
LABEL = Field((FIELD.stored > 700).astype(np.uint8), 1.0, FIELD.grid)
REQUEST = ProjectionRequest(
    c_arm(10, 20, 40), ("ct",), ("label",), (PlacedMesh("box", np.eye(4)),) * 2
)


def load(backend):
    backend.upload_field("ct", FIELD)
    backend.upload_field("label", LABEL)
    backend.upload_mesh("box", box(10, 12, 14))
    return backend


def same(one, two):
    for a, b in zip(one.meshes_mm + one.whole_mm, two.meshes_mm + two.whole_mm, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(one.fields["ct"], two.fields["ct"])
    np.testing.assert_array_equal(one.labels_mm["label"], two.labels_mm["label"])
    np.testing.assert_array_equal(one.first_mm, two.first_mm)


@pytest.fixture(scope="module")
def expected():
    backend = load(CpuBackend(1))
    yield backend.project(REQUEST)
    backend.close()


def processes(log: Path) -> list[str]:
    return log.read_text().splitlines()


def test_images_are_the_childs_and_stay_as_they_are(expected, tmp_path):
    log = tmp_path / "log"
    backend = load(WorkerBackend(partial(Breaking, str(log), {})))
    assert backend.name == "Breaking GPU"
    result = backend.project(REQUEST)
    assert result.backend == "cuda"
    same(result, expected)
    larger = ProjectionRequest(c_arm(0, 0, 90), ("ct",))
    wide = backend.project(larger).fields["ct"].copy()
    smaller = ProjectionRequest(c_arm(0, 0, 8), ("ct",))
    assert backend.project(smaller).first_mm is None
    same(result, expected)
    np.testing.assert_array_equal(backend.project(larger).fields["ct"], wide)
    assert len(set(processes(log))) == 1
    with pytest.raises(BackendError, match="bone"):
        backend.project(ProjectionRequest(REQUEST.camera, ("bone",)))
    assert backend.has("ct")
    backend.release("ct")
    assert not backend.has("ct")
    with pytest.raises(BackendError, match="ct"):
        backend.project(REQUEST)
    backend.close()


@pytest.mark.trust("R3")
@pytest.mark.parametrize("how", ["lost", "exit", pytest.param("hang", marks=pytest.mark.slow)])
def test_a_process_that_breaks_once_is_replaced(expected, tmp_path, how):
    log = tmp_path / "log"
    make = partial(Breaking, str(log), {1: how})
    backend = load(WorkerBackend(make, silence_s=4.0 if how == "hang" else 60.0))
    for _ in range(3):
        same(backend.project(REQUEST), expected)
    assert len(set(processes(log))) == 2
    backend.close()


@pytest.mark.trust("R3")
def test_a_device_that_is_lost_twice_is_reported_and_tried_again_later(expected, tmp_path):
    breaks = {1: "lost", 2: "exit"}
    backend = load(WorkerBackend(partial(Breaking, str(tmp_path / "log"), breaks)))
    backend.project(REQUEST)
    with pytest.raises(BackendLostError, match=r"ended by itself \(exit code 7\)"):
        backend.project(REQUEST)
    same(backend.project(REQUEST), expected)
    backend.close()


def test_what_a_child_refuses_is_said_here(tmp_path):
    with pytest.raises(BackendError, match="no NVIDIA driver here"):
        WorkerBackend(refuse)
    backend = load(WorkerBackend(partial(Breaking, str(tmp_path / "log"), {0: "memory"})))
    with pytest.raises(BackendError, match="not enough memory") as caught:
        backend.project(REQUEST)
    assert not isinstance(caught.value, BackendLostError)
    with pytest.raises(BackendError, match="float64"):
        backend.upload_field("bad", Field(np.ones((2, 2, 2)), 1.0, grid((2, 2, 2), (1, 1, 1))))
    assert not backend.has("bad")
    whole = box(1, 2, 3)
    with pytest.raises(BackendError, match="not closed"):
        backend.upload_mesh("lid", Mesh(whole.vertices, whole.triangles[:-1], is_closed=False))
    assert backend.project(REQUEST).backend == "cuda"
    backend.close()


@pytest.mark.parametrize("in_memory", [True, False])
def test_nothing_is_left_behind(tmp_path, monkeypatch, in_memory):
    monkeypatch.setattr(kept_arrays, "MEMORY_FOLDER", tmp_path if in_memory else tmp_path / "none")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    backend = load(WorkerBackend(partial(Breaking, str(tmp_path / "log"), {})))
    backend.project(REQUEST)
    held = list(tmp_path.rglob("*.raw"))
    assert len(held) == 3
    child = backend._process.pid
    backend.close()
    assert not list(tmp_path.rglob("*.raw"))
    assert not list(tmp_path.glob("synthex-worker-*"))
    assert not Path(f"/proc/{child}").exists()


@pytest.mark.trust("E3")
def test_a_full_disk_is_named(tmp_path, monkeypatch):
    backend = WorkerBackend(partial(Breaking, str(tmp_path / "log"), {}))
    monkeypatch.setattr(backend._arrays, "_place", lambda size: tmp_path / "gone")
    with pytest.raises(BackendError, match="gone: no room"):
        backend.upload_field("ct", FIELD)
    assert not backend.has("ct")
    backend.close()


def test_the_cuda_backend_in_its_process(expected):
    needs_compiler()
    backend = load(WorkerBackend(on_fake_cupy))
    assert backend.name == "CUDA 0, Imaginary GPU, 9 GB"
    result = backend.project(REQUEST)
    assert result.backend == "cuda"
    np.testing.assert_allclose(result.whole_mm[0], expected.whole_mm[0], rtol=1e-6, atol=1e-4)
    backend.close()


def test_results_keep_their_files_while_someone_holds_them(tmp_path):
    backend = load(WorkerBackend(partial(Breaking, str(tmp_path / "log"), {})))
    held = [backend.project(ProjectionRequest(c_arm(v, 0, 40), ("ct",))) for v in range(6)]
    row = held[3].fields["ct"][7]
    expected = row.copy()
    again = backend.project(ProjectionRequest(c_arm(3, 0, 40), ("ct",))).fields["ct"]
    np.testing.assert_array_equal(held[3].fields["ct"], again)
    assert backend._arrays._count == 2 + 7
    del held, again
    for v in range(10, 20):
        backend.project(ProjectionRequest(c_arm(v, 0, 40), ("ct",)))
    np.testing.assert_array_equal(row, expected)
    assert backend._arrays._count == 2 + 7
    assert len(backend._landings._free) <= kept_arrays.SPARE_LANDINGS
    backend.close()
    np.testing.assert_array_equal(row, expected)


def test_a_child_ends_quietly_when_nobody_listens():
    """The window was closed while an image was made."""
    ours, theirs = Pipe()
    ours.close()
    before = signal.getsignal(signal.SIGINT)
    try:
        serve(theirs, partial(CpuBackend, 1))
    finally:
        signal.signal(signal.SIGINT, before)
