"""Real disks: a small one that fills up and grows, one that becomes read-only or goes, a full
TMPDIR; and what `verify` finds on one that rots.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from synthex_gui.cli.main import main
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import all_files, hash_of
from synthex_gui.core.steps import run_to_end
from synthex_gui.export.run import export_series
from synthex_gui.io.child.pool import ReaderPool
from synthex_gui.physics.backends.base import BackendError
from synthex_gui.physics.backends.process.kept_arrays import KeptArrays
from synthex_gui.scene.project import read_project

FLIPPED, LOST, ADDED = 100, 5, 3


def can_mount():
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return False
    command = ["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


mounting = pytest.mark.skipif(not can_mount(), reason="no right to mount a file system here")


def tree(folder):
    return {name: hash_of(folder / name) for name in all_files(folder)}


@pytest.fixture(scope="module")
def scene(small_project):
    scene = read_project(small_project)[0]
    return scene.evolve(plan=scene.plan.evolve(count=40, size=16), level="naive")


@pytest.fixture(scope="module")
def series(scene, tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "a"
    run_to_end(export_series(scene, out))
    return out


def on_a_small_disk(tmp_path, size, script):
    """Run a script of Python in a mount namespace of its own, a tmpfs of that size at `disk`."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = 'mount -t tmpfs -o size="$1" none "$2" && exec "$3" -c "$4" "$2" "$5"'
    command = ["unshare", "-m", "sh", "-c", mount, "sh", size, str(disk), sys.executable]
    text = PREPARED + textwrap.dedent(script)
    return subprocess.run(
        [*command, text, str(tmp_path)], capture_output=True, text=True, check=False, timeout=200
    )


PREPARED = """
import os, subprocess, sys
from pathlib import Path
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import all_files, hash_of
from synthex_gui.core.steps import run_to_end
from synthex_gui.export import space
from synthex_gui.export.run import export_series
from synthex_gui.scene.project import read_project
disk, here = Path(sys.argv[1]), Path(sys.argv[2])
project = Path(os.environ["PROJECT"])
scene = read_project(project)[0]
plan = scene.plan.evolve(count=30, size=128)
if os.environ.get("FORMATS"):
    plan = plan.evolve(image_format="tiff32", formats=os.environ["FORMATS"].split())
scene = scene.evolve(plan=plan, level="naive")
tree = lambda folder: {name: hash_of(folder / name) for name in all_files(folder)}
def failing(**how):
    try:
        run_to_end(export_series(scene, disk / "a", **how))
    except SynthexError as error:
        return str(error)
    raise SystemExit("it ended well")
def remount(options):
    subprocess.run(["mount", "-o", "remount," + options, str(disk)], check=True)
def main():
    run_to_end(export_series(scene, here / "whole"))
"""

FULL = """
    # As if another program had taken the room meanwhile.
    space.Room.check = space.Room.check_after = lambda *_: None
    said = failing()
    assert "No space left on device" in said and str(disk) in said, said
    assert not list(disk.rglob("*.synthex-tmp")), list(disk.rglob("*"))
    remount("size=64m")
    run_to_end(export_series(scene, disk / "a", resume=True))
    assert tree(disk / "a") == tree(here / "whole")
if __name__ == "__main__":
    main()
"""
READ_ONLY = """
    steps = export_series(scene, disk / "a")
    for _ in range(4):
        next(steps)
    steps.close()
    remount("ro")
    said = failing(resume=True)
    assert "Read-only" in said, said
    remount("rw")
    run_to_end(export_series(scene, disk / "a", resume=True))
    assert tree(disk / "a") == tree(here / "whole")
if __name__ == "__main__":
    main()
"""
GONE = """
    steps = export_series(scene, disk / "a")
    for _ in range(4):
        next(steps)
    subprocess.run(["umount", "-l", str(disk)], check=True)
    try:
        run_to_end(steps)
        raise SystemExit("it ended well")
    except SynthexError as error:
        assert "removed, renamed or unmounted" in str(error), error
    assert not list(disk.iterdir())
if __name__ == "__main__":
    main()
"""


