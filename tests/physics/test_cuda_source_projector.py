"""The CPU projector's tests, run on the CUDA kernels: as C++, and on a GPU where there is one."""

from __future__ import annotations

import pytest
import test_projector_fields
import test_projector_meshes
from cuda_backends import KINDS, make_backend, why_no_device

from synthex_gui.physics.backends.choice import cuda_devices

# What says that there is no GPU; anything else is a fault.
ABSENT = ("CuPy is not installed", "there is no NVIDIA driver", "shows no NVIDIA GPU")

# pytest collects them here, where `backend` is another one.
for module in (test_projector_fields, test_projector_meshes):
    found = {name: test for name, test in vars(module).items() if name.startswith("test_")}
    assert len(found) > 5
    globals().update(found)


@pytest.fixture(scope="module", params=KINDS)
def backend(request):
    made = make_backend(request.param)
    yield made
    made.close()


def test_a_device_that_is_there_takes_part():
    """Its images stand beside those of the stand-in in every test of this file."""
    reason = why_no_device()
    if reason and any(text in reason for text in ABSENT):
        pytest.skip(f"the kernels ran as C++ only, {reason}")
    assert reason is None, "a GPU is there and cannot be used"
    made = make_backend("device")
    assert made.name.endswith(cuda_devices()[0])
    assert "Imaginary" not in made.name
    made.close()
