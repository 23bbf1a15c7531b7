"""Everything that can go wrong with a GPU comes out as one line that says what to do."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from cuda_backends import on_fake
from fake_cupy import (
    CompileException,
    CUDADriverError,
    CUDARuntimeError,
    FakeCupy,
    OutOfMemoryError,
)
from reference import grid
from scenes import blobs, box, c_arm

from synthex_gui.geometry.transforms import rigid
from synthex_gui.physics.backends.base import (
    BackendError,
    BackendLostError,
    Field,
    PlacedMesh,
    ProjectionRequest,
)
from synthex_gui.physics.backends.cuda import meshes as cuda_meshes
from synthex_gui.physics.backends.cuda.backend import CudaBackend
from synthex_gui.physics.backends.cuda.device import STICKY

SHAPE = (30, 32, 34)
FIELD = Field(blobs(SHAPE), 1e-3, grid(SHAPE, (1, 1, 1)))
REQUEST = ProjectionRequest(
    c_arm(10, 20, 40), ("ct",), ("ct",), (PlacedMesh("box", rigid(None, [1, 2, 3.0])),)
)


def loaded(fake: FakeCupy) -> CudaBackend:
    backend = on_fake(fake)
    backend.upload_field("ct", FIELD)
    backend.upload_mesh("box", box(10, 12, 14))
    return backend


@pytest.mark.trust("R1")
@pytest.mark.parametrize(
    ("fake", "words"),
    [
        ({"driver": 0}, "no NVIDIA driver"),
        ({"driver": 0}, "nvidia.com/drivers"),
        ({"devices": 0}, "CUDA_VISIBLE_DEVICES"),
    ],
)
def test_no_driver_or_no_gpu(fake, words):
    with pytest.raises(BackendError, match=words):
        on_fake(FakeCupy(**fake))


@pytest.mark.trust("R1")
def test_a_driver_that_is_too_old_is_named():
    fake = FakeCupy(driver=11040)

    def refuse() -> int:
        raise CUDARuntimeError(35, "cudaErrorInsufficientDriver")

    fake.cuda.runtime.getDeviceCount = refuse
    with pytest.raises(BackendError, match=r"too old .* CUDA 11\.4"):
        on_fake(fake)


@pytest.mark.trust("R1", tried=2)
def test_no_cupy_or_a_broken_one(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(BackendError, match="not installed; python -m pip install"):
        CudaBackend()
    monkeypatch.delitem(sys.modules, "cupy")
    monkeypatch.syspath_prepend(str(tmp_path))
    for text, words in (
        ("import a_library_that_is_not_there", "a_library_that_is_not_there"),
        ("raise RuntimeError('version of the driver')", "version of the driver"),
    ):
        (tmp_path / "cupy.py").write_text(text)
        sys.modules.pop("cupy", None)
        with pytest.raises(BackendError, match=f"cannot be loaded .*{words}.*pip install"):
            CudaBackend()


def test_a_device_that_is_not_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", FakeCupy(devices=2))
    with pytest.raises(BackendError, match="no device 3; there are 2"):
        CudaBackend(3)


@pytest.mark.trust("R1")
def test_importing_the_backend_loads_no_cupy():
    code = "import synthex_gui.physics.backends.cuda, sys; sys.exit('cupy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def steps_of_a_projection() -> int:
    fake = FakeCupy()
    backend = loaded(fake)
    fake.calls = 0
    backend.project(REQUEST)
    return fake.calls


@pytest.mark.trust("R2")
def test_every_call_may_run_out_of_memory():
    """Each call to the device in turn; the next image is whole."""
    expected = loaded(FakeCupy()).project(REQUEST)
    for step in range(1, steps_of_a_projection() + 1):
        fake = FakeCupy()
        backend = loaded(fake)
        fake.calls, fake.faults = 0, {step: OutOfMemoryError("Out of memory allocating 9 bytes")}
        with pytest.raises(BackendError, match="not enough memory on Imaginary GPU") as caught:
            backend.project(REQUEST)
        assert not isinstance(caught.value, BackendLostError)
        assert len(str(caught.value).splitlines()) == 1
        assert not fake.inside
        again = backend.project(REQUEST)
        np.testing.assert_array_equal(again.fields["ct"], expected.fields["ct"])
        np.testing.assert_array_equal(again.meshes_mm[0], expected.meshes_mm[0])


@pytest.mark.trust("R2")
@pytest.mark.parametrize("status", [700, 719])
def test_every_call_may_lose_the_device(status):
    for step in range(1, steps_of_a_projection() + 1, 5):
        fake = FakeCupy()
        backend = loaded(fake)
        fake.calls, fake.faults = 0, {step: CUDARuntimeError(status, "an illegal memory access")}
        for _ in range(2):
            with pytest.raises(BackendLostError, match=r"lost .*\(an illegal memory access\)"):
                backend.project(REQUEST)
        with pytest.raises(BackendLostError):
            backend.close()


def test_which_statuses_are_sticky():
    assert {214, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999} <= STICKY
    assert not STICKY & {1, 2, 35, 100, 101, 209, 800}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (CUDADriverError(2, "CUDA_ERROR_OUT_OF_MEMORY"), "not enough memory"),
        (CUDARuntimeError(209, "no kernel image"), "generation"),
        (CUDARuntimeError(98, "invalid device function"), r"project \(invalid device function\)"),
        (CompileException("rays.cu(12): error\nmore"), r"do not compile \(rays.cu\(12\): error\)"),
        (RuntimeError("libnvrtc.so.12: cannot open"), "nvrtc-cu12"),
        (ImportError("DLL load failed"), "DLL load failed"),
    ],
)
def test_what_else_may_be_raised(error, words):
    fake = FakeCupy()
    backend = loaded(fake)
    backend.project(REQUEST)
    fake.calls, fake.faults = 0, {4: error}
    with pytest.raises(BackendError, match=words) as caught:
        backend.project(REQUEST)
    assert not isinstance(caught.value, BackendLostError)


def test_a_volume_that_does_not_fit_is_refused_with_its_size():
    fake = FakeCupy(memory=20_000)
    backend = on_fake(fake)
    backend.upload_field("ct", FIELD)
    with pytest.raises(BackendError, match=r"not enough memory .* GiB of voxels"):
        backend.project(ProjectionRequest(REQUEST.camera, ("ct",)))


def test_memory_comes_back():
    fake = FakeCupy()
    backend = loaded(fake)
    backend.project(REQUEST)
    used = fake.used
    for _ in range(3):
        backend.upload_field("ct", FIELD)
        backend.project(REQUEST)
        assert fake.used == used
    backend.release("ct")
    assert fake.used < used
    assert not backend.has("ct")
    backend.release("box")
    backend.release("box")
    assert not backend.has("box")
    backend.close()
    assert fake.used < 100


def test_more_tools_or_hits_than_one_image_takes(monkeypatch):
    backend = loaded(FakeCupy())
    tools = tuple(PlacedMesh("box", rigid(None, [0.1 * n, 0, 0])) for n in range(64))
    backend.project(ProjectionRequest(REQUEST.camera, meshes=tools))
    with pytest.raises(BackendError, match="65 tools in one image"):
        backend.project(ProjectionRequest(REQUEST.camera, meshes=(*tools, tools[0])))
    monkeypatch.setattr(cuda_meshes, "TOO_MANY", 12)
    with pytest.raises(BackendError, match="decimate"):
        backend.project(REQUEST)


def test_running_totals_add_up_and_stop_at_the_largest_integer():
    fake = FakeCupy()
    backend = loaded(fake)
    device = backend._device
    rng = np.random.default_rng(0)
    for count in (1, 127, 128, 129, 20_000):
        values = rng.integers(0, 5, count).astype(np.int32)
        with device.running("add"):
            ends = device.download(backend._meshes.totals(device.upload(values)))
        np.testing.assert_array_equal(ends, np.cumsum(values))
    with device.running("add"):
        huge = np.full(300, 2**30, np.int32)
        ends = device.download(backend._meshes.totals(device.upload(huge)))
    assert ends[0] == 2**30
    assert (ends[1:] == 2**31 - 1).all()


@pytest.mark.parametrize("bad", ["type", "shape", "affine"])
def test_fields_that_cannot_be_used_are_refused(bad):
    backend = on_fake()
    stored = np.ones((4, 4, 4), np.float64 if bad == "type" else np.uint8)
    on = grid((4, 4, 5) if bad == "shape" else (4, 4, 4), (1, 1, 0 if bad == "affine" else 1))
    with pytest.raises(BackendError, match="field ct"):
        backend.upload_field("ct", Field(stored, 1.0, on))
    assert not backend.has("ct")
