"""Whatever a header claims in words or numbers ends in one line that names the file."""

from __future__ import annotations

import gzip
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
import tifffile
import trimesh
from dicom_writer import ct_slice, series
from PIL import Image

from synthex_gui.io.errors import InputError
from synthex_gui.io.hashing import sha256_of
from synthex_gui.io.labels.map import read_labels
from synthex_gui.io.labels.table import read_table
from synthex_gui.io.landmarks import read_landmarks
from synthex_gui.io.meshes.door import read_mesh
from synthex_gui.io.volumes.door import declared_bytes, read_volume
from synthex_gui.io.xray import read_xray

# No numbers, too many digits for Python's own limit, beyond int64 and float64, other alphabets.
WORDS = ["", "abc", "-1", "0", "1.5", "1e400", "-1e400", "nan", "inf", "9" * 5000, str(2**70)]
WORDS += [str(-(2**70)), "1e-400", "0x10", "1_0", "²", "٣", "%d", "\x00", "1 2", "(1,2,3)", '"']


def refusals(path: Path, read: Callable[[Path], Any], cases: Iterator[bytes]) -> list[str]:
    """The errors' texts; anything but an InputError that names the file is raised as it is."""
    texts = []
    for content in cases:
        path.write_bytes(content)
        try:
            read(path)
        except InputError as error:
            texts.append(str(error))
    # The detached voxels of a header share its stem.
    stem = path.name.split(".")[0]
    assert [text for text in texts if "\n" in text or not text.startswith(stem + ".")] == []
    return texts


def lines_changed(data: bytes, end: bytes, separator: bytes) -> Iterator[bytes]:
    """Every value of a text header by every word, whole and its first number alone."""
    head, body = data.split(end, 1)
    lines = head.split(b"\n")
    for place, line in enumerate(lines):
        name, found, value = line.partition(separator)
        if not found:
            continue
        for word in WORDS:
            for new in (word.encode(), re.sub(rb"-?[\d.]+", word.encode(), value, count=1)):
                changed = [*lines[:place], name + separator + new, *lines[place + 1 :]]
                yield b"\n".join(changed) + end + body


@pytest.fixture
def small() -> sitk.Image:
    image = sitk.GetImageFromArray(np.arange(6 * 7 * 8, dtype=np.int16).reshape(6, 7, 8))
    image.SetSpacing((2, 3, 4))
    return image


def every_reader(path: Path) -> None:
    """All that look at the header of an image; the first refusal is raised at the end."""
    errors = []
    for read in (read_volume, read_labels, declared_bytes, sha256_of):
        try:
            read(path)
        except InputError as error:
            errors.append(error)
    if errors:
        raise errors[0]


NRRD = (
    "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 8 7 6\n"
    "space directions: (2,0,0) (0,3,0) (0,0,4)\nkinds: domain domain domain\nendian: little\n"
    "encoding: raw\nspace origin: (1,2,3)\n{}\n\n"
)
MORE = ["line skip: 0", "lineskip: 0", "byte skip: 0", "byteskip: 0", "spacings: 2 3 4"]
MORE += ['space units: "mm" "mm" "mm"', "data file: v.raw", "datafile: v.raw"]
MORE += ["Segment0_LabelValue:=1\nSegment0_Layer:=0\nSegment0_Color:=1 0 0"]


@pytest.mark.parametrize("more", MORE)
def test_nrrd_fields(tmp_path: Path, small: sitk.Image, more: str) -> None:
    (tmp_path / "v.raw").write_bytes(sitk.GetArrayFromImage(small).tobytes())
    content = NRRD.format(more).encode() + sitk.GetArrayFromImage(small).tobytes()
    (tmp_path / "a.nrrd").write_bytes(content)
    every_reader(tmp_path / "a.nrrd")
    cases = lines_changed(content, b"\n\n", b":=" if ":=" in more else b": ")
    assert len(refusals(tmp_path / "a.nrrd", every_reader, cases)) > 20


def test_a_line_skip_that_is_no_number_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.nrrd").write_bytes(NRRD.format("line skip: abc").encode() + bytes(672))
    with pytest.raises(InputError, match=r"^a\.nrrd: .*line skip.*abc"):
        read_volume(tmp_path / "a.nrrd")


