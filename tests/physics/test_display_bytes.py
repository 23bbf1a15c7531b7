"""Bytes of a window, against the same in NumPy; the signal of one energy."""

import numpy as np
import pytest

from synthex_gui.physics.backends.cpu.chain.transmit import exp_minus
from synthex_gui.physics.look.display import grey_bytes


def plain_bytes(pixels, low, high, inverted):
    grey = np.clip((pixels - np.float32(low)) * np.float32(255.0 / (high - low)), 0, 255)
    return (np.float32(255) - grey if inverted else grey).astype(np.uint8)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("window", [(0.1, 0.9), (-1000.0, 2500.0), (0.5, 0.5 + 1e-6)])
def test_bytes_are_the_clipped_window(window, inverted):
    low, high = window
    middle, width = (low + high) / 2, high - low
    pixels = np.random.default_rng(0).normal(middle, width, (150, 67)).astype(np.float32)
    pixels[:2, :2] = [[low, high], [np.inf, -np.inf]]
    expected = plain_bytes(pixels, low, high, inverted)
    assert len(np.unique(expected)) > 200 or width < 1e-5
    for threads in (1, 3):
        found = grey_bytes(pixels, low, high, inverted, threads)
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, expected)
    part = pixels.T[::2]
    part.setflags(write=False)
    np.testing.assert_array_equal(grey_bytes(part, low, high, inverted), expected.T[::2])


@pytest.mark.parametrize("inverted", [False, True])
def test_what_is_not_a_number_is_zero(inverted):
    pixels = np.full((3, 40), np.nan, np.float32)
    assert not grey_bytes(pixels, 0.0, 1.0, inverted).any()


def test_the_signal_of_one_energy():
    integral = np.linspace(-0.1, 40, 150 * 90, dtype=np.float32).reshape(150, 90)
    signal = exp_minus(integral)
    assert signal.dtype == np.float32
    exact = np.exp(-integral.astype(np.float64))
    assert np.abs(signal / exact - 1).max() < 3e-6
    assert exp_minus(np.zeros((1, 5), np.float32)) == pytest.approx(1.0, abs=0)
    assert (exp_minus(np.full((1, 5), 1e3, np.float32)) == np.float32(2.0**-90)).all()
    for other in (exp_minus(integral, 3), exp_minus(integral.T.copy().T)):
        np.testing.assert_array_equal(other, signal)
