"""Under a locale with decimal commas, every reader gives the numbers that it gives without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

SCRIPT = """
import locale, sys
from pathlib import Path
locale.setlocale(locale.LC_ALL, "")
assert locale.localeconv()["decimal_point"] == ",", locale.localeconv()
from synthex_gui.io.child import pool as process
from synthex_gui.io.meshes.door import read_mesh
from synthex_gui.io.landmarks import read_landmarks
from synthex_gui.io.volumes.door import read_volume
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name in ("a.nrrd", "a.mha", "a.nii"):
        for loaded in (read_volume(folder / name), process.load("volume", folder / name)):
            print(name, loaded.volume.grid.world_from_voxel.round(4).tolist())
    print(read_mesh(folder / "a.obj").bounds_mm.tolist())
    print(process.load("mesh", folder / "a.vtk").bounds_mm.tolist())
    print(read_landmarks(folder / "a.json").landmarks)
    process.shared.close()
"""
VTK_TEXT = """# vtk DataFile Version 3.0
text
ASCII
DATASET POLYDATA
POINTS 4 double
0.5 0 0 9.25 0 0 0 9.5 0 0 0 9.75
POLYGONS 4 16
3 0 2 1
3 0 1 3
3 1 2 3
3 2 0 3
"""


def run(folder: Path, script: Path, **environment: str) -> str:
    root = str(Path(__file__).parents[2])
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "LANGUAGE"))}
    env |= {"PYTHONPATH": root} | environment
    done = subprocess.run(
        [sys.executable, str(script), str(folder)], env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.trust("I10", tried=9)
@pytest.mark.slow
def test_decimal_commas_change_nothing(tmp_path: Path) -> None:
    if not sys.platform.startswith("linux") or shutil.which("localedef") is None:
        pytest.skip("no localedef to make a German locale with")
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", str(tmp_path / "de_DE.UTF-8")],
        capture_output=True,
    )
    if not (tmp_path / "de_DE.UTF-8").exists():
        pytest.skip(f"no German locale can be made here: {made.stderr.decode()[:100]}")
    image = sitk.GetImageFromArray(np.arange(504, dtype=np.int16).reshape(9, 8, 7) - 300)
    image.SetSpacing((1.5, 1.9, 2.5))
    image.SetOrigin((-10.7, 3.3, 0.9))
    for ending in ("nrrd", "mha", "nii"):
        sitk.WriteImage(image, str(tmp_path / f"a.{ending}"))
    (tmp_path / "a.obj").write_text("v .5 0 0\nv 9.25 0 0\nv 0 9.5 0\nv 0 0 9.75\nf 1 3 2\n")
    with (tmp_path / "a.obj").open("a") as stream:
        stream.write("f 1 2 4\nf 2 3 4\nf 3 1 4\n")
    (tmp_path / "a.vtk").write_text(VTK_TEXT)
    (tmp_path / "a.json").write_text(
        '{"frame": "LPS", "unit": "mm", "landmarks": [{"name": "a", "position": [1.5, 2.5, 3.5]}]}'
    )
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    german = run(tmp_path, script, LC_ALL="de_DE.UTF-8", LOCPATH=str(tmp_path))
    plain = tmp_path / "plain.py"
    plain.write_text("\n".join(line for line in SCRIPT.splitlines() if "locale" not in line))
    plain.write_text("import sys\nfrom pathlib import Path\n" + plain.read_text())
    assert german == run(tmp_path, plain, LC_ALL="C.UTF-8")
    assert "-10.7" in german
    assert "9.75" in german
