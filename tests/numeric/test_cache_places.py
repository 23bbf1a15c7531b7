"""Kept code is a help alone: no place for it, damage and a full disk cost time, never the image."""

import errno
import os
import subprocess
import sys

import numba
import pytest

from synthex_gui.core import places
from synthex_gui.numeric import jit


def add_one(value):
    return value + 1


@pytest.fixture
def said(monkeypatch, tmp_path):
    """An empty cache, and the notices."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    notices = []
    monkeypatch.setattr(jit, "_notices", notices)
    return notices


def kept_files(tmp_path):
    return [path for path in (tmp_path / "cache").rglob("*.nb[ci]") if path.is_file()]


def test_code_is_kept(said, tmp_path):
    assert jit.kernel(add_one)(1) == 2
    assert len(kept_files(tmp_path)) == 2
    again = jit.kernel(add_one)
    assert again(1) == 2
    assert sum(again.stats.cache_hits.values()) == 1
    assert said == []


def test_a_full_disk_is_said_once_and_spoils_nothing(said, tmp_path, monkeypatch, caplog):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "replace", full)
    assert jit.kernel(add_one)(1) == 2
    assert jit.vector_kernel(add_one)(1) == 2
    assert jit.notices() == ("compiled code cannot be kept between runs (No space left on device)",)
    assert len(caplog.records) == 1


@pytest.mark.parametrize("content", [b"", bytes(4000), b"\x80\x05]\x94." * 9])
def test_damaged_code_is_compiled_anew(said, tmp_path, content):
    jit.kernel(add_one)(1)
    for path in kept_files(tmp_path):
        path.write_bytes(content)
    assert jit.kernel(add_one)(1) == 2
    assert len(said) <= 2
    assert all(str(tmp_path / "cache") in text or "kept" in text for text in said)


def test_a_user_without_a_home_is_told(monkeypatch):
    def homeless(*_, **__):
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(places, "user_cache_path", homeless)
    with pytest.raises(OSError, match="set HOME") as refused:
        places.cache_folder("kernels")
    assert places.reason(refused.value) == "no home folder is known; set HOME or XDG_CACHE_HOME"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG_CACHE_HOME is Linux's")
def test_a_place_in_the_way_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(OSError, match="file") as refused:
        places.cache_folder("kernels")
    assert str(tmp_path / "file") in places.reason(refused.value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert places.cache_folder("kernels").is_dir()


RENDER = ("-m", "synthex_gui.cli.main", "render", "--level", "naive", "--size", "32")


def start(project, out, environment):
    ct = str(project.parent / "ct.nii.gz")
    command = [sys.executable, *RENDER, "--ct", ct, "--out", str(out)]
    return subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.PIPE)


@pytest.mark.slow
def test_two_programs_may_fill_one_cache_at_once(small_project, tmp_path):
    environment = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    outs = [tmp_path / f"{n}.tif" for n in range(2)]
    running = [start(small_project, out, environment) for out in outs]
    for program in running:
        assert program.communicate(timeout=300)[1] == b""
        assert program.returncode == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert not list((tmp_path / "cache").rglob("*.tmp.*"))


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="XDG_CACHE_HOME is Linux's")
@pytest.mark.parametrize("place", ["file/x", "none"])
def test_an_image_without_any_place_to_keep_things(small_project, tmp_path, place):
    (tmp_path / "file").write_text("x")
    (tmp_path / "tmp").mkdir()
    # /proc is read-only for every user.
    home = {"file/x": str(tmp_path / "file" / "x"), "none": "/proc/none"}[place]
    environment = {"HOME": home, "XDG_CACHE_HOME": home, "TMPDIR": str(tmp_path / "tmp")}
    environment["NUMBA_CACHE_DIR"] = ""
    program = start(small_project, tmp_path / "x.tif", environment)
    said = program.communicate(timeout=300)[1].decode()
    assert program.returncode == 0, said
    assert (tmp_path / "x.tif").exists()
    assert len(said.splitlines()) == 1
    assert said.startswith("warning: compiled code cannot be kept between runs (")
    assert home.split("/")[-1] in said or "file" in said
    assert list((tmp_path / "tmp").iterdir()) == []
