"""The bundle runs without this checkout: command line, export workers, window."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(find_spec("PyInstaller") is None, reason="needs the extra [bundle]"),
    pytest.mark.skipif(
        sys.platform.startswith("linux") and shutil.which("objdump") is None,
        reason="needs binutils",
    ),
]
SUFFIX = ".exe" if os.name == "nt" else ""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the bundle, a phantom made by it, and a home of its own."""
    folder = tmp_path_factory.mktemp("bundle")
    command = [sys.executable, str(ROOT / "packaging" / "bundle.py"), "--out", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    run(folder, "synthex", "phantom", "--spacing", "3", "--out", "phantom")
    return folder


def run(folder, program, *arguments):
    """Run a program of the bundle in its folder, with nothing of the checkout within reach."""
    home = str(folder / "home")
    (folder / "home").mkdir(exist_ok=True)
    away = {"PYTHONPATH", "NUMBA_CACHE_DIR", "VIRTUAL_ENV", "PYTHONHOME"}
    environment = {name: value for name, value in os.environ.items() if name not in away}
    environment |= {"HOME": home, "LOCALAPPDATA": home, "XDG_CACHE_HOME": home}
    done = subprocess.run(
        [str(folder / "synthex-gui" / f"{program}{SUFFIX}"), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return done


def files(folder):
    return {path.relative_to(folder): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_it_renders_a_file_and_writes_only_to_the_cache(place):
    # Another folder than the phantom's, for the kernels must not depend on it.
    before = files(place / "synthex-gui")
    run(place, "synthex", "render", "--ct", "phantom/ct.nii.gz", "--size", "128", "--out", "a.tif")
    kernels = [path for path in (place / "home").rglob("*.nbc") if "kernels" in path.parts]
    assert kernels
    run(place, "synthex", "render", "--ct", "phantom/ct.nii.gz", "--size", "128", "--out", "b.tif")
    assert (place / "a.tif").read_bytes() == (place / "b.tif").read_bytes()
    assert files(place / "synthex-gui") == before
    again = [path for path in (place / "home").rglob("*.nbc") if "kernels" in path.parts]
    assert sorted(again) == sorted(kernels)


def test_its_image_is_that_of_the_checkout(place):
    project = "phantom/project.synthex"
    run(place, "synthex", "export", project, "--out", "one", "--count", "2", "--size", "96")
    command = [sys.executable, "-m", "synthex_gui.cli.main", "export", project]
    subprocess.run(
        [*command, "--out", "checkout", "--count", "2", "--size", "96"], cwd=place, check=True
    )
    made, expected = (
        json.loads((place / name / "manifest.json").read_text()) for name in ("one", "checkout")
    )
    assert made["files"] == expected["files"]


def test_export_workers_run_in_it(place):
    project = "phantom/project.synthex"
    run(
        place, "synthex", "export", project,
        "--out", "series", "--count", "4", "--size", "96", "--workers", "2",
    )  # fmt: skip
    assert "whole" in run(place, "synthex", "verify", "series").stdout
    assert len(json.loads((place / "series" / "manifest.json").read_text())["files"]) > 4


@pytest.mark.display
def test_the_window_opens(place):
    run(place, "synthex-gui", "--size", "1280x800", "--screenshot", "window.png")
    from PIL import Image

    with Image.open(place / "window.png") as picture:
        assert picture.size == (1280, 800)
        # A radiograph and a room: many greys, not an empty frame.
        assert len(picture.convert("L").resize((160, 100)).getcolors()) > 60