def test_metaimage_fields(tmp_path: Path, small: sitk.Image) -> None:
    path = tmp_path / "a.mha"
    sitk.WriteImage(small, str(path))
    content = path.read_bytes().replace(b"ObjectType", b"ElementNumberOfChannels = 1\nObjectType")
    cases = lines_changed(content, b"ElementDataFile = LOCAL\n", b" = ")
    assert len(refusals(path, every_reader, cases)) > 100
    sitk.WriteImage(small, str(tmp_path / "b.mhd"))
    content = (
        (tmp_path / "b.mhd").read_bytes().replace(b"ObjectType", b"HeaderSize = 0\nObjectType")
    )
    cases = lines_changed(content + b"\n", b"\n\n", b" = ")
    assert len(refusals(tmp_path / "b.mhd", every_reader, cases)) > 100


@pytest.mark.parametrize("kind", [nib.Nifti1Header, nib.Nifti2Header])
def test_nifti_fields(tmp_path: Path, kind: Any) -> None:
    header = kind()
    header.set_data_shape((8, 7, 6))
    header.set_data_dtype(np.int16)
    header.set_sform(np.diag([2.0, 3.0, 4.0, 1.0]), 1)
    header.set_qform(np.diag([2.0, 3.0, 4.0, 1.0]), 1)
    header["vox_offset"] = header.sizeof_hdr + 4
    body = bytes(4) + np.arange(8 * 7 * 6, dtype=np.int16).tobytes()

    def cases() -> Iterator[bytes]:
        for name in header.structarr.dtype.names:
            dtype = header.structarr.dtype[name].base
            if dtype.kind == "S":
                yield bytes(_with(header, name, b"\xff" * dtype.itemsize)) + body
                continue
            limit = np.iinfo(dtype) if dtype.kind in "iu" else np.finfo(dtype)
            values = [limit.min, limit.max, 0, 1]
            values += [np.nan, np.inf, -np.inf, limit.tiny] if dtype.kind == "f" else []
            for value in values:
                shape = header.structarr[name].shape
                for place in [None, *np.ndindex(shape)] if shape else [None]:
                    yield bytes(_with(header, name, value, place)) + body

    (tmp_path / "a.nii").write_bytes(bytes(header.binaryblock) + body)
    every_reader(tmp_path / "a.nii")
    assert len(refusals(tmp_path / "a.nii", every_reader, cases())) > 60
    packed = (gzip.compress(content, 1) for content in cases())
    assert len(refusals(tmp_path / "a.nii.gz", every_reader, packed)) > 60


def _with(header: Any, name: str, value: Any, place: Any = None) -> bytes:
    changed = header.structarr.copy()
    if place is None:
        changed[name] = value
    else:
        changed[name][place] = value
    return bytes(changed.tobytes())


SHORT_TAGS = {
    "Rows": b"US", "Columns": b"US", "BitsAllocated": b"US", "BitsStored": b"US",
    "HighBit": b"US", "PixelRepresentation": b"US", "SamplesPerPixel": b"US",
    "InstanceNumber": b"IS", "ImagePositionPatient": b"DS", "ImageOrientationPatient": b"DS",
    "PixelSpacing": b"DS", "RescaleSlope": b"DS", "RescaleIntercept": b"DS",
    "NumberOfFrames": b"IS", "PixelPaddingValue": b"SS", "SeriesInstanceUID": b"UI",
    "Modality": b"CS", "ImageType": b"CS", "PhotometricInterpretation": b"CS",
    "ImagerPixelSpacing": b"DS", "PixelIntensityRelationshipSign": b"SS",
}  # fmt: skip


def dicom_cases(data: bytes) -> Iterator[bytes]:
    """Every short element of an explicit little-endian file by every value."""
    from pydicom.datadict import tag_for_keyword

    for name, vr in SHORT_TAGS.items():
        tag = tag_for_keyword(name)
        assert tag is not None
        mark = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr
        at = data.find(mark)
        if at < 0:
            continue
        length = struct.unpack_from("<H", data, at + 6)[0]
        values = [word.encode() for word in WORDS]
        values += [b"\\".join([word.encode()] * 3) for word in WORDS]
        if vr in (b"US", b"SS"):
            values = [struct.pack("<H", number) for number in (0, 1, 7, 17, 32767, 32768, 65535)]
            values += [b"", b"\1\0\2\0"]
        for value in values:
            value += b" " * (len(value) % 2)
            yield data[: at + 6] + struct.pack("<H", len(value)) + value + data[at + 8 + length :]


