"""The CUDA backend for tests: its kernels as C++, and a real device where there is one."""

from __future__ import annotations

import sys
from unittest.mock import patch

from fake_cupy import FakeCupy

from synthex_gui.physics.backends.base import BackendError
from synthex_gui.physics.backends.choice import cuda_devices
from synthex_gui.physics.backends.cuda.backend import CudaBackend


def why_no_device() -> str | None:
    """What keeps a GPU of this machine from being used; None where one can be."""
    try:
        cuda_devices()
    except BackendError as error:
        return str(error)
    return None


# ``source``: on the stand-in for CuPy; ``device``: on a GPU.
KINDS = ("source",) if why_no_device() else ("source", "device")


def on_fake(fake: FakeCupy | None = None) -> CudaBackend:
    """A backend on a stand-in for CuPy."""
    with patch.dict(sys.modules, {"cupy": fake or FakeCupy()}):
        return CudaBackend()


def make_backend(kind: str) -> CudaBackend:
    """One of `KINDS`."""
    return CudaBackend() if kind == "device" else on_fake()
