"""Files of any name are read, and no terminal's encoding fails a run that is done."""

import io
import json
import os
import shutil
import sys

import pytest

from synthex_gui.cli.main import main
from synthex_gui.core.files import absolute, real
from synthex_gui.core.steps import run_to_end
from synthex_gui.loading.resolve import resolve
from synthex_gui.scene.model import Scene
from synthex_gui.scene.sources import FileSource

ODD = "ct\udcff\udcfe.nii.gz"  # bytes that are no UTF-8
NAMES = (
    ODD,
    "ünï ködé 日本語.nii.gz",
    "with  spaces .nii.gz",
    "x" * 190 + ".nii.gz",
    "~nobody.nii.gz",
    "-dash.nii.gz",
    "back\\slash:colon.nii.gz",
    "new\nline.nii.gz",
)


@pytest.fixture
def named(small_project, tmp_path):
    def copy(name, folder="data"):
        (tmp_path / folder).mkdir(exist_ok=True)
        return shutil.copy(small_project.parent / "ct.nii.gz", tmp_path / folder / name)

    return copy


@pytest.mark.trust("I9")
@pytest.mark.parametrize("name", NAMES)
def test_a_ct_of_any_name_is_read(named, name, tmp_path, capsys, monkeypatch):
    path = named(name)
    monkeypatch.chdir(path.parent)
    out = tmp_path / f"out of {name}.tif"
    render = ("render", "--level", "naive", "--size", "16", "--out", str(out))
    # As the shell gives it, in its own folder.
    assert main([*render, f"--ct={name}"]) == 0
    assert out.exists()
    assert main(["info", "--json", "--", name]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "loaded"
    scene = Scene(ct=FileSource(path=str(path)))
    assert run_to_end(resolve(scene)).assets.ct is not None


@pytest.mark.trust("I9")
def test_a_dicom_folder_of_no_utf8_name(tmp_path):
    sys.path.append(os.path.join(os.path.dirname(__file__), os.pardir, "io"))
    from dicom_writer import series

    from synthex_gui.io.hashing import sha256_of

    series(tmp_path / "plain")
    folder = (tmp_path / "plain").rename(tmp_path / "pat\udcffient")
    for item in list(folder.iterdir()):
        item.rename(folder / f"im\udce9ge {item.name}")
    assert main(["info", str(folder)]) == 0
    assert len(sha256_of(folder)) == 64


@pytest.mark.trust("I9")
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_cannot_print_a_name(named, tmp_path, encoding, monkeypatch):
    ct = named("ct.nii.gz", "d\udcff日本")
    out, wrong = ct.with_name("p.synthex"), ct.with_name("日\udcff.nii.gz")
    # As Python makes them for a terminal, or a pipe, of that encoding.
    said, warned = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    monkeypatch.setattr(sys, "stdout", said)
    monkeypatch.setattr(sys, "stderr", warned)
    assert main(["new", "--ct", str(ct), "--out", str(out)]) == 0
    assert main(["render", "--ct", str(wrong), "--out", str(tmp_path / "x.tif")]) == 1
    for stream, words in ((said, b"p.synthex"), (warned, b"does not exist")):
        stream.flush()
        assert words in stream.buffer.getvalue()
        assert rb"\u65e5" in stream.buffer.getvalue()
    assert out.exists()


@pytest.mark.trust("I9")
def test_links_and_the_home_folder(named, tmp_path, monkeypatch, capsys):
    import trimesh

    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    shutil.copy(named("ct.nii.gz"), home / "mine.nii.gz")
    assert main(["info", "~/mine.nii.gz"]) == 0
    render = ["render", "--ct", "~/mine.nii.gz", "--level", "naive", "--size", "16"]
    assert main([*render, "--out", str(tmp_path / "x.tif")]) == 0
    # As git-annex keeps what it holds: under another name, without an ending.
    trimesh.creation.box((10, 20, 30)).export(tmp_path / "box.stl")
    (tmp_path / "box.stl").rename(tmp_path / "SHA256-0123")
    (tmp_path / "link.stl").symlink_to(tmp_path / "SHA256-0123")
    capsys.readouterr()
    assert main(["info", "--json", str(tmp_path / "link.stl")]) == 0
    assert json.loads(capsys.readouterr().out)["volume_mm3"] == pytest.approx(6000)
    assert absolute(tmp_path / "link.stl").name == "link.stl"
    assert real(tmp_path / "link.stl").name == "SHA256-0123"
    (tmp_path / "ct.nii.gz").symlink_to(home / "mine.nii.gz")
    assert absolute(tmp_path / "ct.nii.gz") == home / "mine.nii.gz"


@pytest.mark.trust("I9")
def test_a_folder_that_is_read_only(named, tmp_path):
    path = named("ct.nii.gz", "read-only")
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        assert main(["info", str(path)]) == 0
    finally:
        path.parent.chmod(0o700)
