"""DICOM series: order, faults that bare libraries stack in silence, and what is no CT."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_writer import COLUMNS, ROWS, SPACING_MM, ct_slice, enhanced, scene, series

from synthex_gui.geometry.arrays import Volume
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.io.errors import InputError, SeriesChoiceError
from synthex_gui.io.volumes.dicom.scan import list_series
from synthex_gui.io.volumes.door import read_volume


def worst_error(volume: Volume) -> float:
    """Largest difference to the scene in HU, over voxels that no border has touched."""
    values = volume.values
    k, j, i = np.meshgrid(*(np.arange(n) for n in values.shape), indexing="ij")
    points = transform_points(
        volume.grid.world_from_voxel, np.stack([i, j, k], axis=-1).reshape(-1, 3)
    ).reshape(*values.shape, 3)
    expected = scene(points)
    inside = values > -1024
    # A plane moved by a fraction mixes its outermost pixels with the air beside them.
    inside[:, 1:, :] &= inside[:, :-1, :]
    inside[:, :-1, :] &= inside[:, 1:, :]
    inside[:, :, 1:] &= inside[:, :, :-1]
    inside[:, :, :-1] &= inside[:, :, 1:]
    edge = np.zeros_like(inside)
    edge[:, 2:-2, 2:-2] = True
    assert (inside & edge).sum() > 1000
    return float(np.abs(values - expected)[inside & edge].max())


OBLIQUE = (0.8, 0.6, 0, -0.48, 0.64, 0.6)
CORONAL = (1, 0, 0, 0, 0, -1)


@pytest.mark.trust("I5")
@pytest.mark.parametrize("orientation", [(1, 0, 0, 0, 1, 0), OBLIQUE, CORONAL])
def test_shuffled_names_are_ordered_in_space(
    tmp_path: Path, orientation: tuple[float, ...]
) -> None:
    series(tmp_path / "ct", orientation=orientation)
    loaded = read_volume(tmp_path / "ct")
    assert loaded.warnings == ()
    assert loaded.volume.values.shape == (12, ROWS, COLUMNS)
    assert worst_error(loaded.volume) <= 1.01
    np.testing.assert_allclose(loaded.volume.grid.spacing_mm, [0.7, 0.9, SPACING_MM], rtol=1e-5)


@pytest.mark.trust("I5")
def test_a_missing_slice_is_filled_in_place(tmp_path: Path) -> None:
    heights = np.delete(np.arange(12) * SPACING_MM, [5, 6])
    series(tmp_path / "ct", heights)
    loaded = read_volume(tmp_path / "ct")
    assert "2 slices are missing" in loaded.warnings[0]
    assert loaded.volume.values.shape[0] == 12
    assert worst_error(loaded.volume) <= 1.01


@pytest.mark.trust("I5")
def test_varying_distance_is_resampled(tmp_path: Path) -> None:
    heights = np.concatenate([np.arange(6) * 1.5, 7.5 + np.arange(1, 6) * 2.4])
    series(tmp_path / "ct", heights)
    loaded = read_volume(tmp_path / "ct")
    assert "vary from 1.50 to 2.40 mm" in loaded.warnings[0]
    assert loaded.volume.grid.spacing_mm[2] == pytest.approx(1.5)
    assert worst_error(loaded.volume) <= 1.01


@pytest.mark.trust("I5")
@pytest.mark.parametrize("tilt_deg", [-15.0, 8.0])
def test_gantry_tilt_is_resampled_in_true_geometry(tmp_path: Path, tilt_deg: float) -> None:
    series(tmp_path / "ct", shear=(0.0, np.tan(np.radians(tilt_deg))))
    loaded = read_volume(tmp_path / "ct")
    assert f"tilt of {abs(tilt_deg):.1f} degrees" in loaded.warnings[0]
    assert worst_error(loaded.volume) <= 1.5
    matrix = loaded.volume.grid.world_from_voxel[:3, :3]
    directions = matrix / np.linalg.norm(matrix, axis=0)
    np.testing.assert_allclose(directions.T @ directions, np.eye(3), atol=1e-6)


@pytest.mark.trust("I5")
def test_a_duplicate_is_dropped(tmp_path: Path) -> None:
    heights = np.sort(np.append(np.arange(12) * SPACING_MM, 4 * SPACING_MM))
    series(tmp_path / "ct", heights)
    loaded = read_volume(tmp_path / "ct")
    assert "1 slices repeat a position" in loaded.warnings[0]
    assert loaded.volume.values.shape[0] == 12
    assert worst_error(loaded.volume) <= 1.01


def test_time_points_are_refused(tmp_path: Path) -> None:
    series(tmp_path / "ct", np.repeat(np.arange(6) * SPACING_MM, 3))
    with pytest.raises(InputError, match="3 images at every position"):
        read_volume(tmp_path / "ct")


@pytest.mark.trust("I3")
def test_two_series_are_a_choice(tmp_path: Path) -> None:
    series(tmp_path / "ct")
    series(tmp_path / "ct", np.arange(5) * 3.0, uid="1.2.3.5")
    with pytest.raises(SeriesChoiceError, match="2 CT series") as caught:
        read_volume(tmp_path / "ct")
    assert [(item.uid, item.slices) for item in caught.value.series] == [
        ("1.2.3.4", 12),
        ("1.2.3.5", 5),
    ]
    assert read_volume(tmp_path / "ct", "1.2.3.5").volume.values.shape[0] == 5
    with pytest.raises(InputError, match="no series 9"):
        read_volume(tmp_path / "ct", "9")


def test_localizer_and_odd_slice_in_the_same_series(tmp_path: Path) -> None:
    series(tmp_path / "ct")
    ct_slice(
        tmp_path / "ct" / "scout.dcm",
        (0, 0, 0),
        99,
        "1.2.3.4",
        CORONAL,
        ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
    )
    small = np.zeros((10, 10))
    ct_slice(tmp_path / "ct" / "odd.dcm", (0, 0, 0), 98, "1.2.3.4", values=small)
    infos = list_series(tmp_path / "ct")
    assert [info.problem == "" for info in infos] == [True, False, False]
    assert len({info.uid for info in infos}) == 3
    assert worst_error(read_volume(tmp_path / "ct").volume) <= 1.01


@pytest.mark.trust("I5")
def test_multi_frame(tmp_path: Path) -> None:
    enhanced(tmp_path / "mf.dcm")
    loaded = read_volume(tmp_path / "mf.dcm")
    assert loaded.volume.values.shape == (10, ROWS, COLUMNS)
    assert loaded.warnings == ()
    # Every other frame is stored in steps of 2 HU.
    assert worst_error(loaded.volume) <= 1.5


def test_per_slice_rescale_and_padding(tmp_path: Path) -> None:
    folder = tmp_path / "ct"
    folder.mkdir()
    for n in range(6):
        hu = scene(np.zeros((ROWS, COLUMNS, 3)) + [0, 0, n * 2.0])
        hu[0, 0] = -2000
        ct_slice(
            folder / f"{n}.dcm",
            (0, 0, n * 2.0),
            n,
            "1.5",
            slope=1 + n / 4,
            intercept=-100 * n,
            values=hu,
        )
    loaded = read_volume(folder)
    got = loaded.volume.values
    assert (got[:, 0, 0] == -1024).all()
    np.testing.assert_allclose(
        got[:, 5, 5], [scene(np.array([0, 0, 2.0 * n])) for n in range(6)], atol=2
    )


def test_declared_padding_becomes_air(tmp_path: Path) -> None:
    series(tmp_path / "ct", np.arange(4) * 2.0)
    for path in (tmp_path / "ct").iterdir():
        item = pydicom.dcmread(path)
        stored = item.pixel_array.copy()
        stored[:3] = 30000
        item.PixelData = stored.tobytes()
        item.add_new("PixelPaddingValue", "SS", 30000)
        item.save_as(path)
    loaded = read_volume(tmp_path / "ct")
    assert (loaded.volume.values[:, :3] == -1024).all()
    assert loaded.warnings == ()


def test_missing_rescale_warns(tmp_path: Path) -> None:
    series(tmp_path / "ct", intercept=0.0, RescaleSlope=None, RescaleIntercept=None)
    loaded = read_volume(tmp_path / "ct")
    assert any("no rescale slope" in text for text in loaded.warnings)
    assert worst_error(loaded.volume) <= 1.01


@pytest.mark.trust("I3")
@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"Modality": "MR"}, "magnetic resonance"),
        ({"Modality": "US"}, "ultrasound"),
        ({"Modality": "SEG"}, "segmentation"),
        ({"Modality": "RTDOSE"}, "radiotherapy dose"),
        ({"Modality": "XY"}, "of modality 'XY'"),
        ({"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}, "localizer"),
        ({"ImagePositionPatient": None}, "without position"),
        ({"ImageOrientationPatient": None}, "without position or orientation"),
        ({"PixelSpacing": None}, "without pixel spacing"),
        ({"SamplesPerPixel": 3}, "colour"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "not a rotation"),
    ],
)
def test_what_is_no_ct_is_named(tmp_path: Path, changes: dict[str, object], word: str) -> None:
    series(tmp_path / "ct", **changes)
    with pytest.raises(InputError, match=word) as caught:
        read_volume(tmp_path / "ct")
    assert "Secret" not in str(caught.value)


@pytest.mark.trust("I3", tried=2)
def test_single_slice_and_empty_folder(tmp_path: Path) -> None:
    ct_slice(tmp_path / "one.dcm", (0, 0, 0), 1, "1.2")
    with pytest.raises(InputError, match="single slice"):
        read_volume(tmp_path / "one.dcm")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "note.txt").write_text("hello")
    with pytest.raises(InputError, match="no DICOM"):
        read_volume(tmp_path / "empty")


@pytest.mark.trust("I1")
@pytest.mark.parametrize("cut", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_a_cut_slice_is_never_dropped_silently(tmp_path: Path, cut: float) -> None:
    series(tmp_path / "ct")
    victim = sorted((tmp_path / "ct").iterdir())[5]
    data = victim.read_bytes()
    victim.write_bytes(data[: int(len(data) * cut)])
    try:
        loaded = read_volume(tmp_path / "ct")
    except InputError as error:
        assert victim.name in str(error)  # noqa: PT017
        return
    assert any("missing" in text for text in loaded.warnings)
    assert worst_error(loaded.volume) <= 1.01


def test_compressed_slices(tmp_path: Path) -> None:
    """JPEG 2000 by pydicom's plug-in, lossless JPEG by GDCM, RLE: the same values."""
    series(tmp_path / "plain")
    expected = read_volume(tmp_path / "plain").volume.values
    for name, kind in (("j2k", "JPEG2000"), ("jpeg", "JPEG")):
        folder = tmp_path / name
        folder.mkdir()
        for path in (tmp_path / "plain").iterdir():
            whole = sitk.ReadImage(str(path))
            image = sitk.Cast(whole, sitk.sitkInt16)
            for key in whole.GetMetaDataKeys():
                image.SetMetaData(key, whole.GetMetaData(key))
            writer = sitk.ImageFileWriter()
            writer.KeepOriginalImageUIDOn()
            writer.SetFileName(str(folder / path.name))
            writer.SetUseCompression(True)
            writer.SetCompressor(kind)
            writer.SetImageIO("GDCMImageIO")
            writer.Execute(image)
        syntax = {
            str(pydicom.dcmread(path).file_meta.TransferSyntaxUID) for path in folder.iterdir()
        }
        assert syntax != {"1.2.840.10008.1.2.1"}
        loaded = read_volume(folder)
        np.testing.assert_array_equal(loaded.volume.values, expected)
    rle = tmp_path / "rle"
    rle.mkdir()
    for path in (tmp_path / "plain").iterdir():
        item = pydicom.dcmread(path)
        item.compress(pydicom.uid.RLELossless)
        item.save_as(rle / path.name)
    np.testing.assert_array_equal(read_volume(rle).volume.values, expected)


