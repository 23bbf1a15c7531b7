"""Which backends this machine has, what keeps the others away, and the one that is asked for."""

from __future__ import annotations

from synthex_gui.physics.backends.cuda_device import device_count, device_name, load_cupy


def cuda_devices() -> tuple[str, ...]:
    """Names of the NVIDIA GPUs, by number; BackendError that says why there are none."""
    cupy = load_cupy()
    return tuple(device_name(cupy, number) for number in range(device_count(cupy)))
