"""The looks: fixed numbers, all of them recorded, and what a radiographer expects of them."""

import json

import numpy as np
import pytest

from synthex_gui.physics.backends.cpu.chain.pyramid import recombined, reduced
from synthex_gui.physics.look.looks import look_stage, middle_lattice, picture
from synthex_gui.scene.detector import Processing


def knee(size=200):
    """A limb's signal: air, flesh, two bones, a wire."""
    x = np.linspace(-1, 1, size)[None, :] * np.ones((size, 1))
    logs = np.where(np.abs(x) < 0.7, 2.0 * np.sqrt(np.maximum(0.49 - x**2, 0)) / 0.7, 0.0)
    logs = logs + 0.9 * (np.abs(x - 0.2) < 0.12) + 0.6 * (np.abs(x + 0.25) < 0.05)
    logs[90:94] += 2.0 * (np.abs(x[90:94]) < 0.5)
    return np.exp(-logs).astype(np.float32)


def test_the_raw_look_is_linear_and_the_log_look_its_logarithm():
    signal = np.array([[0.0, 0.25, 1.0, 1.5, np.exp(-4.5), np.exp(-8.5)]], np.float32)
    raw = picture(signal, Processing(look="raw")).grey
    assert raw[0, :4] == pytest.approx([0, 0.25, 1, 1])
    log = picture(signal, Processing(look="log")).grey
    assert log[0] == pytest.approx([1, (np.log(4) - 0.5) / 8, 0, 0, 0.5, 1], abs=1e-5)
    dark = picture(signal, Processing(look="log", bone_dark=True)).grey
    assert dark == pytest.approx(1 - log)


def test_a_window_is_obeyed_and_recorded():
    signal = np.full((4, 4), np.exp(-3.0), np.float32)
    shown = picture(signal, Processing(look="log"), (2.0, 4.0))
    assert shown.grey == pytest.approx(0.5, abs=1e-5)
    assert (shown.record["low"], shown.record["high"]) == (2.0, 4.0)


@pytest.mark.parametrize("look", ["raw", "log", "clinical"])
def test_every_record_is_json_and_greys_are_in_range(look):
    shown = picture(knee(), Processing(look=look))
    assert json.loads(json.dumps(shown.record))["look"] == look
    assert shown.grey.dtype == np.float32
    assert shown.grey.min() >= 0
    assert shown.grey.max() <= 1


def test_clinical_air_is_black_bone_is_bright_and_the_middle_is_grey():
    grey = picture(knee(), Processing(look="clinical")).grey
    assert grey[20, 5] < 0.02
    assert grey[20, 120] > grey[20, 90] + 0.1
    middle = grey[67:133, 67:133].mean()
    assert 0.25 < middle < 0.65


def test_an_empty_image_is_black():
    assert picture(np.ones((64, 64), np.float32), Processing(look="clinical")).grey.max() < 0.02


@pytest.mark.parametrize("knob", ["contrast", "edge"])
def test_each_knob_does_what_it_says(knob):
    rng = np.random.default_rng(0)
    fine = rng.normal(0, 0.02, (1536, 1536))
    broad = 0.05 * np.sin(np.arange(1536) / 6) * np.ones((1536, 1))
    signal = np.exp(-3 + (fine if knob == "edge" else broad)).astype(np.float32)
    base = {"contrast": 0.0, "edge": 0.0}
    spread = [
        picture(signal, Processing(look="clinical", **(base | {knob: value}))).grey.std()
        for value in (0.0, 1.0, 2.0)
    ]
    assert spread[0] * 1.2 < spread[1]
    assert spread[1] * 1.1 < spread[2]


def test_the_same_body_twice_as_thick_keeps_its_grey():
    one, other = (
        picture(np.exp(-depth) * np.ones((96, 96), np.float32), Processing(look="clinical"))
        for depth in (2.5, 5.0)
    )
    assert other.grey.mean() == pytest.approx(one.grey.mean(), abs=1e-3)
    assert other.record["middle_ln"] == pytest.approx(5.0, abs=1e-4)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 64, 287, 288, 300, 1000, 1536, 4096])
