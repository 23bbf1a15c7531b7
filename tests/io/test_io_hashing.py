"""SHA-256 of files and folders."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from synthex_gui.io.errors import InputError
from synthex_gui.io.hashing import sha256_of, stamp_of


def test_file_and_folder_rule(tmp_path: Path) -> None:
    (tmp_path / "f" / "sub").mkdir(parents=True)
    (tmp_path / "f" / "b.dcm").write_bytes(b"two")
    (tmp_path / "f" / "sub" / "a.dcm").write_bytes(b"one")
    one, two = hashlib.sha256(b"one"), hashlib.sha256(b"two")
    assert sha256_of(tmp_path / "f" / "b.dcm") == two.hexdigest()
    expected = hashlib.sha256(b"b.dcm\0" + two.digest() + b"sub/a.dcm\0" + one.digest())
    assert sha256_of(tmp_path / "f") == expected.hexdigest()
    (tmp_path / "f" / "b.dcm").rename(tmp_path / "f" / "c.dcm")
    assert sha256_of(tmp_path / "f") != expected.hexdigest()


def test_nothing_to_hash(tmp_path: Path) -> None:
    (tmp_path / "e").mkdir()
    for path in (tmp_path / "e", tmp_path / "absent"):
        with pytest.raises(InputError):
            sha256_of(path)


@pytest.mark.data
def test_manifest_values(data: Path) -> None:
    assert sha256_of(data / "dicom" / "hip_sts044").startswith("c62ffac31cbb728c")
    assert sha256_of(data / "ct" / "hip_sts044.mha").startswith("76d8825320126309")


def header_and_voxels(folder: Path, voxels: bytes = bytes(range(60))) -> Path:
    path = folder / "ct.mhd"
    path.write_text(
        "ObjectType = Image\nNDims = 3\nDimSize = 3 4 5\nElementType = MET_UCHAR\n"
        "ElementSpacing = 1 1 1\nElementDataFile = ct.raw\n"
    )
    (folder / "ct.raw").write_bytes(voxels)
    return path


def test_a_header_counts_with_its_voxels(tmp_path: Path) -> None:
    path = header_and_voxels(tmp_path)
    parts = [(item.name, hashlib.sha256(item.read_bytes())) for item in (path, tmp_path / "ct.raw")]
    expected = hashlib.sha256(b"".join(n.encode() + b"\0" + d.digest() for n, d in parts))
    assert sha256_of(path) == expected.hexdigest()
    header_and_voxels(tmp_path, bytes(60))
    assert sha256_of(path) != expected.hexdigest()
    (tmp_path / "ct.raw").unlink()
    with pytest.raises(InputError, match=r"ct\.raw"):
        sha256_of(path)


def test_a_stamp_changes_with_whatever_is_written_again(tmp_path: Path) -> None:
    path = header_and_voxels(tmp_path)
    seen = [stamp_of(path)]
    for name, content in (
        ("ct.raw", bytes(60)),
        ("ct.mhd", path.read_bytes() + b" "),
        ("ct.csv", b"id,name\n"),
    ):
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, ns=(0, seen[-1][2] + 1_000_000))
        seen.append(stamp_of(path))
    (tmp_path / "other.raw").write_bytes(b"no part of it")
    assert stamp_of(path) == seen[-1]
    assert len(set(seen)) == len(seen)
    folder = stamp_of(tmp_path)
    (tmp_path / "ct.raw").unlink()
    assert stamp_of(tmp_path) != folder
    assert stamp_of(path) == stamp_of(path)
    assert stamp_of(tmp_path / "absent") == (0, 0, 0)


def test_what_a_file_is_counts_and_not_its_ending(tmp_path: Path) -> None:
    path = header_and_voxels(tmp_path).rename(tmp_path / "ct.hdr")
    before, stamp = sha256_of(path), stamp_of(path)
    (tmp_path / "ct.raw").write_bytes(bytes(60))
    os.utime(tmp_path / "ct.raw", ns=(0, stamp[2] + 1_000_000))
    assert sha256_of(path) != before
    assert stamp_of(path) != stamp
    mesh = tmp_path / "tool.stl"
    mesh.write_bytes(b"solid tool")
    assert sha256_of(mesh) == hashlib.sha256(b"solid tool").hexdigest()