@pytest.mark.data
def test_real_series(data: Path) -> None:
    dicom = read_volume(data / "dicom" / "hip_sts044")
    other = read_volume(data / "ct" / "hip_sts044.mha")
    np.testing.assert_array_equal(dicom.volume.values, other.volume.values)
    ours, theirs = dicom.volume.grid.corners_mm(), other.volume.grid.corners_mm()
    np.testing.assert_allclose(ours, theirs, atol=1e-3)
    assert dicom.warnings == ()
    with pytest.raises(InputError, match="structure set"):
        read_volume(data / "dicom" / "hip_sts044_rtstruct.dcm")


@pytest.mark.data
def test_real_tilted_head(data: Path) -> None:
    loaded = read_volume(data / "dicom" / "head_ge_tilt_varspacing")
    assert any("vary from" in text for text in loaded.warnings)
    assert any("tilt of 18.5 degrees" in text for text in loaded.warnings)
    assert loaded.volume.values.min() == -1024
    # Where a slice lies, its own voxels are found again.
    path = data / "dicom" / "head_ge_tilt_varspacing" / "11.dcm"
    image = sitk.ReadImage(str(path))
    voxel_from_world = np.linalg.inv(loaded.volume.grid.world_from_voxel)
    errors = []
    for row, column in [(200, 256), (256, 256), (300, 200), (256, 330)]:
        world = image.TransformIndexToPhysicalPoint((column, row, 0))
        i, j, k = transform_points(voxel_from_world, [world])[0]
        nearest = loaded.volume.values[round(k), round(j), round(i)]
        errors.append(abs(float(nearest) - image[column, row, 0]))
    assert np.median(errors) < 60