def test_dicom_fields(tmp_path: Path) -> None:
    folder = tmp_path / "series"
    series(folder, np.arange(3) * 1.5, PixelPaddingValue=-2000)
    path = min(folder.iterdir())
    whole = path.read_bytes()
    texts = []
    for content in dicom_cases(whole):
        path.write_bytes(content)
        try:
            read_volume(folder)
        except InputError as error:
            texts.append(str(error))
    assert len(texts) > 40
    assert [text for text in texts if not text.startswith((folder.name, path.name))] == []


def test_radiograph_fields(tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    ct_slice(
        path, (0, 0, 0), 1, "1.2.3", Modality="DX", NumberOfFrames=1, ImagerPixelSpacing=[0.2, 0.2],
        PixelIntensityRelationshipSign=1,
    )  # fmt: skip
    read_xray(path)
    assert len(refusals(path, read_xray, dicom_cases(path.read_bytes()))) > 20


def test_picture_fields(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8)).save(path)
    whole = path.read_bytes()

    def png() -> Iterator[bytes]:
        start = whole.index(b"IHDR")
        for place in range(4, 17):
            for value in (0, 1, 3, 127, 128, 255):
                chunk = bytearray(whole[start : start + 17])
                chunk[place] = value
                checksum = struct.pack(">I", zlib.crc32(bytes(chunk)))
                yield whole[:start] + bytes(chunk) + checksum + whole[start + 21 :]
        for place in range(8, len(whole)):
            yield whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :]

    assert len(refusals(path, read_xray, png())) > 40
    path = tmp_path / "x.tif"
    tifffile.imwrite(path, np.arange(64, dtype=np.uint16).reshape(8, 8), metadata=None)
    picture = path.read_bytes()
    changed = (
        picture[:place] + bytes([value]) + picture[place + 1 :]
        for place in range(4, len(picture) - 128)
        for value in (0, 1, 3, 127, 128, 255)
    )
    assert len(refusals(path, read_xray, changed)) > 40


def by_words(text: bytes, limit: int = 60) -> Iterator[bytes]:
    """Every word of a text file, up to so many, by every bad word."""
    for match in list(re.finditer(rb"[^\s]+", text))[:limit]:
        for word in WORDS:
            yield text[: match.start()] + word.encode() + text[match.end() :]


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.ply", {"encoding": "ascii"}), ("a.obj", {}), ("a.stl", {"file_type": "stl_ascii"})],
)
def test_words_of_a_mesh(tmp_path: Path, name: str, options: dict[str, str]) -> None:
    path = tmp_path / name
    trimesh.creation.box((10, 20, 30)).export(str(path), **options)
    # STL names its corners from the front; of PLY and OBJ the faces stand last.
    whole = path.read_bytes()
    assert len(refusals(path, read_mesh, by_words(whole, 400))) > 200


@pytest.mark.parametrize("kind", ["char", "int", "uint", "float", "double"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_counts_and_corners_of_a_binary_ply(tmp_path: Path, kind: str, order: str) -> None:
    name = {"<": "little", ">": "big"}[order]
    header = (
        f"ply\nformat binary_{name}_endian 1.0\nelement vertex 4\nproperty float x\n"
        "property float y\nproperty float z\nelement face 2\n"
        f"property list {kind} {kind} vertex_indices\nend_header\n"
    ).encode()
    points = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [9, 9, 0]], order + "f4").tobytes()
    code = {"char": "i1", "int": "i4", "uint": "u4", "float": "f4", "double": "f8"}[kind]
    dtype = np.dtype(order + code)
    numbers: list[float] = [0, 1, 3, 4, 100]
    if dtype.kind == "f":
        numbers += [np.nan, np.inf, -np.inf, 1e30, 2.5, -1]
    else:
        numbers += [np.iinfo(dtype).max, np.iinfo(dtype).min]
    faces = np.array([3, 0, 1, 2, 3, 1, 3, 2], dtype)

    def cases() -> Iterator[bytes]:
        for place in range(8):
            for number in numbers:
                changed = faces.copy()
                changed[place] = number
                yield header + points + changed.tobytes()

    (tmp_path / "b.ply").write_bytes(header + points + faces.tobytes())
    if dtype.kind == "f":
        with pytest.raises(InputError, match="header is damaged"):
            read_mesh(tmp_path / "b.ply")
    else:
        read_mesh(tmp_path / "b.ply")
    assert len(refusals(tmp_path / "b.ply", read_mesh, cases())) > 20


