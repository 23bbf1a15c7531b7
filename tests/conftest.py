"""Shared: isolated settings, a small CT, a small phantom, the folder of real data."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.trust.tally import tries as tries

# Child processes of the tests find the package too when it is run from the checkout, not installed.
ROOT = str(Path(__file__).resolve().parent.parent)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH")]))

HAS_SCREEN = bool(os.environ.get("DISPLAY")) or sys.platform in ("win32", "darwin")
if not HAS_SCREEN:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", default=False, help="run the slow tests too")


def pytest_collection_modifyitems(config, items):
    data = os.environ.get("SYNTHEX_TEST_DATA")
    for item in items:
        if item.get_closest_marker("slow") and not config.getoption("--all"):
            item.add_marker(pytest.mark.skip(reason="slow: run with --all"))
        if item.get_closest_marker("display") and not HAS_SCREEN:
            item.add_marker(pytest.mark.skip(reason="needs a real X screen (Xvfb)"))
        if item.get_closest_marker("data") and not data:
            item.add_marker(pytest.mark.skip(reason="SYNTHEX_TEST_DATA is not set"))


@pytest.fixture(autouse=True)
def _isolated_settings(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SYNTHEX_CONFIG_DIR", str(tmp_path_factory.mktemp("config")))


@pytest.fixture(scope="session")
def small_ct():
    """A water block with a bone rod, 4 mm voxels, about the origin."""
    from synthex_gui.geometry.arrays import Grid, Volume

    values = np.full((40, 30, 36), -1000, dtype=np.int16)
    values[4:36, 5:25, 6:30] = 0
    values[6:34, 13:17, 14:18] = 1000
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = [-70.0, -58.0, -78.0]
    return Volume(values, Grid(values.shape, affine))


@pytest.fixture(scope="session")
def small_project(small_ct, tmp_path_factory):
    """A project on disk: the small CT, a label map of its rod, two landmarks, one tool."""
    import nibabel as nib

    from synthex_gui.scene.devices import device_by_id
    from synthex_gui.scene.edits import new_carm
    from synthex_gui.scene.model import Scene, Tool
    from synthex_gui.scene.plan import around_current_view
    from synthex_gui.scene.project import write_project
    from synthex_gui.scene.sources import BuiltInTool, FileSource, LandmarkItem

    folder = tmp_path_factory.mktemp("project")
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ small_ct.grid.world_from_voxel
    for name, values in (
        ("ct", small_ct.values),
        ("labels", (small_ct.values == 1000).astype(np.uint8)),
    ):
        nib.save(nib.Nifti1Image(values.transpose(2, 1, 0), ras), folder / f"{name}.nii.gz")
    (folder / "labels.csv").write_text("id,name,color,group\n1,rod,#ff0000,\n")
    scene = Scene(
        ct=FileSource(path=str(folder / "ct.nii.gz")),
        labels=FileSource(path=str(folder / "labels.nii.gz")),
        shown_structures=("rod",),
        tools=(Tool(name="wire", source=BuiltInTool(tool="k-wire"), material="316L"),),
        landmarks=(
            LandmarkItem(name="middle", position=(0.0, 0.0, 0.0)),
            LandmarkItem(name="far", position=(0.0, 0.0, 900.0)),
        ),
        carm=new_carm(device_by_id("cios-fusion"), [0.0, 0.0, 0.0]),
        plan=around_current_view().evolve(count=5, size=64, seed=3),
    )
    path = folder / "project.synthex"
    write_project(path, scene)
    return path


@pytest.fixture
def data_folder() -> Path:
    return Path(os.environ["SYNTHEX_TEST_DATA"])
