"""Whatever a command is given or cannot write, it ends with one or two plain lines and status 1."""

import errno
import os
import random

import pytest

from synthex_gui.cli import main as program
from synthex_gui.cli.main import main

FOREIGN_WORDS = (
    "Traceback",
    "pydantic",
    "For further information visit",
    "Input should",
    "[Errno",
    "a fault of this program",
)
ENDINGS = ("nii", "nii.gz", "nrrd", "nhdr", "mha", "mhd", "dcm")
MESHES = ("stl", "ply", "obj", "vtp", "vtk")
OTHERS = ("json", "mrk.json", "fcsv", "png", "tif", "synthex")
FAULTS = ("missing", "folder", "empty", "junk", "below a file", "too long", "circle", "device")


@pytest.fixture
def place(tmp_path):
    """A path with an ending, in a faulty state."""

    def make(fault, ending):
        path = tmp_path / f"in.{ending}"
        if fault == "folder":
            path.mkdir()
        elif fault == "empty":
            path.write_bytes(b"")
        elif fault == "junk":
            path.write_bytes(random.Random(ending).randbytes(5000))
        elif fault == "below a file":
            (tmp_path / "file.txt").write_text("x")
            path = tmp_path / "file.txt" / path.name
        elif fault == "too long":
            path = tmp_path / f"{'x' * 300}.{ending}"
        elif fault == "circle":
            path.symlink_to(path)
        elif fault == "device":
            path.symlink_to("/dev/zero")
        return path

    return make


def check_refused(arguments, capsys):
    assert main([str(text) for text in arguments]) == 1
    said = capsys.readouterr()
    assert 1 <= len(said.err.strip().splitlines()) <= 2, said.err
    assert not [word for word in FOREIGN_WORDS if word in said.err], said.err
    assert said.out == ""
    return said.err


@pytest.mark.parametrize("fault", FAULTS)
def test_every_command_that_reads_refuses(fault, place, small_project, tmp_path, capsys):
    sound = small_project.parent / "ct.nii.gz"
    render = ("render", "--level", "naive", "--out", tmp_path / "x.tif")
    for ending in ENDINGS:
        path = place(fault, ending)
        check_refused([*render, "--ct", path], capsys)
        check_refused(["info", path], capsys)
        check_refused([*render, "--ct", sound, "--labels", path], capsys)
        check_refused(["new", "--ct", path, "--out", tmp_path / "n.synthex"], capsys)
    for ending in MESHES:
        path = place(fault, ending)
        # `info` reads a folder of any name as a DICOM series.
        check_refused(["info", path], capsys)
        check_refused([*render, "--mesh", f"{path}:Ti6Al4V"], capsys)
    for ending in OTHERS:
        path = place(fault, ending)
        check_refused(["info", path], capsys)
        check_refused(["export", path, "--out", tmp_path / "set"], capsys)
        check_refused(["verify", path], capsys)
        check_refused(["plan", path, "--table", tmp_path / "t.csv"], capsys)
        check_refused([*render, "--ct", sound, "--camera", path], capsys)
        check_refused([*render, "--ct", sound, "--material-map", path], capsys)
        check_refused([*render, "--mesh", f"cup.stl:CoCr:{path.with_suffix('.json')}"], capsys)
        new = ("new", "--ct", sound, "--out", tmp_path / "n.synthex")
        check_refused([*new, "--landmarks", path], capsys)


@pytest.mark.parametrize("fault", ["below a file", "too long", "folder", "read-only"])
def test_every_command_that_writes_refuses(fault, place, small_project, tmp_path, capsys):
    ct = small_project.parent / "ct.nii.gz"

    def target(ending):
        # The superuser may write anywhere else.
        return place(fault, ending) if fault != "read-only" else f"/proc/synthex/out.{ending}"

    render = ("render", "--ct", ct, "--level", "naive", "--size", "16", "--out")
    for ending in ("tif", "png"):
        check_refused([*render, target(ending)], capsys)
    check_refused(["new", "--ct", ct, "--out", target("synthex")], capsys)
    if fault != "folder":
        check_refused(["export", small_project, "--count", "1", "--out", target("set")], capsys)
        check_refused(["phantom", "--spacing", "3", "--out", target("person")], capsys)


def test_a_full_disk_is_said(small_project, tmp_path, capsys, monkeypatch):
    ct = small_project.parent / "ct.nii.gz"

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for arguments in (
        ["render", "--ct", ct, "--level", "naive", "--size", "16", "--out", tmp_path / "x.tif"],
        ["new", "--ct", ct, "--out", tmp_path / "n.synthex"],
        ["export", small_project, "--count", "1", "--size", "16", "--out", tmp_path / "set"],
    ):
        assert "No space left" in check_refused(arguments, capsys)
    assert not (tmp_path / "x.tif").exists()
    assert not (tmp_path / "n.synthex").exists()


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (["--hu-mend", "nan,0"], "--hu-mend"),
        (["--hu-mend", "1e300,0"], "10000"),
        (["--joints", "orbital_deg=1e308"], "orbital_deg"),
        (["--joints", "orbital_deg=nan"], "orbital_deg"),
        (["--joints", "sdd_mm=0"], "sdd_mm"),
        (["--window", "0,inf"], "--window"),
        (["--kvp", "1e308"], "--kvp"),
        (["--kvp", "nan"], "--kvp"),
        (["--photons", "inf"], "--photons"),
        (["--seed", "99999999999999999999999"], "--seed"),
        (["--filter", "Al=1e308"], "Al"),
        (["--detector", "csi:bit_depth=99"], "bit_depth"),
        (["--grid", "ratio=x"], "ratio"),
    ],
)
def test_an_option_beyond_reason_is_named(more, word, small_project, tmp_path, capsys):
    ct = small_project.parent / "ct.nii.gz"
    render = ["render", "--ct", ct, "--level", "naive", "--size", "16", "--out", tmp_path / "x.png"]
    assert word in check_refused([*render, *more], capsys)


def test_a_camera_of_numbers_beyond_reason_is_one_line(small_project, tmp_path, capsys):
    path = tmp_path / "camera.json"
    path.write_text(
        '{"K": [[1e308, 0, 8], [0, 1e308, 8], [0, 0, 1]], "R": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], '
        '"t": [0, 0, 1e308], "width": 16, "height": 16}'
    )
    ct = small_project.parent / "ct.nii.gz"
    render = ["render", "--ct", ct, "--camera", path, "--out", tmp_path / "x.tif"]
    assert "camera.json" in check_refused(render, capsys)


def test_a_probe_is_a_point(small_project, capsys):
    ct = str(small_project.parent / "ct.nii.gz")
    check_refused(["info", "--probe", "nan,0,0", ct], capsys)
    assert main(["info", "--probe", "1e308,0,0", ct]) == 0
    assert capsys.readouterr().err == ""


def test_a_fault_of_the_program_says_where_and_nothing_of_the_file(monkeypatch, capsys):
    def broken(_):
        raise KeyError("DOE^JOHN")

    monkeypatch.setattr("synthex_gui.cli.devices.run", broken)
    assert main(["devices"]) == 1
    said = capsys.readouterr().err
    assert "KeyError at test_cli_hostile.py" in said
    assert "DOE" not in said
    assert len(said.strip().splitlines()) == 1
    with pytest.raises(KeyError):
        main(["--debug", "devices"])
    assert "enough memory" in program.said_of(MemoryError())


def test_wrong_usage_stays_short(capsys):
    with pytest.raises(SystemExit):
        main(["render", "--seed", "9" * 100_000, "--out", "x.tif"])
    assert len(capsys.readouterr().err) < 1000
