"""Neither a series' UID nor a file's name reaches a byte of an export."""

import hashlib
import json

import pytest
import trimesh

from synthex_gui.cli.main import main
from synthex_gui.export.provenance import fingerprint, inputs_of
from synthex_gui.scene.distributions import Normal
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.project import write_project
from synthex_gui.scene.sources import FileSource, MeshFile
from tests.io.dicom_writer import series

UID = "1.2.826.0.1.3680043.8.498.777"
STEM = "Doe_Jane_1970"
# The name that the DICOM writer puts in.
NAME = "Secret"


@pytest.fixture
def folder(tmp_path):
    """A DICOM series and a mesh, both called after a patient."""
    series(tmp_path / STEM, uid=UID)
    trimesh.creation.box((10, 10, 10)).export(tmp_path / f"{STEM}.stl")
    return tmp_path


def scene_of(folder, name):
    mesh = MeshFile(path=str(folder / f"{STEM}.stl"), unit="mm")
    return Scene(
        ct=FileSource(path=str(folder / STEM), series_uid=UID),
        tools=(Tool(name=name, source=mesh),),
        level="naive",
        plan=SeriesPlan(count=2, size=32, tools={name: {"x_mm": Normal(sigma=1.0)}}),
    )


def leaks(out):
    """Every file that holds the UID or a name, in its bytes or its path."""
    found = []
    for path in sorted(out.rglob("*")):
        told = str(path.relative_to(out)).encode() + (path.read_bytes() if path.is_file() else b"")
        found += [(path.name, word) for word in (UID, STEM, NAME) if word.encode() in told]
    return found


@pytest.mark.trust("E11")
def test_an_export_by_the_command_line_holds_neither(folder):
    # As the program wrote it at version 1: the tool called after its file.
    project = folder / f"{STEM}.synthex"
    write_project(project, scene_of(folder, STEM))
    project.write_text(json.dumps(json.loads(project.read_text()) | {"version": 1}))
    out = folder / "out"
    assert main(["export", str(project), "--out", str(out)]) == 0
    assert leaks(out) == []
    manifest = json.loads((out / "manifest.json").read_text())
    assert [tool["name"] for tool in manifest["scene"]["tools"]] == ["mesh-1"]
    (ct, tool) = manifest["inputs"]
    assert ct["series_sha256"] == hashlib.sha256(UID.encode()).hexdigest()
    assert tool["role"] == "tool mesh-1"
    assert any("mesh-1" in str(path) for path in (out / "masks").rglob("*"))


@pytest.mark.trust("E11")
def test_an_image_by_the_command_line_holds_neither(folder):
    out = folder / "out"
    out.mkdir()
    mesh = f"{folder / STEM}.stl:Ti6Al4V"
    arguments = ["render", "--ct", str(folder / STEM), "--series", UID, "--mesh", mesh]
    arguments += ["--mesh", mesh, "--size", "32", "--quantity", f"path-mm:{STEM}"]
    assert main([*arguments, "--out", str(out / "x.tif")]) == 0
    assert leaks(out) == []
    assert json.loads((out / "x.tif.json").read_text())["quantity"] == "path-mm:mesh-1"


def test_a_name_that_the_user_gave_is_kept(folder):
    project = folder / "p.synthex"
    write_project(project, scene_of(folder, "left cup"))
    assert main(["export", str(project), "--out", str(folder / "out")]) == 0
    assert leaks(folder / "out") == []
    assert "left cup" in (folder / "out" / "manifest.json").read_text()


def test_another_series_of_the_folder_is_another_export(folder):
    scene = scene_of(folder, "cup")
    other = scene.evolve(ct=scene.ct.evolve(series_uid=UID + "8"))
    assert fingerprint(scene, inputs_of(scene)) != fingerprint(other, inputs_of(other))
