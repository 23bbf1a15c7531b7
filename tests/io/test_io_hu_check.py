"""Numbers that are no Hounsfield units are said, with the probable cause, and mended by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from synthex_gui.io.volumes.hounsfield import HounsfieldStack
from synthex_gui.io.volumes.hu_check import HuSample, judged

SHAPE = (24, 56, 64)


def body(kind="trunk"):
    """HU of a body of fat, muscle and bone in air; of a lung, a crop within a body, a big bone."""
    _, j, i = np.meshgrid(*(np.linspace(-1, 1, n) for n in SHAPE), indexing="ij")
    rng = np.random.default_rng(4)
    hu = np.full(SHAPE, -1000.0)
    hu[i**2 / 0.7 + j**2 / 0.6 < 1] = -100
    hu[i**2 / 0.6 + j**2 / 0.5 < 1] = 50
    hu[(i - 0.3) ** 2 + (j - 0.1) ** 2 < 0.05] = 900
    hu[(i - 0.3) ** 2 + (j - 0.1) ** 2 < 0.02] = 300
    if kind == "lung":
        hu[(i / 0.6) ** 2 + (j / 0.5) ** 2 < 1] = -850
    if kind == "crop":
        hu = hu[:, 18:38, 20:44]
    return hu + rng.normal(0, 25, hu.shape)


def said(hu):
    sample = HuSample()
    for part in hu:
        sample.put(part)
    return judged(sample)


@pytest.mark.parametrize("kind", ["trunk", "lung", "crop"])
def test_a_ct_is_a_ct(kind):
    assert said(body(kind)) == ("", None)
    assert said(np.rint(body(kind))) == ("", None)


@pytest.mark.parametrize("kind", ["trunk", "lung"])
@pytest.mark.parametrize(
    ("wrong", "word", "mend"),
    [
        (lambda hu: hu + 1024, "not taken off", (1, -1024)),
        (lambda hu: hu - 1024, "twice", (1, 1024)),
        (lambda hu: hu / 1000, "thousands", (1000, 0)),
        (lambda hu: np.maximum(hu + 1000, 0) / 1000, "density", (1000, -1000)),
        (lambda hu: hu * 10, "tenths", (0.1, 0)),
    ],
)
def test_what_was_done_to_it_is_named_and_undone(kind, wrong, word, mend):
    hu = body("trunk") if kind == "trunk" else np.concatenate([body("trunk"), body("lung")])
    text, found = said(wrong(hu))
    assert word in text
    assert found is not None
    assert (found.slope, found.offset) == mend


def test_padding_does_not_hide_a_forgotten_offset():
    hu = body() + 1024
    hu[:, :6] = -2000
    text, mend = said(hu)
    assert "not taken off" in text
    assert mend.offset == -1024


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda hu: np.rint(np.clip((hu + 160) / 400, 0, 1) * 255), "8 bits"),
        (lambda hu: np.clip((hu + 1000) / 2500, 0, 1), "only"),
        (lambda hu: np.where(hu < -500, 0.0, hu), "masked with 0"),
        (
            lambda hu: np.where(hu > -500, np.abs(hu) * 3 + 200, np.abs(hu + 1000)),
            "another kind of image",
        ),
        (lambda hu: np.where(hu > -500, -5000 + hu, hu - 5000), "hardly a number"),
    ],
)
def test_what_cannot_be_mended_is_said(make, word):
    text, mend = said(make(body()))
    assert word in text
    assert mend is None


def test_a_mend_is_put_upon_what_is_read():
    hu = np.rint(body()).astype(np.int16)
    stack = HounsfieldStack(Path("x"), SHAPE, (1.0, 1024.0))
    for n, part in enumerate(hu - 1024):
        stack.put(n, part)
    np.testing.assert_array_equal(stack.values, np.maximum(hu, -1024))
    assert stack.warnings() == ()
    assert stack.mend is None
    stack = HounsfieldStack(Path("x"), SHAPE, (2.0, 10.0))
    stack.put(0, hu[0], 3.0, -5.0)
    np.testing.assert_array_equal(stack.values[0], np.clip(6 * hu[0] + 0, -1024, 32767))


@pytest.mark.data
def test_real_cts_are_cts(data_folder):
    from synthex_gui.io.volumes.door import read_volume

    paths = [p for p in (data_folder / "ct").iterdir() if p.suffix != ".csv" and "_" in p.name]
    plain = [p for p in paths if not any(w in p.name for w in ("seg", "gtv", "vert", "subreg"))]
    assert len(plain) > 6
    for path in plain:
        hu = read_volume(path).volume.values.astype(np.float32)
        assert said(hu) == ("", None), path.name
        if "skull" not in path.name and "crop" not in path.name:
            assert said(hu + 1024)[1].offset == -1024, path.name
            assert said(hu - 1024)[1].offset == 1024, path.name
