"""DICOM as the world writes it, odd, doubled, incomplete, mixed: read right or refused in words."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_writer import SPACING_MM, ct_slice
from pydicom.uid import generate_uid

from synthex_gui.io.child.transfer import pack_error, unpack_error
from synthex_gui.io.errors import IncompleteSeriesError, InputError, SeriesChoiceError
from synthex_gui.io.volumes.door import list_series, read_volume

COUNT = 12
# What pydicom says of odd files is no damage.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def series(folder: Path, count: int = COUNT, start: int = 0, **changes) -> str:
    """A regular series; `changes` may be functions of the slice's number from 0."""
    folder.mkdir(parents=True, exist_ok=True)
    uid = str(changes.pop("series_uid", None) or generate_uid(entropy_srcs=[str(folder)]))
    name = changes.pop("name", "IM{:04d}.dcm")
    for k in range(count):
        given = {key: value(k) if callable(value) else value for key, value in changes.items()}
        own = given.pop("own_uid", uid)
        path = folder / name.format(start + k + 1)
        orientation = given.pop("orientation", (1, 0, 0, 0, 1, 0))
        ct_slice(path, (-7.0, -9.0, SPACING_MM * k), k + 1, own, orientation, **given)
    return uid


def edit(folder: Path, change) -> None:
    """Write every file again as `change` leaves it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in sorted(folder.iterdir()):
            item = pydicom.dcmread(path)
            change(item)
            item.save_as(path)


@pytest.fixture
def control(tmp_path):
    series(tmp_path / "control")
    return read_volume(tmp_path / "control")


def assert_same(loaded, control) -> None:
    np.testing.assert_array_equal(loaded.volume.values, control.volume.values)
    np.testing.assert_allclose(
        loaded.volume.grid.world_from_voxel, control.volume.grid.world_from_voxel, atol=1e-5
    )


@pytest.mark.parametrize("what", ["empty", "cut", "rubbish", "header only"])
@pytest.mark.parametrize("which", [range(8, 12), range(1, 12, 2), [5]])
def test_what_cannot_be_read_is_named_and_left_to_the_user(tmp_path, what, which):
    series(tmp_path)
    for k in which:
        path = tmp_path / f"IM{k + 1:04d}.dcm"
        data = path.read_bytes()
        new = {"empty": b"", "cut": data[:-200], "rubbish": b"\1" * 700, "header only": data[:400]}
        path.write_bytes(new[what])
    with pytest.raises(IncompleteSeriesError) as caught:
        read_volume(tmp_path)
    assert f"{len(which)} of {COUNT} files" in str(caught.value)
    assert f"IM{which[0] + 1:04d}.dcm" in str(caught.value)
    again = unpack_error(pack_error(caught.value, tmp_path), tmp_path)
    assert isinstance(again, IncompleteSeriesError)
    assert (str(again), again.files) == (str(caught.value), caught.value.files)
    loaded = read_volume(tmp_path, is_incomplete_accepted=True)
    assert any(f"{len(which)} files could not be read" in text for text in loaded.warnings)


def test_a_stray_file_beside_the_series_is_none_of_it(tmp_path, control):
    series(tmp_path / "a")
    (tmp_path / "a" / "README.txt").write_text("hello")
    (tmp_path / "a" / "empty").touch()
    (tmp_path / "a" / "preview.jpg").write_bytes(b"\xff\xd8\xff")
    assert_same(read_volume(tmp_path / "a"), control)


def test_every_second_file_gone_is_said(tmp_path):
    series(tmp_path)
    for k in range(1, COUNT, 2):
        (tmp_path / f"IM{k + 1:04d}.dcm").unlink()
    assert any("numbered in steps of 2" in text for text in read_volume(tmp_path).warnings)


def test_excess_padding_is_no_damage(tmp_path, control):
    series(tmp_path / "a")
    edit(tmp_path / "a", lambda item: setattr(item, "PixelData", item.PixelData + bytes(64)))
    assert_same(read_volume(tmp_path / "a"), control)


@pytest.mark.parametrize("charset", ["ISO_IR 999", "latin-1", "ISO 2022 IR 6\\ISO 2022 IR 999"])
def test_odd_character_sets_are_no_damage(tmp_path, control, charset):
    series(tmp_path / "a", SeriesDescription="H\xfcfte")

    def change(item):
        item[0x0008, 0x0005] = pydicom.DataElement(0x00080005, "CS", charset.split("\\"))

    edit(tmp_path / "a", change)
    assert_same(read_volume(tmp_path / "a"), control)


def test_files_without_preamble(tmp_path, control):
    series(tmp_path / "a", name="{:04d}")
    for path in (tmp_path / "a").iterdir():
        path.write_bytes(path.read_bytes()[132:])
    assert_same(read_volume(tmp_path / "a"), control)


def test_files_without_preamble_and_meta_group(tmp_path, control):
    series(tmp_path / "a", name="{:04d}")
    for path in (tmp_path / "a").iterdir():
        item = pydicom.dcmread(path)
        bare = pydicom.Dataset({element.tag: element for element in item})
        bare.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=False)
    assert_same(read_volume(tmp_path / "a"), control)


@pytest.mark.parametrize(
    ("name", "text", "vr"),
    [
        ("PixelSpacing", "0,9\\0,7", "DS"),
        ("ImagePositionPatient", "-7,0\\-9,0\\{z}", "DS"),
        ("RescaleIntercept", "-1024,0", "DS"),
        ("InstanceNumber", "{n}.0", "IS"),
        ("PixelSpacing", "0.9\\0.7", "LO"),
        ("RescaleSlope", "1.0", "LO"),
        ("SeriesInstanceUID", "not a uid", "LO"),
    ],
)
def test_wrong_types_and_decimal_commas(tmp_path, control, name, text, vr):
    series(tmp_path / "a")
    tag = pydicom.datadict.tag_for_keyword(name)
    place = {"n": 0}

    def change(item):
        z = f"{SPACING_MM * place['n']:.1f}".replace(".", ",")
        value = text.format(n=place["n"] + 1, z=z)
        place["n"] += 1
        del item[tag]
        item[tag] = pydicom.dataelem.RawDataElement(
            pydicom.tag.Tag(tag), vr, len(value) + len(value) % 2,
            (value + " " * (len(value) % 2)).encode(), 0, False, True,
        )  # fmt: skip

    edit(tmp_path / "a", change)
    assert_same(read_volume(tmp_path / "a"), control)


@pytest.mark.parametrize("jitter", [4e-7, 2e-5, 4.99999e-4])
def test_jittered_orientation_is_one_series(tmp_path, control, jitter):
    # 0.0005 is where rounding to three digits would part them.
    series(
        tmp_path / "a", orientation=lambda k: (1, jitter * (-1) ** k, 0, jitter * (-1) ** k, 1, 0)
    )
    assert len(list_series(tmp_path / "a")) == 1
    loaded = read_volume(tmp_path / "a")
    assert loaded.volume.values.shape == control.volume.values.shape


def test_a_folder_copied_into_itself_counts_once(tmp_path, control):
    uid = series(tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "a" / "copy")
    for path in list((tmp_path / "a").glob("*.dcm"))[:5]:
        shutil.copy(path, path.with_name(f"Kopie von {path.name}"))
    loaded = read_volume(tmp_path / "a")
    assert_same(loaded, control)
    assert any(f"{COUNT + 5} files are copies" in text for text in loaded.warnings)
    assert [item.uid for item in list_series(tmp_path / "a")] == [uid]


def test_a_series_for_every_slice(tmp_path, control):
    series(tmp_path / "a", own_uid=lambda k: f"1.2.3.{k}", StudyInstanceUID="1.2")
    loaded = read_volume(tmp_path / "a")
    assert_same(loaded, control)
    assert any("a series of its own" in text for text in loaded.warnings)


@pytest.mark.trust("I3")
def test_slices_of_two_patients_are_not_put_together(tmp_path):
    series(tmp_path, own_uid=lambda k: f"1.2.3.{k}", StudyInstanceUID=lambda k: f"1.{k % 6}")
    with pytest.raises(InputError, match="single slice"):
        read_volume(tmp_path)


@pytest.mark.trust("I3")
@pytest.mark.parametrize(
    "name", ["AcquisitionNumber", "TemporalPositionIdentifier", "NominalPercentageOfCardiacPhase"]
)
def test_phases_of_one_series_are_a_choice(tmp_path, control, name):
    uid = series(tmp_path / "a", **{name: 1})
    other = {"values": np.full((24, 20), 77), "name": "J{:04d}.dcm", "series_uid": uid}
    series(tmp_path / "a", **{name: 2}, **other)
    with pytest.raises(SeriesChoiceError) as caught:
        read_volume(tmp_path / "a")
    assert len(caught.value.series) == 2
    assert len({item.description for item in caught.value.series}) == 2
    volumes = [read_volume(tmp_path / "a", item.uid) for item in caught.value.series]
    assert_same(volumes[0], control)
    assert (volumes[1].volume.values == 77).all()


def test_what_is_left_out_is_said(tmp_path, control):
    uid = series(tmp_path / "a")
    scout = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "series_uid": uid}
    series(tmp_path / "a", 2, name="S{:04d}.dcm", **scout)
    series(tmp_path / "a", 3, name="M{:04d}.dcm", Modality="MR")
    loaded = read_volume(tmp_path / "a")
    assert_same(loaded, control)
    said = " ".join(loaded.warnings)
    assert "2 images (a localizer" in said
    assert "3 images (a magnetic resonance image" in said


@pytest.mark.trust("I3")
@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"ImageType": ["DERIVED", "SECONDARY", "PERFUSION", "CBF"]}, "perfusion"),
        ({"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "VMI_IODINE"]}, "iodine"),
        ({"ImageType": ["DERIVED", "SECONDARY", "MIP"]}, "projections"),
        ({"BurnedInAnnotation": "YES"}, "burned"),
    ],
)
def test_what_is_no_plain_ct_is_said(tmp_path, changes, word):
    series(tmp_path, **changes)
    assert any(word in text for text in read_volume(tmp_path).warnings)


def test_a_compression_that_nobody_here_decodes_is_named(tmp_path):
    series(tmp_path)

    def change(item):
        item.file_meta.TransferSyntaxUID = pydicom.uid.MPEG2MPML
        item.PixelData = pydicom.encaps.encapsulate([bytes(64)])

    edit(tmp_path, change)
    with pytest.raises(InputError, match="cannot be decoded here"):
        read_volume(tmp_path)


def test_a_folder_that_is_named_like_a_file(tmp_path, control):
    series(tmp_path / "ct.nii.gz")
    assert_same(read_volume(tmp_path / "ct.nii.gz"), control)
