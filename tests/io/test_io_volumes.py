"""Round trips: geometry and voxels against ITK and nibabel, in every format."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk

from synthex_gui.geometry.transforms import transform_points
from synthex_gui.io.errors import InputError
from synthex_gui.io.volumes.door import LoadedVolume, read_volume

FORMATS = [".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"]
PERMUTED = (0, 0, -1, 1, 0, 0, 0, -1, 0)
LEFT_HANDED = (1, 0, 0, 0, -1, 0, 0, 0, 1)


def assert_same(loaded: LoadedVolume, image: sitk.Image, tolerance_mm: float = 1e-3) -> None:
    np.testing.assert_array_equal(loaded.volume.values, sitk.GetArrayFromImage(image))
    assert loaded.volume.values.flags.c_contiguous
    for index in [(0, 0, 0), (6, 0, 0), (0, 7, 0), (0, 0, 8), (6, 7, 8)]:
        expected = image.TransformIndexToPhysicalPoint(index)
        got = transform_points(loaded.volume.grid.world_from_voxel, [index])[0]
        assert np.abs(got - expected).max() < tolerance_mm


@pytest.mark.trust("I5", "I9")
@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("compress", [False, True])
def test_oblique_round_trip(
    tmp_path: Path, oblique_image: sitk.Image, ending: str, compress: bool
) -> None:
    path = tmp_path / f"scan é 1{ending}"
    sitk.WriteImage(oblique_image, str(path), useCompression=compress)
    loaded = read_volume(path)
    assert_same(loaded, oblique_image)
    assert loaded.warnings == ()
    assert loaded.name == "scan é 1"


@pytest.mark.trust("I5")
@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("direction", [PERMUTED, LEFT_HANDED])
def test_permuted_and_left_handed(
    tmp_path: Path, oblique_image: sitk.Image, ending: str, direction: tuple[float, ...]
) -> None:
    oblique_image.SetDirection(direction)
    path = tmp_path / f"ct{ending}"
    sitk.WriteImage(oblique_image, str(path))
    assert_same(read_volume(path), oblique_image)


@pytest.mark.trust("I5")
def test_sheared_sform_is_kept(tmp_path: Path, ct_values: np.ndarray) -> None:
    ras = np.array([[1.5, 0, 0, 10], [0, 1.9, 0.6, -20], [0, 0, 2.5, 30], [0, 0, 0, 1.0]])
    image = nib.Nifti1Image(ct_values.T, ras)
    image.header.set_xyzt_units("mm")
    nib.save(image, tmp_path / "tilted.nii.gz")
    loaded = read_volume(tmp_path / "tilted.nii.gz")
    expected = np.diag([-1, -1, 1, 1]) @ ras
    np.testing.assert_allclose(loaded.volume.grid.world_from_voxel, expected, atol=1e-5)
    np.testing.assert_array_equal(loaded.volume.values, ct_values)


@pytest.mark.trust("I5")
def test_nrrd_in_ras_becomes_lps(tmp_path: Path, ct_values: np.ndarray) -> None:
    header = (
        "NRRD0004\ntype: int16\ndimension: 3\nspace: right-anterior-superior\nsizes: 7 8 9\n"
        "space directions: (1.5,0,0) (0,1.9,0.3) (0,0,2.5)\nkinds: domain domain domain\n"
        "endian: little\nencoding: raw\nspace origin: (10,20,30)\n\n"
    )
    (tmp_path / "ras.nrrd").write_bytes(header.encode() + ct_values.tobytes())
    loaded = read_volume(tmp_path / "ras.nrrd")
    expected = [[-1.5, 0, 0, -10], [0, -1.9, 0, -20], [0, 0.3, 2.5, 30], [0, 0, 0, 1]]
    np.testing.assert_allclose(loaded.volume.grid.world_from_voxel, expected)


@pytest.mark.parametrize(
    "space", ["LPS", "left-posterior-superior", "LAS", "left-anterior-superior"]
)
def test_nrrd_spaces_agree_with_letters(tmp_path: Path, ct_values: np.ndarray, space: str) -> None:
    header = (
        f"NRRD0004\ntype: short\ndimension: 3\nspace: {space}\nsizes: 7 8 9\n"
        "space directions: (1,0,0) (0,2,0) (0,0,3)\nendian: big\nencoding: raw\n"
        "space origin: (1,2,3)\n\n"
    )
    (tmp_path / "a.nrrd").write_bytes(header.encode() + ct_values.astype(">i2").tobytes())
    loaded = read_volume(tmp_path / "a.nrrd")
    sign = -1 if "A" in space or "anterior" in space else 1
    np.testing.assert_allclose(np.diag(loaded.volume.grid.world_from_voxel), [1, 2 * sign, 3, 1])
    assert loaded.volume.grid.world_from_voxel[1, 3] == 2 * sign
    np.testing.assert_array_equal(loaded.volume.values, ct_values)


@pytest.mark.parametrize(("unit", "scale"), [("meter", 1e-3), ("mm", 1.0), ("micron", 1e3)])
def test_nifti_units(tmp_path: Path, ct_values: np.ndarray, unit: str, scale: float) -> None:
    ras = np.diag([1.5 * scale, 1.9 * scale, 2.5 * scale, 1])
    image = nib.Nifti1Image(ct_values.T, ras)
    image.header.set_xyzt_units(unit)
    nib.save(image, tmp_path / "u.nii")
    got = read_volume(tmp_path / "u.nii").volume.grid.spacing_mm
    np.testing.assert_allclose(got, [1.5, 1.9, 2.5], rtol=1e-5)


@pytest.mark.parametrize(
    ("slope", "inter", "expected"),
    [(1.0, -1024.0, "shift"), (0.0, 5000.0, "none"), (2.0, 10.0, "both"), (np.nan, 7.0, "none")],
)
def test_nifti_scaling(tmp_path: Path, slope: float, inter: float, expected: str) -> None:
    stored = (np.arange(5 * 6 * 7, dtype=np.int16) - 100).reshape(5, 6, 7)
    image = nib.Nifti1Image(stored.T, np.eye(4))
    nib.save(image, tmp_path / "s.nii")
    data = bytearray((tmp_path / "s.nii").read_bytes())
    data[112:120] = np.array([slope, inter], "<f4").tobytes()
    (tmp_path / "s.nii").write_bytes(data)
    wanted = {
        "shift": stored.astype(int) - 1024,
        "none": stored,
        "both": stored.astype(int) * 2 + 10,
    }[expected]
    got = read_volume(tmp_path / "s.nii").volume.values
    np.testing.assert_array_equal(got, np.clip(wanted, -1024, None))


def test_nifti_big_endian_and_version_2(tmp_path: Path, ct_values: np.ndarray) -> None:
    affine = np.diag([1.0, 2.0, 3.0, 1.0])
    big = nib.Nifti1Image(ct_values.T, affine, nib.Nifti1Header(endianness=">"))
    nib.save(big, tmp_path / "big.nii")
    nib.save(nib.Nifti2Image(ct_values.T, affine), tmp_path / "two.nii.gz")
    for name in ("big.nii", "two.nii.gz"):
        loaded = read_volume(tmp_path / name)
        np.testing.assert_array_equal(loaded.volume.values, ct_values)
        np.testing.assert_allclose(loaded.volume.grid.spacing_mm, [1, 2, 3])


def test_nifti_without_orientation_warns(tmp_path: Path, ct_values: np.ndarray) -> None:
    image = nib.Nifti1Image(ct_values.T, np.diag([2.0, 2, 3, 1]))
    nib.save(image, tmp_path / "n.nii")
    data = bytearray((tmp_path / "n.nii").read_bytes())
    data[252:256] = bytes(4)
    (tmp_path / "n.nii").write_bytes(data)
    loaded = read_volume(tmp_path / "n.nii")
    assert any("no orientation" in text for text in loaded.warnings)
    np.testing.assert_allclose(loaded.volume.grid.spacing_mm, [2, 2, 3])


def test_nifti_sform_wins_over_qform_with_a_warning(tmp_path: Path, ct_values: np.ndarray) -> None:
    image = nib.Nifti1Image(ct_values.T, np.diag([2.0, 2, 3, 1]))
    image.set_qform(np.array([[0, -2.0, 0, 5], [2, 0, 0, 6], [0, 0, 3, 7], [0, 0, 0, 1]]), code=1)
    nib.save(image, tmp_path / "q.nii")
    loaded = read_volume(tmp_path / "q.nii")
    assert any("differ" in text for text in loaded.warnings)
    np.testing.assert_allclose(loaded.volume.grid.world_from_voxel, np.diag([-2, -2, 3, 1.0]))


@pytest.mark.trust("I6")
def test_hounsfield_rules(tmp_path: Path) -> None:
    values = np.zeros((4, 5, 6), np.float32)
    values.ravel()[:6] = [-2000, -2048, np.nan, np.inf, 40000, -3.6]
    image = nib.Nifti1Image(values.T, np.eye(4) * 3)
    nib.save(image, tmp_path / "f.nii")
    loaded = read_volume(tmp_path / "f.nii")
    assert loaded.volume.values.dtype == np.int16
    assert loaded.volume.values.ravel()[:6].tolist() == [-1024, -1024, -1024, 32767, 32767, -4]
    text = " ".join(loaded.warnings)
    assert "1 voxels are not a number" in text
    assert "1 voxels are infinite" in text
    assert "above 32767" in text


@pytest.mark.trust("I6")
@pytest.mark.parametrize(
    ("values", "word"),
    [
        (np.full((4, 5, 6), 7, np.int16), "same value"),
        (np.arange(120, dtype=np.uint16).reshape(4, 5, 6) * 10, "offset of 1024"),
        (np.linspace(0, 1, 120, dtype=np.float32).reshape(4, 5, 6), "not Hounsfield"),
    ],
)
def test_suspicious_values_warn(tmp_path: Path, values: np.ndarray, word: str) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(values), str(tmp_path / "w.mha"))
    assert any(word in text for text in read_volume(tmp_path / "w.mha").warnings)


def test_nothing_finite_is_refused(tmp_path: Path) -> None:
    nib.save(nib.Nifti1Image(np.full((4, 5, 6), np.nan, np.float32), np.eye(4)), tmp_path / "x.nii")
    with pytest.raises(InputError, match="no finite number"):
        read_volume(tmp_path / "x.nii")


@pytest.mark.trust("I3", tried=11)
def test_wrong_images_are_refused_by_name(tmp_path: Path) -> None:
    def itk(name: str, image: sitk.Image) -> Path:
        sitk.WriteImage(image, str(tmp_path / name))
        return tmp_path / name

    flat = itk("flat.mha", sitk.Image(20, 20, sitk.sitkInt16))
    single = itk("single.nii", sitk.Image(20, 20, 1, sitk.sitkInt16))
    four = itk("four.nii.gz", sitk.Image([6, 6, 6, 4], sitk.sitkInt16))
    rgb = itk("rgb.nii", sitk.Image([6, 6, 6], sitk.sitkVectorUInt8, 3))
    vector = itk("vector.mha", sitk.Image([6, 6, 6], sitk.sitkVectorFloat32, 3))
    complex_path = tmp_path / "complex.nii"
    nib.save(nib.Nifti1Image(np.ones((4, 4, 4), np.complex64), np.eye(4)), complex_path)
    picture = itk("picture.png", sitk.Image(20, 20, sitk.sitkUInt8))
    (tmp_path / "t.nii.gz").write_text("not an image at all")
    (tmp_path / "z.nii").write_bytes(b"PK\x03\x04" + bytes(600))
    (tmp_path / "e.nrrd").write_bytes(b"")
    for path, word in [
        (flat, "2-dimensional"),
        (single, "single slice"),
        (four, "4-dimensional"),
        (rgb, "colour|dimensional"),
        (vector, "colour or vector"),
        (complex_path, "complex"),
        (picture, "PNG picture"),
        (tmp_path / "t.nii.gz", "not an image"),
        (tmp_path / "z.nii", "zip archive"),
        (tmp_path / "e.nrrd", "empty"),
        (tmp_path / "absent.nii", "does not exist"),
    ]:
        with pytest.raises(InputError, match=word) as caught:
            read_volume(path)
        assert path.name in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.data
def test_real_cts(data: Path) -> None:
    for name in ("abdpelvis_hipnail_3mm.nii.gz", "lumbar_crop_oblique.nii.gz", "hip_sts044.mha"):
        image = sitk.ReadImage(str(data / "ct" / name))
        loaded = read_volume(data / "ct" / name)
        expected = np.clip(sitk.GetArrayFromImage(image), -1024, 32767)
        np.testing.assert_array_equal(loaded.volume.values, expected)
        for index in [(0, 0, 0), (70, 40, 50)]:
            got = transform_points(loaded.volume.grid.world_from_voxel, [index])[0]
            assert np.abs(got - image.TransformIndexToPhysicalPoint(index)).max() < 1e-3


def quaternion_file(path: Path, qfac: float, quaternion: tuple[float, float, float]) -> None:
    values = np.arange(4 * 5 * 6, dtype=np.int16).reshape(6, 5, 4) - 500
    image = nib.Nifti1Image(values, None)
    header = image.header
    header["qform_code"], header["sform_code"], header["vox_offset"] = 1, 0, 352
    header["pixdim"][:4] = [qfac, 2.0, 3.0, 4.0]
    for axis, value in zip("bcd", quaternion, strict=True):
        header[f"quatern_{axis}"] = value
    header["qoffset_x"], header["qoffset_y"], header["qoffset_z"] = 10.0, 20.0, 30.0
    data = header.binaryblock + bytes(4) + values.tobytes(order="F")
    path.write_bytes(data)


@pytest.mark.parametrize(("qfac", "sign"), [(1.0, 1), (0.0, 1), (-1.0, -1)])
def test_a_quaternion_with_every_handedness(tmp_path: Path, qfac: float, sign: int) -> None:
    quaternion_file(tmp_path / "q.nii", qfac, (0.0, 0.0, 0.0))
    matrix = read_volume(tmp_path / "q.nii").volume.grid.world_from_voxel
    # RAS to LPS turns the first two axes round.
    assert matrix == pytest.approx(
        np.array([[-2, 0, 0, -10], [0, -3, 0, -20], [0, 0, sign * 4, 30], [0, 0, 0, 1]])
    )


@pytest.mark.parametrize("length", [1.0, 1.0000005, 1.001])
def test_a_quaternion_that_rounding_made_too_long(tmp_path: Path, length: float) -> None:
    # Half a turn about z.
    quaternion_file(tmp_path / "q.nii", 1.0, (0.0, 0.0, length))
    matrix = read_volume(tmp_path / "q.nii").volume.grid.world_from_voxel
    assert matrix[:3, :3] == pytest.approx(np.diag([2.0, 3.0, 4.0]), abs=1e-6)


def test_our_quaternions_are_nibabels(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    for n in range(20):
        q = rng.normal(size=4)
        q /= np.linalg.norm(q) * np.sign(q[0])
        quaternion_file(tmp_path / f"{n}.nii", (-1.0) ** n, tuple(q[1:]))
        ours = read_volume(tmp_path / f"{n}.nii").volume.grid.world_from_voxel
        theirs = np.diag([-1.0, -1, 1, 1]) @ nib.load(tmp_path / f"{n}.nii").header.get_qform()
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
