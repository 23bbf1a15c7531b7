"""The look on the CUDA kernels next to the CPU's, of the same signals."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from cuda_backends import KINDS, make_backend, on_fake
from fake_cupy import FakeCupy

from synthex_gui.physics.backends.cuda.look import CudaLook
from synthex_gui.physics.look.looks import log_signal, look_stage, picture
from synthex_gui.scene.detector import Processing

CLINICAL = Processing(look="clinical")
STRONG = Processing(look="clinical", contrast=2.5, edge=3.0)
STILL = 1536
# One pixel, sides without a level, odd ones, and widths that take each number of bands.
SHAPES = [
    *((1, 1), (3, 9), (5, 7), (40, 3), (64, 31), (97, 96), (300, 201), (201, 300)),
    *((384, 384), (250, 767), (33, 1536)),
]


def body(shape, seed=0):
    """A limb with bones and noise between open fields, metal across, a dead pixel."""
    rng = np.random.default_rng(seed)
    y, x = (np.linspace(-1, 1, size) for size in shape)
    x, y = np.meshgrid(x, y)
    logs = 4.0 * np.sqrt(np.maximum(0.6 - x**2, 0.0)) * (1.0 + 0.2 * np.sin(9.0 * y))
    logs += 1.2 * (np.abs(x - 0.2) < 0.1) + 8.0 * (np.abs(y + 0.1 * x - 0.05) < 0.04)
    signal = np.exp(-logs + rng.normal(0.0, 0.05, shape)).astype(np.float32)
    signal.flat[signal.size // 3] = 0.0
    return signal


def random(shape, seed=0):
    return np.random.default_rng(seed).uniform(0.0, 1.2, shape).astype(np.float32)


def metal(shape, seed=0):
    return body(shape, seed) * np.float32(1e-6)


def open_field(shape, seed=0):
    return np.random.default_rng(seed).normal(1.0, 0.01, shape).astype(np.float32)


class Looks:
    """`CudaLook` with arrays of the host on both ends."""

    def __init__(self, backend) -> None:
        self.device = backend._device
        self.look = CudaLook(self.device)

    def __call__(self, signal, stage, blades=None):
        device = self.device
        with device.running("show"):
            there = None if blades is None else device.upload(blades)
            return device.download(self.look.shown(device.upload(signal), stage, there))


@pytest.fixture(scope="module", params=KINDS)
def looks(request):
    backend = make_backend(request.param)
    yield Looks(backend)
    backend.close()


def test_the_shapes_take_every_number_of_levels():
    gains = {len(look_stage(CLINICAL, *shape).gains) for shape in (*SHAPES, (STILL, STILL))}
    assert gains == {0, 1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize("make", [body, random, metal, open_field])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_clinical_look_is_the_cpus(looks, make, shape):
    signal = make(shape)
    # Strong gains multiply the rounding of large logarithms.
    for processing, allowed in ((CLINICAL, 1e-5), (STRONG, 3e-5)):
        ours = looks(signal, look_stage(processing, *shape))
        theirs = picture(signal, processing).grey
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=allowed)
    if make is body and min(shape) > 30:
        assert theirs.std() > 0.1


def test_a_still_of_a_flat_panel_too(looks):
    signal = body((STILL, STILL))
    ours = looks(signal, look_stage(CLINICAL, STILL, STILL))
    np.testing.assert_allclose(ours, picture(signal, CLINICAL).grey, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (201, 300)])
def test_the_log_look_is_the_cpus(looks, shape):
    for make in (body, metal, open_field):
        signal = make(shape)
        ours = looks(signal, look_stage(Processing(look="log"), *shape))
        np.testing.assert_allclose(ours, log_signal(signal), rtol=1e-6, atol=1e-6)


def test_the_shutter_is_black_where_blades_hide_and_nowhere_else(looks):
    shape = (60, 80)
    signal, blades = body(shape), random(shape, 1)
    plain = looks(signal, look_stage(CLINICAL, *shape))
    shut = looks(signal, look_stage(CLINICAL, *shape, hide_below=0.3), blades)
    assert 0.1 < np.mean(blades < 0.3) < 0.5
    np.testing.assert_array_equal(shut, np.where(blades < 0.3, np.float32(0), plain))
    assert plain[blades < 0.3].max() > 0.3
    for hide_below, given in ((None, blades), (0.3, None)):
        stage = look_stage(CLINICAL, *shape, hide_below=hide_below)
        np.testing.assert_array_equal(looks(signal, stage, given), plain)


def test_nothing_of_one_image_is_seen_in_the_next(looks):
    """Memory is kept between images of one size, and made anew for others."""
    # Images of 4 and of 5 columns are measured at the same places.
    shapes = [(96, 130), (130, 96), (9, 4), (9, 5), (60, 61), (96, 130)]
    signals = [make(shape, 3) for shape in shapes for make in (metal, body)]
    for signal in signals:
        stage = look_stage(CLINICAL, *signal.shape)
        fresh = Looks(on_fake())(signal, stage)
        np.testing.assert_allclose(looks(signal, stage), fresh, rtol=0, atol=1e-5)


def test_an_image_handed_out_is_not_written_again(looks):
    device, stage = looks.device, look_stage(CLINICAL, 50, 40)
    with device.running("show"):
        first, second = (
            looks.look.shown(device.upload(make((50, 40))), stage, None) for make in (body, metal)
        )
        one, other = device.download(first), device.download(second)
    np.testing.assert_array_equal(one, looks(body((50, 40)), stage))
    assert np.abs(one - other).max() > 0.1


@pytest.mark.parametrize("shape", [(5, 7), (300, 201)])
def test_same_bytes_in_any_order_of_threads(shape):
    seen = []
    blades = random(shape, 1)
    for backwards in (False, True):
        fake = FakeCupy()
        fake.kernels.backwards = backwards
        try:
            shown = Looks(on_fake(fake))
            stage = look_stage(STRONG, *shape, hide_below=0.3)
            seen.append(shown(body(shape), stage, blades).tobytes())
        finally:
            fake.kernels.backwards = False
    assert seen[0] == seen[1]


def test_an_image_of_a_known_size_takes_few_calls_of_the_device():
    """Each costs the host microseconds: 17 launches and memory for the result. None waits."""
    fake = FakeCupy()
    shown = Looks(on_fake(fake))
    signal, stage = body((STILL, STILL)), look_stage(CLINICAL, STILL, STILL)
    shown(signal, stage)
    with shown.device.running("show"):
        there = shown.device.upload(signal)
        calls, launches = fake.calls, len(fake.launched)
        shown.look.shown(there, stage, None)
    assert len(fake.launched) - launches == 17
    assert fake.calls - calls == 18


def test_a_stage_travels_to_another_process(looks):
    stage = look_stage(STRONG, 64, 48, hide_below=0.3)
    signal, blades = body((64, 48)), random((64, 48))
    expected = looks(signal, stage, blades)
    np.testing.assert_array_equal(
        looks(signal, pickle.loads(pickle.dumps(stage)), blades), expected
    )
