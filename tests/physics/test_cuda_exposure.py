"""Exposures on the device that fail half-way, or in a process of their own."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from breaking_backends import on_fake_cupy
from cuda_backends import on_fake
from cuda_on_cpu import needs_compiler
from fake_cupy import CUDARuntimeError, FakeCupy, OutOfMemoryError
from scenes import ball, c_arm

from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.cuda.device import MOST_LOCKED
from synthex_gui.physics.backends.fallback import PATIENCE, FallbackBackend
from synthex_gui.physics.backends.process.kept_arrays import CONSTANTS
from synthex_gui.physics.backends.process.worker import WorkerBackend
from synthex_gui.physics.exposure import stages
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.beam import Collimator, TableTop
from synthex_gui.scene.detector import Detector, Processing
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import BuiltInTool

CAMERA = c_arm(20, 10, 40, detector_mm=280)
SCENE = Scene(
    tools=(Tool(name="ball", source=BuiltInTool(tool="k-wire"), material="CoCr"),),
    detector=Detector(gain_spread=0.05, lag=0.1),
    collimator=Collimator(left_mm=60),
    table=TableTop(is_shown=True),
    processing=Processing(look="clinical"),
)


def renderer_on(backend, ct) -> Renderer:
    renderer = Renderer(backend, 1)
    renderer.set_assets(SceneAssets(ct=ct, meshes={"ball": ball(9.0, 3)}))
    return renderer


def image(renderer: Renderer, index: int = 0):
    previous = np.full((40, 40), 0.5, np.float32)
    return renderer.render(
        SCENE, camera=CAMERA, image_index=index, previous=previous, with_look=True
    )


@pytest.fixture(scope="module")
def expected(small_ct):
    """By the device, and by the CPU alone."""
    return image(renderer_on(on_fake(), small_ct)), image(renderer_on(CpuBackend(1), small_ct))


def steps_of_an_image(ct) -> int:
    fake = FakeCupy()
    renderer = renderer_on(on_fake(fake), ct)
    image(renderer)
    fake.calls = 0
    image(renderer)
    return fake.calls


@pytest.mark.parametrize("how", ["memory", "lost"])
def test_every_call_of_an_exposure_may_fail(small_ct, expected, how):
    """The image is the CPU's, whole; the next one the device's, unless it is lost for good."""
    steps = steps_of_an_image(small_ct)
    assert steps > 60
    for step in range(1, steps + 1, 1 if how == "memory" else 7):
        notices: list[str] = []
        fake = FakeCupy()
        backend = FallbackBackend(on_fake(fake), lambda: CpuBackend(1), notices.append)
        renderer = renderer_on(backend, small_ct)
        assert image(renderer).backend == "cuda"
        error = OutOfMemoryError("no") if how == "memory" else CUDARuntimeError(700, "illegal")
        fake.calls, fake.faults = 0, {step: error}
        redone = image(renderer)
        assert redone.backend == "cpu"
        np.testing.assert_array_equal(redone.signal, expected[1].signal)
        np.testing.assert_array_equal(redone.shown, expected[1].shown)
        assert len(notices) == 1
        again = image(renderer)
        if how == "memory":
            assert again.backend == "cuda"
            np.testing.assert_array_equal(again.signal, expected[0].signal)
        else:
            for _ in range(PATIENCE):
                assert image(renderer).backend == "cpu"
            assert len(notices) <= 2
        backend.close()


def test_the_same_image_from_a_process_of_its_own(small_ct, expected):
    needs_compiler()
    backend = WorkerBackend(on_fake_cupy)
    renderer = renderer_on(backend, small_ct)
    for _ in range(2):
        made = image(renderer)
        np.testing.assert_array_equal(made.signal, expected[0].signal)
        np.testing.assert_array_equal(made.tools_mm["ball"], expected[0].tools_mm["ball"])
        np.testing.assert_array_equal(made.first_metal_mm, expected[0].first_metal_mm)
        np.testing.assert_array_equal(made.shown, expected[0].shown)
    # Open field, blades, gains, weights and the tables of scatter went across once; the last frame
    # comes with every image.
    kept = [Path(entry[1].path) for entry in backend._arrays._constants.values()]
    assert len(kept) == 5 + 5 + 2
    backend._process.kill()
    np.testing.assert_array_equal(image(renderer).signal, expected[0].signal)
    for index in range(1, CONSTANTS):
        image(renderer, index)
    assert len(backend._arrays._constants) <= CONSTANTS
    assert sum(path.exists() for path in kept) < len(kept)
    child = backend._process.pid
    backend.close()
    assert not any(path.exists() for path in kept)
    assert not Path(f"/proc/{child}").exists() or os.name == "nt"


@pytest.mark.parametrize("times", [1, 2])
def test_a_process_lost_in_the_middle(small_ct, expected, monkeypatch, times):
    """Once: a new process makes the image. Again: the CPU does."""
    needs_compiler()
    notices: list[str] = []
    first = WorkerBackend(on_fake_cupy)
    backend = FallbackBackend(first, lambda: CpuBackend(1), notices.append)
    renderer = renderer_on(backend, small_ct)
    reading, left = stages._reading, list(range(times))

    def killed(*given):
        if left:
            left.pop()
            first._process.kill()
            first._process.join()
        return reading(*given)

    monkeypatch.setattr(stages, "_reading", killed)
    made = image(renderer)
    assert made.backend == ("cuda" if times == 1 else "cpu")
    np.testing.assert_array_equal(made.signal, expected[times - 1].signal)
    assert len(notices) == times - 1
    made = image(renderer)
    assert made.backend == "cuda"
    np.testing.assert_array_equal(made.signal, expected[0].signal)
    backend.close()


def test_what_fails_on_the_host_leaves_no_process_waiting(small_ct, expected, monkeypatch):
    needs_compiler()
    backend = WorkerBackend(on_fake_cupy)
    renderer = renderer_on(backend, small_ct)
    with monkeypatch.context() as patched:

        def fail(*_):
            raise ZeroDivisionError

        patched.setattr(stages, "_reading", fail)
        with pytest.raises(ZeroDivisionError):
            image(renderer)
    np.testing.assert_array_equal(image(renderer).signal, expected[0].signal)
    backend.close()


def test_memory_that_cannot_be_locked_is_only_slower(small_ct, expected):
    fake = FakeCupy()
    backend = on_fake(fake)
    fake.refuses_to_lock = True
    into = np.full(40 * 40 * 8, np.nan, np.float32)
    given = backend.expose
    backend.expose = lambda what, _=None: given(what, into)
    renderer = renderer_on(backend, small_ct)
    for _ in range(2):
        made = image(renderer)
        np.testing.assert_array_equal(made.signal, expected[0].signal)
        assert np.shares_memory(made.signal, into)
        assert np.shares_memory(made.first_metal_mm, into)
    assert not fake.locked


def test_locked_memory_is_unlocked_at_the_end(small_ct, expected):
    fake = FakeCupy()
    backend = on_fake(fake)
    given, landings = backend.expose, []

    def landing(what, _=None):
        landings.append(np.zeros(40 * 40 * 8, np.float32))
        return given(what, landings[-1])

    backend.expose = landing
    renderer = renderer_on(backend, small_ct)
    for _ in range(MOST_LOCKED + 2):
        np.testing.assert_array_equal(image(renderer).signal, expected[0].signal)
    assert len(fake.locked) == MOST_LOCKED
    backend.close()
    assert not fake.locked


def test_a_mono_image_that_fails_on_the_device_is_the_cpus(small_ct):
    """One energy has its own, shorter way."""
    fake, notices = FakeCupy(), []
    backend = FallbackBackend(on_fake(fake), lambda: CpuBackend(1), notices.append)
    renderer = renderer_on(backend, small_ct)
    scene = SCENE.evolve(level="naive")
    by_device = renderer.render(scene, camera=CAMERA)
    assert by_device.backend == "cuda"
    fake.calls, fake.faults = 0, {12: OutOfMemoryError("no")}
    by_cpu = renderer.render(scene, camera=CAMERA)
    assert by_cpu.backend == "cpu"
    assert len(notices) == 1
    # The two sample a ray at other places.
    np.testing.assert_allclose(by_device.signal, by_cpu.signal, rtol=1e-2)
    for each in (by_device, by_cpu):
        np.testing.assert_allclose(each.signal, np.exp(-each.line_integral), rtol=1e-5)


@pytest.mark.parametrize("with_look", [False, True])
def test_a_mono_image_from_a_process_of_its_own(small_ct, with_look):
    needs_compiler()
    backend = WorkerBackend(on_fake_cupy)
    scene = SCENE.evolve(level="heuristic")
    there, here = (
        renderer_on(each, small_ct).render(scene, camera=CAMERA, with_look=with_look)
        for each in (backend, on_fake())
    )
    np.testing.assert_array_equal(there.signal, here.signal)
    np.testing.assert_array_equal(there.first_metal_mm, here.first_metal_mm)
    if with_look:
        np.testing.assert_array_equal(there.shown, here.shown)
        assert there.line_integral is None
    else:
        np.testing.assert_array_equal(there.line_integral, here.line_integral)
    backend.close()
