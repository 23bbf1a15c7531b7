"""The reader process: whatever happens to the child, the parent goes on."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from synthex_gui.geometry.arrays import Landmark
from synthex_gui.io.child import pool as process
from synthex_gui.io.child.pool import ReaderPool
from synthex_gui.io.child.transfer import pack, pack_error, unpack, unpack_error
from synthex_gui.io.errors import (
    InputError,
    MeshUnitError,
    ReadCancelledError,
    ReaderCrashedError,
    SeriesChoiceError,
)
from synthex_gui.io.loaded import LoadedVolume, SeriesInfo


@pytest.fixture(scope="module")
def pool() -> Iterator[ReaderPool]:
    folder = str(Path(__file__).parent)
    sys.path.insert(0, folder)
    pool = ReaderPool("hostile_readers")
    pool.warm_up()
    yield pool
    pool.close()
    sys.path.remove(folder)


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "input file.bin"
    path.write_bytes(b"something")
    return path


def left_over() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("synthex-read-*"))


def test_arrays_and_progress_come_back(pool: ReaderPool, file: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    loaded = pool.load("good", file, {"value": -3}, on_progress=lambda *item: seen.append(item))
    assert isinstance(loaded, LoadedVolume)
    np.testing.assert_array_equal(loaded.volume.values, np.full((2, 3, 4), -3, np.int16))
    assert (5, 5, "counting") in seen
    assert left_over() == []


def test_a_child_is_used_again(pool: ReaderPool, file: Path) -> None:
    assert pool.load("good", file).warnings == pool.load("good", file).warnings


@pytest.mark.trust("I1")
@pytest.mark.parametrize("kind", ["abort", "leave"])
def test_crash_is_an_error_and_the_next_load_works(pool: ReaderPool, file: Path, kind: str) -> None:
    with pytest.raises(ReaderCrashedError, match=r"input file\.bin: the reader crashed"):
        pool.load(kind, file)
    assert pool.load("good", file).name == "good"
    assert left_over() == []


@pytest.mark.trust("I1")
def test_hang_meets_the_limit(pool: ReaderPool, file: Path) -> None:
    pool.load("good", file)
    begin = time.monotonic()
    with pytest.raises(ReaderCrashedError, match="too long"):
        pool.load("hang", file, limit_s=0.5)
    assert time.monotonic() - begin < 30
    assert pool.load("good", file).name == "good"


def test_cancel_kills_the_child(pool: ReaderPool, file: Path) -> None:
    asked = threading.Event()

    def progress(done: int, total: int, text: str) -> None:
        if text == "hanging":
            asked.set()

    with pytest.raises(ReadCancelledError):
        pool.load("hang", file, on_progress=progress, cancelled=asked.is_set)
    assert left_over() == []
    assert pool.load("good", file).name == "good"


def test_closing_the_generator_early(pool: ReaderPool, file: Path) -> None:
    steps = pool.load_steps("hang", file)
    done, total, text = next(steps)
    assert (done, total) == (0, 1)
    assert text
    steps.close()
    assert left_over() == []


@pytest.mark.trust("I4")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no address-space limit here")
def test_memory_is_limited(pool: ReaderPool, file: Path) -> None:
    with pytest.raises(ReaderCrashedError, match=r"memory|crashed"):
        pool.load("bloat", file)
    assert pool.load("good", file).name == "good"


@pytest.mark.parametrize("kind", ["fail", "strange"])
def test_bugs_become_one_line(pool: ReaderPool, file: Path, kind: str) -> None:
    with pytest.raises(ReaderCrashedError) as caught:
        pool.load(kind, file)
    assert "\n" not in str(caught.value)
    assert pool.load("good", file).name == "good"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_fork_does_not_share_the_child(pool: ReaderPool, file: Path) -> None:
    first = pool.load("good", file).warnings
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if pool.load("good", file).warnings != first else 2
        finally:
            pool.close()
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert pool.load("good", file).warnings == first


def test_several_threads_at_once(pool: ReaderPool, file: Path) -> None:
    results: list[int] = []

    def work(value: int) -> None:
        loaded = pool.load("good", file, {"value": value})
        results.append(int(loaded.volume.values[0, 0, 0]) - value)

    threads = [threading.Thread(target=work, args=(value,)) for value in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [0, 0, 0]


def test_real_readers_by_kind(tmp_path: Path) -> None:
    try:
        path = tmp_path / "l.json"
        path.write_text(
            json.dumps(
                {"frame": "LPS", "unit": "mm", "landmarks": [{"name": "a", "position": [1, 2, 3]}]}
            )
        )
        assert process.load("landmarks", path).landmarks == (Landmark("a", (1.0, 2.0, 3.0)),)
        (tmp_path / "m.obj").write_text("v 0 0 0\nv .1 0 0\nv 0 .1 0\nv 0 0 .1\nf 1 3 2\nf 1 2 4\n")
        with pytest.raises(MeshUnitError) as caught:
            process.load("mesh", tmp_path / "m.obj")
        np.testing.assert_allclose(caught.value.size, 0.1)
        with pytest.raises(InputError, match=r"none\.nii: does not exist"):
            process.load("volume", tmp_path / "none.nii")
        assert len(process.load("sha256", path)) == 64
    finally:
        process.shared.close()


@pytest.mark.trust("I2", tried=24)
def test_vtk_truncations_do_not_reach_us(tmp_path: Path) -> None:
    """VTK's own readers crash on some of these; a crash is an error like any other."""
    import vtk

    sphere = vtk.vtkSphereSource()
    sphere.SetRadius(20)
    for ending, writer in ((".vtk", vtk.vtkPolyDataWriter()), (".vtp", vtk.vtkXMLPolyDataWriter())):
        path = tmp_path / f"whole{ending}"
        writer.SetInputConnection(sphere.GetOutputPort())
        writer.SetFileName(str(path))
        writer.Write()
        whole = process.load("mesh", path).mesh.volume_mm3
        data = path.read_bytes()
        for cut in np.linspace(0, len(data) - 8, 12).astype(int):
            broken = tmp_path / f"cut{ending}"
            broken.write_bytes(data[:cut])
            try:
                loaded = process.load("mesh", broken)
            except InputError:
                continue
            assert loaded.mesh.volume_mm3 == pytest.approx(whole) or loaded.warnings, (ending, cut)
    process.shared.close()


