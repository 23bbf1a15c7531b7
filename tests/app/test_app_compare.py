"""What the radiograph is compared with: its title, a file's values, the window it is shown in."""

from pathlib import Path

import numpy as np
import pytest

from synthex_gui.app.compare import MODES, NOTHING, Comparison, auto_window, with_file
from synthex_gui.io.loaded import XrayImage

FILE = Path("/data/ap view.dcm")


@pytest.mark.parametrize(
    ("comparison", "title"),
    [
        (NOTHING, ""),
        (Comparison(level="naive"), "Naive"),
        (Comparison(path=FILE), "ap view.dcm"),
        (Comparison(path=FILE, frames=12, frame=0), "ap view.dcm, frame 1 of 12"),
        (Comparison(path=FILE, frames=12, frame=11), "ap view.dcm, frame 12 of 12"),
    ],
)
def test_what_stands_on_the_image(comparison, title):
    assert comparison.title == title
    assert [key for key, _ in MODES] == ["divider", "beside", "blend"]


def xray(pixels, kind, **more):
    rest = {"pixel_spacing_mm": None, "frames": 1, "warnings": (), "name": "ap view"}
    return XrayImage(np.asarray(pixels, np.float32), kind, **(rest | more))


def test_a_linear_image_becomes_the_negative_logarithm_of_its_share_of_the_brightest():
    read = with_file(FILE, 2, xray([[1.0, 0.5], [0.25, 1.0]], "linear", frames=3))
    assert read.file_values.dtype == np.float32
    assert read.file_values == pytest.approx(-np.log([[1.0, 0.5], [0.25, 1.0]]), abs=1e-6)
    assert (read.path, read.frame, read.frames, read.level) == (FILE, 2, 3, None)


def test_a_pixel_without_signal_is_as_dark_as_one_grey_level_of_16_bits():
    read = with_file(FILE, 0, xray([[4.0, 0.0]], "linear"))
    assert read.file_values[0, 1] == pytest.approx(np.log(65535))
    assert np.isfinite(with_file(FILE, 0, xray(np.zeros((3, 3)), "linear")).file_values).all()


def test_a_logarithmic_image_is_turned_round():
    read = with_file(FILE, 0, xray([[0.0, 0.25], [0.75, 1.0]], "log"))
    assert read.file_values == pytest.approx(np.array([[1.0, 0.75], [0.25, 0.0]]))


def test_the_window_leaves_out_shutters_and_burnt_air():
    values = np.linspace(2.0, 4.0, 80 * 80).reshape(80, 80).astype(np.float32)
    low, high = auto_window(values)
    assert 2.0 < low < high < 4.0
    framed = values.copy()
    framed[:8], framed[-8:], framed[:, :8], framed[:, -8:] = 50.0, 50.0, -9.0, -9.0
    inner = auto_window(framed)
    assert 2.0 < inner[0] < inner[1] < 4.0
    # The darkest and the brightest value of the inner part are no matter.
    framed[30:40, 30:40], framed[40:50, 40:50] = 50.0, -9.0
    assert auto_window(framed) == pytest.approx(inner, abs=0.1)


def test_an_even_image_still_has_a_window():
    low, high = auto_window(np.full((16, 16), 3.0, np.float32))
    assert (low, high) == (3.0, pytest.approx(3.001))
    low, high = auto_window(np.full((2, 2), 3.0, np.float32))
    assert high > low
