"""What the first backend cannot do is done by the spare, said once, and stands with the image."""

from __future__ import annotations

import sys
from functools import partial

import numpy as np
import pytest
from breaking_backends import Breaking, refuse
from test_cuda_worker import FIELD, REQUEST, expected, load, same  # noqa: F401

from synthex_gui.physics.backends import choice
from synthex_gui.physics.backends.base import BackendError, ProjectionRequest
from synthex_gui.physics.backends.choice import available_backends, make_backend, with_spare
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.fallback import PATIENCE, FallbackBackend
from synthex_gui.physics.backends.process.worker import WorkerBackend


class Counting(CpuBackend):
    made = 0

    def __init__(self) -> None:
        super().__init__(1)
        Counting.made += 1


@pytest.mark.trust("R2")
@pytest.mark.parametrize("k", range(20))
def test_every_image_may_fail(expected, tmp_path, k):  # noqa: F811
    Counting.made = 0
    notices: list[str] = []
    first = Breaking(str(tmp_path / "log"), {k: "memory"})
    backend = load(FallbackBackend(first, Counting, notices.append))
    made_by = []
    for _ in range(k + 2):
        result = backend.project(REQUEST)
        same(result, expected)
        made_by.append(result.backend)
        assert backend.name == ("Breaking GPU" if result.backend == "cuda" else "CPU, 1 thread")
    assert made_by == ["cuda"] * k + ["cpu", "cuda"]
    assert Counting.made == 1
    assert notices == [
        "Rendered by CPU, 1 thread instead. CUDA: not enough memory on the breaking GPU to project"
    ]
    backend.close()


def test_a_notice_comes_once_and_patience_ends(expected, tmp_path):  # noqa: F811
    notices: list[str] = []
    log = tmp_path / "log"
    first = Breaking(str(log), dict.fromkeys(range(50), "lost"))
    backend = load(FallbackBackend(first, Counting, notices.append))
    for _ in range(PATIENCE + 4):
        result = backend.project(REQUEST)
        same(result, expected)
        assert result.backend == "cpu"
    assert len(notices) == 1
    assert len(log.read_text().splitlines()) == PATIENCE
    assert backend.name == "CPU, 1 thread"
    backend.upload_field("ct", FIELD)
    same(backend.project(REQUEST), expected)
    backend.release("ct")
    assert not backend.has("ct")
    backend.close()


def test_a_wrong_request_is_no_failure_of_the_device(tmp_path):
    notices: list[str] = []
    backend = load(FallbackBackend(Breaking(str(tmp_path / "log"), {}), Counting, notices.append))
    for _ in range(PATIENCE + 1):
        with pytest.raises(BackendError, match="bone"):
            backend.project(ProjectionRequest(REQUEST.camera, ("bone",)))
    assert backend.project(REQUEST).backend == "cuda"
    assert not notices
    backend.close()


@pytest.mark.trust("R2")
def test_an_upload_that_fails_is_made_up_for(expected, tmp_path, monkeypatch):  # noqa: F811
    notices: list[str] = []
    first = Breaking(str(tmp_path / "log"), {})
    calls = []

    def refuse_once(key, field):
        calls.append(key)
        if len(calls) == 1:
            raise BackendError("CUDA: not enough memory")
        CpuBackend.upload_field(first, key, field)

    monkeypatch.setattr(first, "upload_field", refuse_once)
    backend = load(FallbackBackend(first, Counting, notices.append))
    assert backend.has("ct")
    result = backend.project(REQUEST)
    assert result.backend == "cuda"
    same(result, expected)
    assert calls == ["ct", "label", "ct"]
    assert len(notices) == 1
    backend.close()


def test_what_neither_takes_is_refused(tmp_path):
    backend = FallbackBackend(Breaking(str(tmp_path / "log"), {}), Counting, lambda text: None)
    bad = type(FIELD)(np.ones((2, 2, 2)), 1.0, FIELD.grid)
    with pytest.raises(BackendError, match="float64"):
        backend.upload_field("bad", bad)
    assert not backend.has("bad")
    backend.close()


