"""SHA-256 of files and folders."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from synthex_gui.io.errors import InputError
from synthex_gui.io.hashing import sha256_of


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
