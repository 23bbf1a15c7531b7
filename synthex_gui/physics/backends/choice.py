"""Which backends this machine has, what keeps the others away, and the one that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

from synthex_gui.core.backend_names import TITLES, USAGE, is_backend_choice
from synthex_gui.physics.backends.base import BackendError
from synthex_gui.physics.backends.contract import Backend
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.cpu.slab_shelf import SlabShelf
from synthex_gui.physics.backends.cuda.backend import CudaBackend
from synthex_gui.physics.backends.cuda.device import (
    CudaDevice,
    device_count,
    device_name,
    load_cupy,
)
from synthex_gui.physics.backends.fallback import FallbackBackend
from synthex_gui.physics.backends.process.worker import WorkerBackend


@dataclass(frozen=True)
class BackendInfo:
    """One line of what a machine has: `choice` as `make_backend` takes it, `name` for people;
    `problem` what keeps it from being used and what mends it, empty when it is ready.
    """

    choice: str
    name: str
    problem: str = ""

    @property
    def is_ready(self) -> bool:
        """True when images can be made with it."""
        return not self.problem


def cuda_devices() -> tuple[str, ...]:
    """Names of the NVIDIA GPUs, by number; BackendError that says why there are none."""
    cupy = load_cupy()
    return tuple(device_name(cupy, number) for number in range(device_count(cupy)))


def available_backends() -> tuple[BackendInfo, ...]:
    """The CPU and each NVIDIA GPU, with the kernels compiled for it; or one line why none is."""
    backend = CpuBackend()
    found = [BackendInfo("cpu", backend.name)]
    backend.close()
    try:
        names = cuda_devices()
    except BackendError as error:
        return (*found, BackendInfo("cuda", TITLES["cuda"], str(error)))
    for number, name in enumerate(names):
        problem = ""
        try:
            CudaDevice(number).close()
        except BackendError as error:
            problem = str(error)
        found.append(BackendInfo(f"cuda:{number}", name, problem))
    return tuple(found)


def make_backend(
    choice: str = "auto",
    notice: Callable[[str], None] = lambda text: None,
    threads: int | None = None,
    shelf: SlabShelf | None = None,
) -> Backend:
    """A backend that is asked for by name: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    CUDA runs in a process of its own and has the CPU as its spare; `notice` gets one line when
    that is needed. ``auto`` takes the first GPU where CuPy is installed, else the CPU without a
    word. `threads` and `shelf` are the CPU's. BackendError for another name.
    """
    if not is_backend_choice(choice):
        raise BackendError(f"there is no backend {choice!r}; use {USAGE}")
    kind, _, number = choice.partition(":")
    if kind == "auto":
        kind = "cuda" if _has_cupy() else "cpu"
    make_cpu = partial(CpuBackend, threads, shelf)
    if kind == "cpu":
        return make_cpu()
    return with_spare(partial(DEVICES[kind], int(number or 0)), make_cpu, notice)


def _has_cupy() -> bool:
    return find_spec("cupy") is not None


def _make_cuda(number: int) -> Backend:
    make = partial(CudaBackend, number)
    # Without CuPy no process needs to start to know what it would say.
    return WorkerBackend(make) if _has_cupy() else make()


# Kind of a choice -> what makes it, given a device's number; the CPU is each one's spare.
DEVICES: dict[str, Callable[[int], Backend]] = {"cuda": _make_cuda}


def with_spare(
    make_first: Callable[[], Backend],
    make_spare: Callable[[], Backend],
    notice: Callable[[str], None],
) -> Backend:
    """`make_first()` with a spare; the spare alone when it cannot be made."""
    try:
        first = make_first()
    except BackendError as error:
        spare = make_spare()
        notice(f"Rendering with {spare.name}. {error}")
        return spare
    return FallbackBackend(first, make_spare, notice)
