"""The CPU projector's tests, run on the CUDA kernels: as C++, and on a GPU where there is one."""

from __future__ import annotations

import pytest
import test_projector_fields
import test_projector_meshes
from cuda_backends import KINDS, make_backend, why_no_device

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


def test_cuda_device_takes_part():
    reason = why_no_device()
    if reason:
        pytest.skip(f"the kernels ran as C++ only, {reason}")
    assert "device" in KINDS
