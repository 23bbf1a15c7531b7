"""GPUs are asked for in a process of their own, whatever becomes of it."""

from __future__ import annotations

import multiprocessing

import pytest
from breaking_backends import ending, no_gpu, silent, two_gpus

from synthex_gui.physics.backends.base import BackendError
from synthex_gui.physics.backends.listing import listed_cuda_devices


def test_names_come_across():
    assert listed_cuda_devices(two_gpus) == two_gpus()


@pytest.mark.parametrize(
    ("find", "says"),
    [(no_gpu, "there is no NVIDIA driver"), (ending, "exit code 9"), (silent, "no answer in 1 s")],
)
def test_what_goes_wrong_is_said_and_over(find, says):
    with pytest.raises(BackendError, match=says):
        listed_cuda_devices(find, 1.0 if find is silent else 60.0)
    assert not [c for c in multiprocessing.active_children() if c.name == "synthex-gpus"]