def test_the_middle_is_measured_on_a_lattice_even_over_the_middle_third(size):
    rows, columns = middle_lattice(size, 50)
    assert rows.dtype == columns.dtype == np.int32
    assert np.array_equal(rows, middle_lattice(50, size)[1])
    within = (rows + 0.5) / size
    assert np.all(np.abs(within - 0.5) < 1 / 6 + 1 / size)
    assert len(np.unique(rows)) == len(rows) == pytest.approx(min(96, max(size / 3, 1)), abs=2)
    assert len(set(np.diff(rows).tolist())) <= 2
    assert within.mean() == pytest.approx(0.5, abs=1 / size)


def test_the_lattice_measures_what_every_pixel_would():
    rng = np.random.default_rng(4)
    signal = knee(1536) * np.exp(rng.normal(0, 0.1, (1536, 1536))).astype(np.float32)
    shown = picture(signal, Processing(look="clinical"))
    logs = -np.log(signal[512:1024, 512:1024])
    every = np.minimum(logs, np.median(logs) + 3.0).mean()
    assert shown.record["middle_ln"] == pytest.approx(every, abs=0.01)
    assert shown.record["middle_points"] == [96, 96]


def test_metal_over_less_than_half_of_the_middle_is_limited():
    stage = look_stage(Processing(look="clinical"), 96, 96)
    samples = np.full((10, 10), 4.0, np.float32)
    samples[:4] = 16.0
    assert stage.middle_ln(samples) == pytest.approx(0.6 * 4.0 + 0.4 * 7.0)
    assert stage.middle_ln(np.zeros((3, 3), np.float32)) == 1.2


def test_the_raw_look_has_no_stage():
    with pytest.raises(ValueError, match="the signal itself"):
        look_stage(Processing(look="raw"), 9, 9)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 64), (65, 33), (128, 128)])
def test_any_shape_has_a_clinical_look(shape):
    rng = np.random.default_rng(1)
    signal = rng.uniform(0, 1.2, shape).astype(np.float32)
    signal.flat[0] = 0.0
    grey = picture(signal, Processing(look="clinical")).grey
    assert grey.shape == shape
    assert np.isfinite(grey).all()


@pytest.mark.parametrize("shape", [(64, 64), (65, 33), (16, 21)])
def test_a_pyramid_without_gain_gives_the_image_back(shape):
    image = np.random.default_rng(2).normal(size=shape).astype(np.float32)
    coarse = reduced(image)
    assert coarse.shape == ((shape[0] + 1) // 2, (shape[1] + 1) // 2)
    assert recombined(image, coarse, coarse, 1.0, 0.1) == pytest.approx(image, abs=1e-6)
    assert reduced(np.full(shape, 2.0, np.float32)) == pytest.approx(2.0)


def test_threads_change_no_byte():
    one, other = (
        picture(knee(300), Processing(look="clinical"), threads=threads).grey for threads in (1, 3)
    )
    assert np.array_equal(one, other)


def test_a_small_image_looks_like_the_large_one_made_small():
    # A body that fills the middle of the field, with air above and below: broad and fine structure.
    large = np.exp(-4.0 * (knee(1536) < 0.9) - 0.3 * np.sin(np.arange(1536) / 40)).astype(
        np.float32
    )
    large[:400] = large[-400:] = 1.0
    look = Processing(look="clinical")
    full = picture(large, look).grey
    for factor in (4, 8):
        size = 1536 // factor
        small = large.reshape(size, factor, size, factor).mean(axis=(1, 3))
        expected = full.reshape(size, factor, size, factor).mean(axis=(1, 3))
        assert np.abs(picture(small, look).grey - expected).mean() < 0.02


def test_metal_does_not_blacken_what_is_beside_it():
    logs = np.full((1536, 1536), 4.0, np.float32)
    logs += 0.1 * np.sin(np.arange(1536, dtype=np.float32) / 20)
    with_metal = logs.copy()
    with_metal[700:840, 300:1200] = 60.0
    look = Processing(look="clinical")
    plain, metal = (picture(np.exp(-image), look).grey for image in (logs, with_metal))
    beside = slice(870, 940)
    assert metal[beside, 400:1100].mean() > 0.5 * metal[1300:, 400:1100].mean()
    assert metal[760, 700] > 0.9
    assert plain[760, 700] < 0.6