@mounting
@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "script", "formats"),
    [
        pytest.param("200k", FULL, "", marks=pytest.mark.trust("E3"), id="full"),
        # The images fit, the first layout does not, or the second.
        pytest.param("3m", FULL, "synthex-h5", marks=pytest.mark.trust("E3"), id="full-h5"),
        pytest.param(
            "5700k",
            FULL,
            "synthex-h5 synthex-folder",
            marks=pytest.mark.trust("E3"),
            id="full-folder",
        ),
        pytest.param("8m", READ_ONLY, "", marks=pytest.mark.trust("E4"), id="read-only"),
        pytest.param("8m", GONE, "", marks=pytest.mark.trust("E4"), id="unmounted"),
    ],
)
def test_a_disk_that_is_full_read_only_or_gone(
    small_project, tmp_path, monkeypatch, size, script, formats
):
    monkeypatch.setenv("PROJECT", str(small_project))
    monkeypatch.setenv("FORMATS", formats)
    done = on_a_small_disk(tmp_path, size, script)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.trust("E4")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_may_not_be_written_to_is_named(scene, tmp_path):
    (tmp_path / "a").mkdir(mode=0o555)
    with pytest.raises(SynthexError, match="a: cannot be used \\(Permission denied\\)"):
        run_to_end(export_series(scene, tmp_path / "a"))


@pytest.mark.trust("E4")
def test_a_file_in_the_place_of_a_folder_is_named(scene, tmp_path):
    (tmp_path / "file").write_bytes(b"mine")
    for out in (tmp_path / "file", tmp_path / "file" / "within"):
        with pytest.raises(SynthexError, match=r"file.*: cannot be used"):
            run_to_end(export_series(scene, out))
    assert (tmp_path / "file").read_bytes() == b"mine"


@pytest.fixture
def full_temporary_folder(tmp_path, monkeypatch):
    """What is written there is refused; the reader's process inherits the limit of no bytes."""
    place = tmp_path / "full"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


@pytest.mark.trust("E3")
def test_a_temporary_folder_that_is_gone_is_at_fault_itself(
    small_project, full_temporary_folder, monkeypatch
):
    full_temporary_folder.rmdir()
    pool = ReaderPool()
    with pytest.raises(SynthexError, match="no temporary files can be written there") as caught:
        pool.load("volume", small_project.parent / "ct.nii.gz")
    pool.close()
    assert str(full_temporary_folder) in str(caught.value)
    assert "ct.nii.gz" not in str(caught.value)
    with pytest.raises(BackendError, match="no temporary files can be written there"):
        KeptArrays()


@pytest.mark.trust("E3")
@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_temporary_folder_is_at_fault_and_not_the_file(small_project, tmp_path):
    script = """
import resource, signal, sys
from synthex_gui.core.errors import SynthexError
from synthex_gui.io.child import pool
if __name__ == "__main__":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    try:
        pool.load("volume", sys.argv[1])
    except SynthexError as error:
        print(error)
"""
    (tmp_path / "script.py").write_text(script)
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, str(tmp_path / "script.py"), str(small_project.parent / "ct.nii.gz")]
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.startswith(f"{tmp_path / 'tmp'}: no temporary files can be written there")
    assert "ct.nii.gz" not in said.stdout
    assert not list((tmp_path / "tmp").glob("synthex-read-*"))


@pytest.mark.trust("E5", tried=FLIPPED + LOST + ADDED)
def test_verify_lists_exactly_what_is_wrong(series, tmp_path, capsys):
    out = shutil.copytree(series, tmp_path / "a")
    chosen = random.Random(5)
    names = sorted(all_files(out) - {"manifest.json"})
    assert len(names) >= FLIPPED + LOST
    picked = chosen.sample(names, FLIPPED + LOST)
    for name in picked[:FLIPPED]:
        data = np.fromfile(out / name, np.uint8)
        data[chosen.randrange(len(data))] ^= 1 << chosen.randrange(8)
        data.tofile(out / name)
    for name in picked[FLIPPED:]:
        (out / name).unlink()
    added = ["images/99999.png", "labels/notes.txt", ".hidden"]
    for name in added:
        (out / name).write_bytes(b"x")
    assert main(["verify", str(out)]) == 3
    said = capsys.readouterr().out.splitlines()
    found = {kind: sorted(line.split(maxsplit=1)[1] for line in said if line.startswith(kind))
             for kind in ("changed", "missing", "extra")}  # fmt: skip
    assert found["changed"] == sorted(picked[:FLIPPED])
    assert found["missing"] == sorted(picked[FLIPPED:])
    assert found["extra"] == sorted(added)
