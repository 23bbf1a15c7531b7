"""The wheel carries its resources and runs from elsewhere."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_wheel_runs_from_another_place(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    done = subprocess.run(
        [*command, "-w", str(tmp_path), str(ROOT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = tmp_path.glob("*.whl")
    place = tmp_path / "place"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(place)
    assert "synthex_gui/resources/devices/cios-fusion.json" in names
    assert "synthex_gui/physics/backends/cuda/rays.cu" in names
    assert not [name for name in names if name.startswith(("tests/", "packaging/"))]
    code = (
        f"import sys; sys.path.insert(0, {str(place)!r}); import synthex_gui;"
        f"assert synthex_gui.__file__.startswith({str(place)!r});"
        "from synthex_gui.cli.main import main;"
        "sys.exit(main(['devices']) or main(['render', '--help']))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "Siemens Cios Fusion" in ran.stdout
