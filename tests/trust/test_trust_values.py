"""Files that are no plain CT: odd values are said and stay finite in the image, others named."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pydicom
import pytest
from pydicom.fileset import FileSet

from synthex_gui.core.errors import SynthexError
from synthex_gui.io.child.pool import ReaderPool
from synthex_gui.io.errors import SeriesChoiceError
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.devices import device_by_id
from synthex_gui.scene.edits import new_carm
from synthex_gui.scene.model import Scene
from tests.io.dicom_writer import ct_slice, series

LEVELS = ("naive", "heuristic", "realistic")


@pytest.fixture(scope="module")
def pool():
    pool = ReaderPool()
    pool.warm_up()
    yield pool
    pool.close()


def ct(kind=np.float32):
    """A ball of water with bone in it, 2 mm voxels, (24, 24, 24)."""
    axis = np.arange(24) - 11.5
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    radius = np.sqrt(x**2 + y**2 + z**2)
    values = np.where(radius < 10, np.where(radius < 4, 900.0, 20.0), -1000.0)
    return values.astype(kind)


def planted(values, place, what):
    found = values.copy()
    found[place] = what
    return found


PART = (slice(2, 5), slice(2, 5), slice(2, 5))
# How the values are wrong -> the array, a word of what is said of it.
ODD = {
    "uint8": (np.clip((ct() + 1000) / 8, 0, 255).astype(np.uint8), "Hounsfield"),
    "uint16 with an offset": ((ct() + 1024).astype(np.uint16), "offset of 1024"),
    "NaN": (planted(ct(), PART, np.nan), "not a number"),
    "infinity": (planted(ct(), PART, np.inf), "infinite"),
    "minus infinity": (planted(ct(), PART, -np.inf), "infinite"),
    "padding": (planted(ct(np.int16), PART, -2000), ""),
    "constant": (np.full((24, 24, 24), 40, np.int16), "same value"),
    "huge": (planted(ct(), PART, 1e30), "32767"),
}


@pytest.mark.trust("I6")
@pytest.mark.parametrize("name", ODD)
def test_odd_values_are_said_and_every_pixel_is_a_number(pool, tmp_path, name):
    values, word = ODD[name]
    path = tmp_path / "odd.nii.gz"
    affine = np.diag([-2.0, -2.0, 2.0, 1.0])
    affine[:3, 3] = [23.0, 23.0, -23.0]
    nib.save(nib.Nifti1Image(values.T, affine), path)
    loaded = pool.load("volume", path)
    said = " ".join(loaded.warnings)
    assert word in said
    assert word == "" or said
    renderer = Renderer(CpuBackend(1), 1)
    renderer.set_assets(SceneAssets(ct=loaded.volume))
    carm = new_carm(device_by_id("cios-fusion"), [0.0, 0.0, 0.0])
    for level in LEVELS:
        image = renderer.render(Scene(level=level, carm=carm), size=48)
        assert np.isfinite(image.signal).all()
        assert (image.signal >= 0).all()
        assert image.signal.max() > 0
        if image.line_integral is not None:
            assert np.isfinite(image.line_integral).all()
            assert (image.line_integral >= 0).all()
    renderer.backend.close()


@pytest.mark.trust("I3")
def test_a_disc_of_many_patients_is_a_choice(pool, tmp_path):
    made = FileSet()
    for number in range(4):
        for index in range(3):
            path = tmp_path / f"{number}{index}.dcm"
            changes = {
                "PatientID": f"P{number}",
                "PatientName": f"Doe^{number}",
                "StudyInstanceUID": f"1.2.3.{number + 1}",
                "StudyDate": "20200101",
                "StudyTime": "120000",
                "StudyID": "1",
                "SeriesNumber": 1,
            }
            ct_slice(path, (0, 0, index * 1.5), index + 1, f"1.2.3.{number + 1}.9", **changes)
            made.add(pydicom.dcmread(path))
    made.write(tmp_path / "disc")
    assert (tmp_path / "disc" / "DICOMDIR").is_file()
    with pytest.raises(SeriesChoiceError) as caught:
        pool.load("volume", tmp_path / "disc")
    assert len(caught.value.series) == 4
    assert "Doe" not in str(caught.value)


@pytest.mark.trust("I3")
@pytest.mark.parametrize("name", ["mesh.stl", "text.txt", "table.csv", "project.synthex", "a.npz"])
def test_other_files_of_ours_are_no_ct(pool, tmp_path, name):
    path = tmp_path / name
    texts = {
        "mesh.stl": "solid x\nendsolid x\n",
        "text.txt": "hello\n",
        "table.csv": "id,name\n1,a",
    }
    if name == "a.npz":
        np.savez(path, ct=np.zeros((4, 4, 4)))
    else:
        path.write_text(texts.get(name, '{"format": "synthex-project", "version": 1}'))
    with pytest.raises(SynthexError, match=f"{name}: ") as caught:
        pool.load("volume", path)
    assert "\n" not in str(caught.value)


@pytest.mark.trust("I3")
def test_a_bad_file_among_good_ones_is_named(pool, tmp_path):
    series(tmp_path / "ct")
    (tmp_path / "ct" / "000_9.dcm").write_bytes(bytes(128) + b"DICM" + b"\xff" * 300)
    try:
        said = " ".join(pool.load("volume", tmp_path / "ct").warnings)
    except SynthexError as error:
        said = str(error)
    assert "000_9.dcm" in said
