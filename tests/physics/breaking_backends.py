"""Backends that break as GPUs do, for child processes to import."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from synthex_gui.physics.backends.base import BackendError, BackendLostError
from synthex_gui.physics.backends.cpu.backend import CpuBackend


class Breaking(CpuBackend):
    """The CPU's images under the kind ``cuda``; breaks at the projections that `log` asks for.

    `log` is a file of one line per projection of any process; `breaks` maps a projection's number
    from 0 to how it breaks: ``memory``, ``lost``, ``exit``, ``hang``.
    """

    def __init__(self, log: str, breaks: dict[int, str]) -> None:
        super().__init__(1)
        self._log, self._breaks = Path(log), breaks

    @property
    def name(self) -> str:
        return "Breaking GPU"

    def project(self, request):
        done = len(self._log.read_text().splitlines()) if self._log.exists() else 0
        with self._log.open("a") as file:
            file.write(f"{os.getpid()}\n")
        how = self._breaks.get(done)
        if how == "memory":
            raise BackendError("CUDA: not enough memory on the breaking GPU to project")
        if how == "lost":
            raise BackendLostError("CUDA: the device was lost while it was to project")
        if how == "exit":
            os._exit(7)
        if how == "hang":
            time.sleep(600)
        result = super().project(request)
        object.__setattr__(result, "backend", "cuda")
        return result


def refuse() -> CpuBackend:
    raise BackendError("CUDA: there is no NVIDIA driver here; get one")


def on_fake_cupy() -> CpuBackend:
    """The real CUDA backend in a child process, on the stand-in for CuPy."""
    from fake_cupy import FakeCupy

    from synthex_gui.physics.backends.cuda.backend import CudaBackend

    sys.modules["cupy"] = FakeCupy()
    return CudaBackend()


def two_gpus() -> tuple[str, ...]:
    return "NVIDIA H100 PCIe, 80 GB", "NVIDIA T400, 4 GB"


def no_gpu() -> tuple[str, ...]:
    raise BackendError("CUDA: there is no NVIDIA driver here; get one")


def ending() -> tuple[str, ...]:
    os._exit(9)


def silent() -> tuple[str, ...]:
    time.sleep(600)
    return ()