def test_a_first_that_cannot_start_leaves_the_spare_and_a_notice():
    notices: list[str] = []
    backend = with_spare(partial(WorkerBackend, refuse), Counting, notices.append)
    assert isinstance(backend, Counting)
    assert notices == [
        "Rendering with CPU, 1 thread. CUDA: there is no NVIDIA driver here; get one"
    ]
    backend.close()


@pytest.mark.trust("R2")
def test_a_lost_process_is_replaced_under_the_fallback(expected, tmp_path):  # noqa: F811
    notices: list[str] = []
    make = partial(Breaking, str(tmp_path / "log"), {1: "exit", 3: "exit", 4: "exit"})
    backend = load(with_spare(partial(WorkerBackend, make), Counting, notices.append))
    made_by = []
    for _ in range(4):
        result = backend.project(REQUEST)
        same(result, expected)
        made_by.append(result.backend)
    assert made_by == ["cuda", "cuda", "cpu", "cuda"]
    assert len(notices) == 1
    backend.close()


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "CPU", ""])
def test_other_names_are_refused(name):
    with pytest.raises(BackendError, match="cuda:N"):
        make_backend(name)


def test_cpu_and_auto_without_cupy_say_nothing(monkeypatch):
    monkeypatch.setattr(choice, "find_spec", lambda name: None)
    for name in ("cpu", "auto"):
        notices: list[str] = []
        backend = make_backend(name, notices.append, threads=2)
        assert isinstance(backend, CpuBackend)
        assert backend.name == "CPU, 2 threads"
        assert not notices
        backend.close()


@pytest.mark.trust("R1")
def test_cuda_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    notices: list[str] = []
    backend = make_backend("cuda:7", notices.append, threads=1)
    assert backend.name == "CPU, 1 thread"
    (text,) = notices
    assert text.startswith("Rendering with CPU, 1 thread. CUDA: ")
    backend.close()


def test_the_list_of_backends(monkeypatch, capsys):
    from fake_cupy import FakeCupy

    from synthex_gui.cli.main import main

    monkeypatch.setitem(sys.modules, "cupy", None)
    cpu, cuda = available_backends()
    assert (cpu.choice, cpu.is_ready, cuda.choice, cuda.is_ready) == ("cpu", True, "cuda", False)
    assert "pip install" in cuda.problem
    monkeypatch.setitem(sys.modules, "cupy", FakeCupy(devices=2))
    _, one, two = available_backends()
    assert (one.choice, two.choice) == ("cuda:0", "cuda:1")
    assert one.is_ready
    assert one.name == "Imaginary GPU, 9 GB"
    broken = FakeCupy()
    broken.faults = {1: RuntimeError("libnvrtc.so.12: cannot open shared object file")}
    monkeypatch.setitem(sys.modules, "cupy", broken)
    assert "nvidia-cuda-nvrtc-cu12" in available_backends()[1].problem
    monkeypatch.setitem(sys.modules, "cupy", FakeCupy(driver=0))
    assert main(["backends"]) == 0
    said = capsys.readouterr().out
    assert "cpu      ready" in said
    assert "cuda     not ready" in said
    assert "nvidia.com/drivers" in said


def test_cuda_is_made_in_a_process_of_its_own(monkeypatch):
    """With CuPy there, what is wrong is found out by the child, and the CPU works."""
    monkeypatch.setattr(choice, "find_spec", lambda name: True)
    started = []

    def start(make):
        started.append(make)
        raise BackendError("CUDA: the NVIDIA driver is too old")

    monkeypatch.setattr(choice, "WorkerBackend", start)
    notices: list[str] = []
    backend = make_backend("auto", notices.append, threads=1)
    assert isinstance(backend, CpuBackend)
    assert notices == ["Rendering with CPU, 1 thread. CUDA: the NVIDIA driver is too old"]
    make_backend("cuda:3", notices.append, threads=1).close()
    assert [make.args for make in started] == [(0,), (3,)]
    backend.close()