def test_words_of_an_obj_and_a_binary_stl(tmp_path: Path) -> None:
    text = b"v 0 0 0\nv 9 0 0\nv 0 9 0\nf 1/1/1 2//2 3\n"
    assert len(refusals(tmp_path / "a.obj", read_mesh, by_words(text))) > 100
    path = tmp_path / "b.stl"
    trimesh.creation.box((10, 20, 30)).export(str(path))
    whole = path.read_bytes()
    counts = (0, 1, 11, 13, 2**31 - 1, 2**31, 2**32 - 1)
    cases = (whole[:80] + struct.pack("<I", count) + whole[84:] for count in counts)
    assert len(refusals(path, read_mesh, cases)) >= 4


@pytest.mark.parametrize(
    "value",
    [None, 5, 10**400, -1, True, "", "abc", [], [5], {}, {"a": 1}, [[]], 1e308, [10**400]],
    ids=lambda value: repr(value)[:9],
)
def test_values_of_a_landmark_file(tmp_path: Path, value: Any) -> None:
    own = {"frame": "LPS", "unit": "mm", "landmarks": [{"name": "a", "position": [1, 2, 3]}]}
    point = {"label": "a", "position": [1, 2, 3], "positionStatus": "defined"}
    markup = {"coordinateSystem": "LPS", "coordinateUnits": "mm", "controlPoints": [point]}
    cases: list[Any] = [value]
    cases += [own | {key: value} for key in own]
    cases += [
        own | {"landmarks": [own["landmarks"][0] | {key: value}]} for key in ("name", "position")
    ]
    cases += [own | {"landmarks": [{"name": "a", "position": [value, 2, 3]}]}]
    cases += [{"markups": value}, {"markups": [value]}]
    cases += [{"markups": [markup | {key: value}]} for key in markup]
    cases += [{"markups": [markup | {"controlPoints": [point | {key: value}]}]} for key in point]
    texts = (json.dumps(case).encode() for case in cases)
    assert len(refusals(tmp_path / "l.json", read_landmarks, texts)) > 5


@pytest.mark.parametrize(
    "value",
    [None, 5, 10**400, -1, True, "", "abc", [], [5], {}, {"a": 1}, [[]], 1e308, "9" * 5000],
    ids=lambda value: repr(value)[:9],
)
def test_values_of_a_table(tmp_path: Path, value: Any) -> None:
    row = {"id": 1, "name": "bone", "color": "#ffffff", "group": ""}
    cases: list[Any] = [value, {"labels": value}, {"labels": [value]}, {"bone": value}]
    cases += [[row | {key: value}] for key in row] + [[row | {"r": value, "g": 0, "b": 0}]]
    texts = (json.dumps(case).encode() for case in cases)
    assert len(refusals(tmp_path / "t.json", read_table, texts)) > 2


def test_words_of_text_tables(tmp_path: Path) -> None:
    points = (
        b"# Markups fiducial file version = 4.11\n# CoordinateSystem = LPS\n"
        b"# columns = id,x,y,z,label\np1,1,2,3,a\np2,4,5,6,b\n"
    )
    spread = points.replace(b",", b" , ")
    cases = (content.replace(b" , ", b",") for content in by_words(spread))
    assert len(refusals(tmp_path / "l.fcsv", read_landmarks, cases)) > 50
    table = b"id,name,color,group\n1,bone,#ffffff,\n2,metal,#ff0000,all\n"
    cases = (c.replace(b" , ", b",") for c in by_words(table.replace(b",", b" , ")))
    assert len(refusals(tmp_path / "t.csv", read_table, cases)) > 20
