"""Files that would run code, or overrun the reader, when something like `pickle` opened them."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from synthex_gui.core.errors import SynthexError
from synthex_gui.io.child import pool
from synthex_gui.scene.project import read_project

DEEP = 200_000


class Sentinel:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def packed(sentinel):
    stream = io.BytesIO()
    np.savez(stream, ct=np.array([Sentinel(sentinel)], dtype=object))
    return stream.getvalue()


def zip_slip(sentinel):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(f"../{sentinel.name}", "x")
        archive.writestr(str(sentinel), "x")
    return stream.getvalue()


HOSTILE = {
    "pickle": lambda path: pickle.dumps(Sentinel(path)),
    "npz": packed,
    "zip": zip_slip,
    "yaml": lambda path: f"!!python/object/apply:builtins.open ['{path}', 'w']\n".encode(),
    "deep": lambda path: b"[" * DEEP + b"]" * DEEP,
    "deep object": lambda path: b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "NaN": lambda path: b'{"format": "synthex-project", "version": 1, "scene": NaN}',
    "5000 digits": lambda path: b'{"format": "synthex-project", "version": ' + b"9" * 5000 + b"}",
    "python": lambda path: f"open({str(path)!r}, 'w')".encode(),
}
# What each kind of input is called, so that its reader, not its name, decides.
KINDS = {
    "volume": ".nii.gz",
    "labels": ".nii.gz",
    "mesh": ".vtp",
    "landmarks": ".mrk.json",
    "xray": ".dcm",
}


@pytest.fixture(scope="module")
def readers():
    readers = pool.ReaderPool()
    yield readers
    readers.close()


@pytest.mark.trust("E12", tried=1 + len(KINDS))
@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_runs_and_all_is_refused(readers, tmp_path, name):
    sentinel = tmp_path / "sentinel"
    data = HOSTILE[name](sentinel)
    for kind, ending in KINDS.items():
        path = tmp_path / f"in{ending}"
        path.write_bytes(data)
        with pytest.raises(SynthexError) as caught:
            readers.load(kind, path)
        assert "crashed" not in str(caught.value)
        assert "\n" not in str(caught.value)
    project = tmp_path / "p.synthex"
    project.write_bytes(data)
    with pytest.raises(SynthexError, match=r"p\.synthex: "):
        read_project(project)
    assert not sentinel.exists()
    assert not (tmp_path.parent / "sentinel").exists()


@pytest.mark.trust("E12")
@pytest.mark.parametrize("name", ["deep", "yaml", "5000 digits"])
def test_a_table_of_names_neither(readers, tmp_path, small_project, name):
    labels = tmp_path / "labels.nii.gz"
    labels.write_bytes((small_project.parent / "labels.nii.gz").read_bytes())
    sentinel = tmp_path / "sentinel"
    (tmp_path / "labels.json").write_bytes(HOSTILE[name](sentinel))
    (tmp_path / "labels.csv").write_bytes(b"id,name,color,group\n1,=cmd|calc,#ff0000,\n")
    try:
        table = readers.load("labels", labels).labels.table
    except SynthexError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert [row.name for row in table] == ["=cmd|calc"]
    assert not sentinel.exists()


@pytest.mark.trust("E12")
def test_a_number_of_many_digits_in_a_project_is_refused(small_project, tmp_path):
    path = tmp_path / "p.synthex"
    document = json.loads(small_project.read_text())
    text = json.dumps(document | {"scene": document["scene"] | {"level": "LEVEL"}})
    path.write_text(text.replace('"LEVEL"', "9" * 5000))
    with pytest.raises(SynthexError, match=r"p\.synthex: ") as caught:
        read_project(path)
    assert len(str(caught.value)) < 400
