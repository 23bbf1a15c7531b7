"""Domain randomization: what moves pixels moves masks, landmarks and K; figures as published."""

import json
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from scipy import stats

from synthex_gui.randomization import Randomizer
from synthex_gui.randomization.frame import Frame
from synthex_gui.randomization.randomizer import PAPER_STRONG, RandomizationError
from synthex_gui.randomization.values import noise
from synthex_gui.randomization.warps import affine, piecewise

PRESETS = [(p, s) for p in ("paper", "repository") for s in ("regular", "strong")]
SIZE = 160
K = np.array([[-1300.0, 0, 80], [0, 1300.0, 79], [0, 0, 1]])


@pytest.fixture(scope="module")
def image():
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    waves = 2 + np.sin(9 * rows + 4 * columns) + np.cos(13 * columns)
    return waves.astype(np.float32)


def dots(rng, count=12):
    """Points well inside, each with a disc of 2 pixels' radius as its mask."""
    points = rng.uniform(0.25 * SIZE, 0.75 * SIZE, (count, 2)).round()
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    masks = [np.hypot(columns - x, rows - y) <= 2 for x, y in points]
    return points, np.array(masks)


def names(result):
    return [item["operation"] for item in result.record["operations"]]


@pytest.mark.parametrize(("preset", "strength"), PRESETS)
def test_masks_landmarks_and_k_go_with_the_pixels(image, preset, strength):
    draw = Randomizer(preset, strength, seed=4)
    rng = np.random.default_rng(0)
    points, masks = dots(rng)
    # A point in camera mm for each landmark: x = K X up to scale.
    rays = np.column_stack([points, np.ones(len(points))]) @ np.linalg.inv(K).T
    seen = Counter()
    for index in range(120):
        result = draw(image, masks, points, K, index)
        seen.update(names(result))
        assert result.image.dtype == np.float32
        assert result.masks.shape == (len(points), *result.image.shape)
        assert np.isfinite(result.image).all()
        is_piecewise = "piecewise-affine" in names(result)
        assert (result.K is None) == is_piecewise
        if result.K is not None:
            projected = rays @ result.K.T
            np.testing.assert_allclose(
                projected[:, :2] / projected[:, 2:], result.landmarks, atol=0.05
            )
        height, width = result.image.shape
        for (x, y), mask in zip(result.landmarks, result.masks, strict=True):
            if 4 < x < width - 5 and 4 < y < height - 5:
                rows, columns = np.nonzero(mask)
                off = np.hypot(columns.mean() - x, rows.mean() - y)
                assert off < (1.3 if is_piecewise else 0.8), (index, names(result))
    if (preset, strength) == ("paper", "strong"):
        assert {"affine", "piecewise-affine", "crop", "invert", "boxes", "pool"} <= set(seen)


@pytest.mark.parametrize("move", [affine, piecewise])
def test_the_image_itself_moves_as_its_landmarks_do(image, move):
    """A bright dot is found again where the map says, to a fraction of a pixel."""
    for index in range(40):
        rng = np.random.default_rng(index)
        x, y = rng.uniform(0.3 * SIZE, 0.7 * SIZE, 2)
        rows, columns = np.mgrid[0:SIZE, 0:SIZE]
        dot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 4).astype(np.float32)
        frame = Frame(dot, None, np.random.default_rng(1000 + index))
        move(frame)
        weights = frame.image * (frame.image > 0.05)
        centroid = [np.average(axis, weights=weights) for axis in (columns, rows)]
        np.testing.assert_allclose(frame.moved(np.array([[x, y]]))[0], centroid, atol=0.15)


def test_a_draw_depends_on_seed_and_index_alone(image):
    draw = Randomizer("paper", "strong", seed=3)
    first = draw(image, index=17)
    for index in range(5):
        draw(image, index=index)
    again = Randomizer("paper", "strong", seed=3)(image, np.zeros((1, SIZE, SIZE)), index=17)
    np.testing.assert_array_equal(first.image, again.image)
    assert first.record == again.record
    assert draw(image, index=18).record["operations"] != first.record["operations"]
    other = Randomizer("paper", "strong", seed=4)(image, index=17)
    assert other.record["operations"] != first.record["operations"]