@pytest.mark.trust("E12", tried=5)
def test_only_listed_types_pass(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        pack({1, 2}, tmp_path)
    data = pack(np.arange(6, dtype=">i2").reshape(2, 3), tmp_path)
    np.testing.assert_array_equal(unpack(data, tmp_path), np.arange(6).reshape(2, 3))
    for bad in (
        data | {"shape": [2, 4]},
        data | {"shape": [-2, -3]},
        data | {"dtype": "|O"},
        {"type": "Path", "fields": {}},
        ["list"],
    ):
        with pytest.raises(ValueError, match="the reader answered"):
            unpack(bad, tmp_path)


def test_errors_keep_what_a_dialog_needs(tmp_path: Path) -> None:
    series = (SeriesInfo("1.2", "bone", "CT", 30, 512, 512),)
    error = unpack_error(pack_error(SeriesChoiceError("/x/folder", series), tmp_path), tmp_path)
    assert isinstance(error, SeriesChoiceError)
    assert error.series == series
    unit = unpack_error(pack_error(MeshUnitError("a.stl", (0.1, 0.2, 0.3)), tmp_path), tmp_path)
    assert isinstance(unit, MeshUnitError)
    assert unit.size == (0.1, 0.2, 0.3)
    assert str(unit) == str(MeshUnitError("a.stl", (0.1, 0.2, 0.3)))
