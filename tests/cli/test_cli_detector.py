"""``synthex render``: detector, grid, exposure control and looks."""

import json

import nibabel as nib
import numpy as np
import pytest
import tifffile
from PIL import Image

from synthex_gui.cli.main import main


@pytest.fixture(scope="module")
def slab(tmp_path_factory):
    """20 cm of water, 80 cm wide, its exit face 10 cm before a detector 1 m from the source; and a
    camera whose detector is 30 cm wide."""
    folder = tmp_path_factory.mktemp("slab")
    values = np.full((40, 60, 40), -1000, np.int16)
    values[:, 10:50] = 0
    lps = np.diag([20.0, 5.0, 20.0, 1.0])
    lps[:3, 3] = [-390.0, 900.0 - 50 * 5.0 + 2.5, -390.0]
    nib.save(nib.Nifti1Image(values, np.diag([-1.0, -1.0, 1.0, 1.0]) @ lps), folder / "ct.nii.gz")
    focal = 1000.0 / (300.0 / 64)
    camera = {
        "K": [[focal, 0, 31.5], [0, focal, 31.5], [0, 0, 1]],
        "R": [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
        "t": [0, 0, 0],
        "width": 64,
        "height": 64,
        "sdd_mm": 1000,
    }
    (folder / "camera.json").write_text(json.dumps(camera))
    return folder


def render(slab, *options, out="out.tif"):
    file = slab / out
    arguments = ["--ct", str(slab / "ct.nii.gz"), "--camera", str(slab / "camera.json")]
    code = main(["render", *arguments, *options, "--out", str(file)])
    assert code == 0
    return file, json.loads((slab / f"{out}.json").read_text())


IDEAL = ("--kvp", "80", "--filter", "Al=3", "--detector", "ideal-energy", "--no-noise")


def test_a_slabs_transmission_and_scatter(slab):
    primary = tifffile.imread(render(slab, *IDEAL, "--no-scatter")[0])
    both = tifffile.imread(render(slab, *IDEAL)[0])
    middle = slice(19, 45)
    # xraylib and SpekPy; own Monte Carlo.
    assert primary[32, 32] == pytest.approx(9.668e-3, rel=0.01)
    ratio = both[middle, middle].mean() / primary[middle, middle].mean() - 1
    assert ratio == pytest.approx(2.45, rel=0.15)


def test_everything_asked_for_is_recorded(slab):
    _, record = render(
        slab, "--detector", "csi:mtf_h_mm2=0.5,bit_depth=14", "--no-scatter", "--grid",
        "ratio=12,focus-mm=900", "--exposure-control",
    )  # fmt: skip
    assert record["detector"]["mtf_h_mm2"] == 0.5
    assert record["detector"]["bit_depth"] == 14
    assert record["detector"]["scatter"] is False
    assert record["grid"]["is_in"] is True
    assert record["grid"]["focus_mm"] == 900
    assert 1 < record["mas"] < 20


@pytest.mark.parametrize("look", ["raw", "log", "clinical"])
def test_a_look_is_a_picture_with_its_numbers(slab, look):
    file, record = render(slab, "--look", look, out=f"{look}.png")
    with Image.open(file) as picture:
        assert picture.size == (64, 64)
        assert picture.mode == "L"
    assert record["display"]["look"] == look


@pytest.mark.parametrize(
    "options",
    [
        ("--detector", "film"),
        ("--detector", "csi:lag=2"),
        ("--detector", "csi:colour=red"),
        ("--detector", "csi:mtf_h_mm2"),
        ("--grid", "ratio=1"),
        ("--look", "clinical", "--window", "1,2"),
        ("--look", "log", "--quantity", "line-integral"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(slab, options, capsys):
    arguments = ["--camera", str(slab / "camera.json"), "--out", str(slab / "no.png")]
    code = main(["render", "--ct", str(slab / "ct.nii.gz"), *arguments, *options])
    assert code in (1, 2)
    error = capsys.readouterr().err.strip()
    assert "\n" not in error
    assert options[0] in error
