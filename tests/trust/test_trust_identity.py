"""Twelve strings of a patient planted in the inputs: none in a byte that a series, a log has."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
import zlib

import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from synthex_gui.cli.main import main
from synthex_gui.core.files import all_files
from synthex_gui.core.steps import run_to_end
from synthex_gui.export.run import export_series
from synthex_gui.io.child import pool
from synthex_gui.io.volumes.door import read_volume
from synthex_gui.scene.devices import device_by_id
from synthex_gui.scene.edits import new_carm
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import around_current_view
from synthex_gui.scene.sources import FileSource
from tests.io.dicom_writer import series

# Standard attributes, then private and nested ones, then what a file or folder is called.
PLANTED = {
    "PatientName": "Zwetschge^Anna",
    "PatientID": "QX4711-Z",
    "PatientBirthDate": "19510203",
    "InstitutionName": "Hospital Quittenhof",
    "InstitutionAddress": "Mispelweg 17",
    "ReferringPhysicianName": "Holunder^Karl",
    "AccessionNumber": "ACC998877",
    "StudyDescription": "Huefte Schlehe links",
    "private": "PRIV-Brombeere",
    "nested": "NEST-Himbeere",
    "uid": "1.2.826.0.1.3680043.8.498.424242",
    "name": "Zwetschge_Anna_CT",
}
WORDS = [*PLANTED.values(), "Zwetschge", "Holunder"]


def planted_series(folder):
    series(folder, uid=PLANTED["uid"])
    for path in folder.iterdir():
        item = pydicom.dcmread(path)
        for name, text in PLANTED.items():
            if name[0].isupper():
                setattr(item, name, text)
        block = item.private_block(0x0099, "ACME", create=True)
        block.add_new(1, "LO", PLANTED["private"])
        inner = Dataset()
        inner.CodeMeaning = PLANTED["nested"]
        inner.PatientName = PLANTED["nested"]
        item.RequestAttributesSequence = [inner]
        item.FrameOfReferenceUID = generate_uid(entropy_srcs=["a"])
        item.save_as(path)


def planted_nifti(path):
    image = nib.Nifti1Image(ball().transpose(2, 1, 0), np.diag([-4.0, -4.0, 4.0, 1.0]))
    for field, name in (
        ("descrip", "PatientName"),
        ("db_name", "PatientID"),
        ("aux_file", "nested"),
    ):
        image.header[field] = PLANTED[name].encode()
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", "\n".join(WORDS).encode()))
    nib.save(image, path)


def planted_itk(path):
    image = sitk.GetImageFromArray(ball())
    image.SetSpacing((4, 4, 4))
    for name, text in PLANTED.items():
        image.SetMetaData(f"{name}", text)
    sitk.WriteImage(image, str(path))
    assert PLANTED["PatientID"].encode() in path.read_bytes()


def ball():
    axis = np.arange(16) - 7.5
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    return np.where(np.sqrt(x**2 + y**2 + z**2) < 6, 300, -1000).astype(np.int16)


def unpacked(data):
    """The bytes themselves, and what is packed in them: gzip, zip, words of a PNG."""
    yield data
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if data[:4] == b"\x89PNG":
        place = 8
        while place < len(data):
            size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
            body = data[place + 8 : place + 8 + size]
            place += size + 12
            # No words in a picture, packed or not.
            assert kind in (b"IHDR", b"IDAT", b"IEND", b"PLTE", b"sBIT"), kind
            if kind in (b"zTXt", b"iTXt"):
                yield zlib.decompress(body.partition(b"\0")[2][1:])


def leaks(*folders):
    """(file, word) for each word in a name or in the bytes of a file, also as base64 and UTF-16."""
    found = []
    for folder in folders:
        for name in sorted(all_files(folder)):
            texts = [name.encode(), *unpacked((folder / name).read_bytes())]
            for word in WORDS:
                forms = {
                    word.encode(),
                    word.encode("utf-16-le"),
                    base64.b64encode(word.encode())[:-3],
                }
                found += [(name, word) for text in texts if any(form in text for form in forms)]
    return found


WRITERS = {
    "folder": planted_series,
    "a.nii": planted_nifti,
    "a.nii.gz": planted_nifti,
    "a.nrrd": planted_itk,
    "a.mha": planted_itk,
}


@pytest.mark.trust("E11", tried=len(PLANTED))
@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("image_format", ["png16", "tiff32"])
def test_none_of_twelve_strings_reaches_a_byte(tmp_path, kind, image_format):
    inputs = tmp_path / "in"
    inputs.mkdir()
    source = inputs / kind.replace("folder", PLANTED["name"]).replace("a.", PLANTED["name"] + ".")
    WRITERS[kind](source)
    uid = PLANTED["uid"] if kind == "folder" else None
    plan = around_current_view().evolve(count=2, size=32, image_format=image_format)
    centre = read_volume(source).volume.grid.centre_mm
    scene = Scene(
        ct=FileSource(path=str(source), series_uid=uid),
        carm=new_carm(device_by_id("cios-fusion"), centre),
        plan=plan,
    )
    out = tmp_path / "out"
    run_to_end(export_series(scene, out))
    assert len(all_files(out)) > 4
    assert leaks(out) == []
    assert leaks(inputs), "nothing was planted"


@pytest.mark.trust("E11", tried=len(PLANTED))
@pytest.mark.parametrize("kind", ["folder", "a.nii.gz", "a.mha"])
def test_nor_an_image_of_the_command_line_nor_what_is_said(tmp_path, kind, capfd):
    inputs, out = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    out.mkdir()
    source = inputs / ("ct" + kind.removeprefix("a").replace("folder", ""))
    WRITERS[kind](source)
    for name in ("x.tif", "x.png"):
        assert main(["render", "--ct", str(source), "--size", "32", "--out", str(out / name)]) == 0
    assert leaks(out) == []
    said = capfd.readouterr()
    assert not [word for word in WORDS if word in said.out + said.err]


@pytest.mark.trust("E11")
def test_a_library_s_warning_does_not_quote_the_file(tmp_path, capfd):
    series(tmp_path / "ct")
    for path in (tmp_path / "ct").iterdir():
        # A name where a UID belongs, as an overrun of the element before leaves it.
        path.write_bytes(path.read_bytes().replace(b"1.2.3.4\0", b"Zwet^An\0"))
    shared = pool.ReaderPool()
    shared.load("volume", tmp_path / "ct")
    shared.close()
    shown = capfd.readouterr()
    assert "Zwet" not in shown.out + shown.err


@pytest.mark.trust("E11", tried=len(PLANTED))
def test_what_is_wrong_with_a_file_is_said_without_its_words(tmp_path, capfd):
    folder = tmp_path / "ct"
    planted_series(folder)
    for number, path in enumerate(sorted(folder.iterdir())):
        data = path.read_bytes()
        path.write_bytes(
            data[: 400 + 97 * number] if number % 2 else data.replace(b"19510203", b"1951XX03")
        )
    try:
        said = " ".join(pool.load("volume", folder).warnings)
    except Exception as error:
        said = str(error)
    assert said
    assert not [word for word in WORDS if word in said]
    shown = capfd.readouterr()
    assert not [word for word in WORDS if word in shown.out + shown.err]