def test_what_is_given_is_not_changed(image):
    before, masks = image.copy(), np.ones((2, SIZE, SIZE), bool)
    points = np.array([[5.0, 6.0]])
    for index in range(30):
        Randomizer("repository", "strong")(image, masks, points, K, index)
        Randomizer("paper", "strong")(image, masks, points, K, index)
    np.testing.assert_array_equal(image, before)
    assert masks.all()
    assert points.tolist() == [[5.0, 6.0]]


def test_regular_as_published(image):
    """Noise, gamma, then a crop of 90 %: figures of arXiv:2206.06127, section 5."""
    draw = Randomizer("paper", "regular")
    sigmas, powers, lefts = [], [], []
    for index in range(600):
        result = draw(image, index=index)
        noise, gamma, crop = result.record["operations"]
        assert names(result) == ["noise", "gamma", "crop"]
        assert result.image.shape == (144, 144)
        sigmas.append(noise["sigma"])
        powers.append(gamma["exponent"])
        lefts.append(crop["left"])
    assert stats.kstest(sigmas, stats.uniform(0.005, 0.095).cdf).pvalue > 0.001
    assert stats.kstest(powers, stats.uniform(0.7, 0.6).cdf).pvalue > 0.001
    assert min(lefts) == 0
    assert max(lefts) == 16


def test_strong_takes_up_to_two_of_the_eleven_in_any_order(image):
    draw = Randomizer("paper", "strong")
    assert len(PAPER_STRONG) == 11
    counts, pairs = Counter(), Counter()
    for index in range(900):
        chosen = names(draw(image, index=index))[2:-1]
        counts[len(chosen)] += 1
        pairs[tuple(chosen)] += len(chosen) == 2
    assert set(counts) == {0, 1, 2}
    assert min(counts.values()) > 240
    kinds = {name for pair in pairs for name in pair}
    # Sharpen and emboss are one operation of two kinds.
    assert len(kinds) == 12
    assert any(pair[::-1] in pairs and pair[0] != pair[-1] for pair in list(pairs) if pair)


def test_the_noise_has_the_recorded_size():
    for index in range(5):
        flat = np.full((SIZE, SIZE), 10, np.float32)
        flat[0, :2] = 0, 20
        frame = Frame(flat, None, np.random.default_rng(index))
        noise(frame, (0.005, 0.1))
        share = frame.operations[0]["sigma"]
        assert frame.image[1:].std() == pytest.approx(20 * share, rel=0.02)


def test_records_are_plain_json_and_enough(image):
    for index in range(60):
        for preset, strength in PRESETS:
            record = Randomizer(preset, strength, seed=1)(image, index=index).record
            assert json.loads(json.dumps(record)) == record


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"image": np.zeros((3, 4, 5))}, r"an image is \(h, w\)"),
        ({"image": np.zeros((4, 5)), "masks": np.zeros((2, 5, 4))}, "masks are"),
        ({"image": np.zeros((4, 5)), "masks": np.zeros((4, 5))}, r"masks are \(n, 4, 5\)"),
        ({"image": np.zeros((4, 5)), "K": np.eye(2)}, "K is"),
        ({"image": np.full((4, 5), np.nan)}, "not finite"),
        ({"image": np.zeros((4, 5)), "index": -1}, "index is 0 or more"),
        ({"image": np.zeros((4, 5)), "landmarks": np.zeros((2, 3))}, "landmarks are"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments, said):
    with pytest.raises(RandomizationError, match=said):
        Randomizer("paper", "regular")(**arguments)


@pytest.mark.parametrize(("preset", "strength"), [("mine", "strong"), ("paper", "weak")])
def test_an_unknown_preset_is_refused(preset, strength):
    with pytest.raises(RandomizationError, match="use"):
        Randomizer(preset, strength)
    with pytest.raises(RandomizationError, match="seed is 0 or more"):
        Randomizer("paper", "strong", -1)


def test_a_constant_and_a_tiny_image_pass(image):
    for index in range(80):
        for shape in ((16, 16), (40, 24)):
            result = Randomizer("paper", "strong")(np.full(shape, 3.0), index=index)
            assert np.isfinite(result.image).all()
            Randomizer("repository", "strong")(np.full(shape, 3.0), index=index)


def test_a_loader_imports_neither_qt_nor_vtk_nor_numba_nor_cupy():
    code = (
        "import sys, synthex_gui.randomization\n"
        "print(sorted(set(sys.modules) & {'PySide6', 'vtk', 'vtkmodules', 'numba', 'cupy'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
