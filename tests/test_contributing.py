"""Every example of CONTRIBUTING.md does what the page says."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from synthex_gui.core import resources

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```\w+ ([^\n]+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A copy of `resources` that the program reads, with every kept reading forgotten."""
    from synthex_gui.physics.matter import materials
    from synthex_gui.scene import devices

    kept = [devices.devices, devices.presets, materials._table]
    kept += [materials.material, materials.material_names]
    place = tmp_path / "resources"
    shutil.copytree(ROOT / "resources", place)
    monkeypatch.setattr(resources, "root", lambda: place)
    for each in kept:
        each.cache_clear()
    yield place
    for each in kept:
        each.cache_clear()


def test_every_example_is_tested():
    files = (Path(__file__), ROOT / "tests" / "ui" / "test_ui_actions.py")
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    assert len(BLOCKS) >= 12
    assert not [name for name in BLOCKS if not re.search(rf"[\"']{re.escape(name)}[\"']", source)]


def test_a_device(shelf):
    from synthex_gui.scene.devices import device_by_id, preset_by_id
    from synthex_gui.scene.edits import camera_of, new_carm, reach_preset

    name = "devices/lab-arm.json"
    (shelf / name).write_text(BLOCKS[name], encoding="utf-8")
    carm = new_carm(device_by_id("lab-arm"), [0.0, 0.0, 0.0])
    placed, reach = reach_preset(carm, preset_by_id("lateral-left"), None)
    assert reach.is_possible
    camera = camera_of(placed)
    assert camera.sdd_mm == 1100
    assert camera.direction == pytest.approx([1, 0, 0], abs=1e-9)


def test_a_view(shelf):
    from synthex_gui.scene.devices import preset_by_id

    name = "views/presets.json"
    entries = json.loads((shelf / name).read_text(encoding="utf-8"))
    (shelf / name).write_text(json.dumps([*entries, json.loads(BLOCKS[name])]), encoding="utf-8")
    assert preset_by_id("teardrop-left").primary_deg == 30


def test_a_material(shelf):
    from synthex_gui.physics.matter.materials import material

    name = "materials/materials.json"
    entries = json.loads((shelf / name).read_text(encoding="utf-8"))
    (shelf / name).write_text(json.dumps(entries | json.loads(BLOCKS[name])), encoding="utf-8")
    assert material("zirconia").attenuation_per_mm() == pytest.approx(
        material("ZrO2@6.05").attenuation_per_mm()
    )


def module(folder: Path, monkeypatch, name: str, text: str):
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()
    return importlib.import_module(name)


def test_a_tool(tmp_path, monkeypatch):
    from synthex_gui.tools import catalogue

    module(tmp_path, monkeypatch, "spacer", BLOCKS["tools/spacer.py"])
    head = "import spacer\nfrom synthex_gui.tools.catalogue import ToolKind, on_axis\n"
    row = module(tmp_path, monkeypatch, "row", f"{head}KIND = {BLOCKS['the row']}")
    known = {**catalogue.CATALOGUE, "spacer": row.KIND}
    monkeypatch.setattr(catalogue, "CATALOGUE", known)
    mesh = catalogue.build_tool("spacer", {"height_mm": 12.0})
    assert mesh.is_closed
    assert np.ptp(mesh.vertices, axis=0) == pytest.approx([20, 20, 12], rel=1e-2)
    assert catalogue.tool_points("spacer")["tail"] == pytest.approx([0, 0, 9])
    with pytest.raises(catalogue.ToolError, match="Diameter must be 10 to 40 mm"):
        catalogue.build_tool("spacer", {"diameter_mm": 99.0})


def test_a_dialect_of_label_tables(tmp_path, monkeypatch):
    from synthex_gui.io.labels import table

    path = tmp_path / "labels.csv"
    path.write_text(BLOCKS["labels.csv"], encoding="utf-8")
    with pytest.raises(table.InputError, match="no columns for id and name"):
        table.read_table(path)
    monkeypatch.setattr(table, "ID_COLUMNS", (*table.ID_COLUMNS, "etiqueta"))
    monkeypatch.setattr(table, "NAME_COLUMNS", (*table.NAME_COLUMNS, "nombre"))
    assert [(item.id, item.name) for item in table.read_table(path)] == [
        (1, "femur-left"),
        (2, "femur-right"),
    ]


def test_a_format_of_an_export(tmp_path, monkeypatch, small_project):
    from synthex_gui.core.steps import run_to_end
    from synthex_gui.export import item
    from synthex_gui.export.run import export_series
    from synthex_gui.export.verify import verify
    from synthex_gui.scene.project import read_project

    boxes = module(tmp_path, monkeypatch, "boxes", BLOCKS["export/writers/boxes.py"])
    monkeypatch.setattr(item, "IMAGE_WRITERS", (*item.IMAGE_WRITERS, boxes.box_files))
    out = tmp_path / "series"
    manifest = run_to_end(export_series(read_project(small_project)[0], out))
    assert run_to_end(verify(out)).is_whole
    listed = {entry["path"] for entry in json.loads(manifest.read_text())["files"]}
    assert "labels/00004.txt" in listed
    truth = json.loads((out / "labels/00004.json").read_text())
    left, top, width, height = truth["masks"][0]["bbox"]
    number, *box = (out / "labels/00004.txt").read_text().splitlines()[0].split()
    expected = [(left + width / 2) / 64, (top + height / 2) / 64, width / 64, height / 64]
    assert number == "0"
    assert [float(value) for value in box] == pytest.approx(expected, abs=1e-6)


def test_a_backend(tmp_path, monkeypatch, small_ct):
    from synthex_gui.physics.backends.cpu.backend import CpuBackend
    from synthex_gui.physics.render import Renderer
    from synthex_gui.scene.assets import SceneAssets
    from synthex_gui.scene.model import Scene

    mine = module(tmp_path, monkeypatch, "mine", BLOCKS["physics/backends/mine.py"])
    images = []
    for backend in (mine.MyBackend(1), CpuBackend(1)):
        renderer = Renderer(backend, 1)
        renderer.set_assets(SceneAssets(ct=small_ct))
        images.append(renderer.render(Scene(), size=32).signal)
    assert renderer.backend.name != mine.MyBackend(1).name == "Mine"
    np.testing.assert_array_equal(*images)


CHOOSE = """
from synthex_gui.app.settings import Settings
from synthex_gui.cli.main import build_parser
from synthex_gui.core.backend_names import backend_title
from synthex_gui.physics.backends.choice import make_backend
from synthex_gui.scene.plan import SeriesPlan

options = build_parser().parse_args("export a.synthex --out b --backend mine".split())
assert SeriesPlan(backend=options.backend).backend == Settings(backend="mine").backend
print(backend_title("mine"), "=", make_backend("mine").name)
"""


def test_a_backend_is_chosen_by_its_name(tmp_path):
    package = tmp_path / "synthex_gui"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "synthex_gui", package, ignore=ignored)
    backends = package / "physics" / "backends"
    (backends / "mine.py").write_text(BLOCKS["physics/backends/mine.py"], encoding="utf-8")
    with (package / "core" / "backend_names.py").open("r+", encoding="utf-8") as file:
        head, brace, rest = file.read().partition("TITLES = {")
        file.seek(0)
        file.write(head + brace + BLOCKS["the row of TITLES"].strip(" {}\n") + ", " + rest)
    with (backends / "choice.py").open("a", encoding="utf-8") as file:
        file.write("from synthex_gui.physics.backends.mine import MyBackend\n")
        file.write(f"DEVICES |= {BLOCKS['the row of DEVICES']}")
    done = subprocess.run(
        [sys.executable, "-c", CHOOSE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "My device = Mine\n"


def test_a_format_of_a_series(tmp_path, monkeypatch, small_project):
    from synthex_gui.core.steps import run_to_end
    from synthex_gui.export import run
    from synthex_gui.export.verify import verify
    from synthex_gui.scene.project import read_project

    counts = module(tmp_path, monkeypatch, "counts", BLOCKS["export/writers/counts.py"])
    monkeypatch.setattr(run, "SERIES_WRITERS", (counts.counts_files, *run.SERIES_WRITERS))
    out = tmp_path / "series"
    run_to_end(run.export_series(read_project(small_project)[0], out))
    assert run_to_end(verify(out)).is_whole
    first, *rows = (out / "counts.csv").read_text(encoding="utf-8").splitlines()
    assert first == "image,mask,pixels"
    truth = json.loads((out / "labels/00000.json").read_text(encoding="utf-8"))
    masks = [f"0,{mask['name']},{mask['area_px']}" for mask in truth["masks"]]
    assert rows[: len(masks)] == masks
    assert masks


def test_a_command_of_the_terminal(tmp_path, monkeypatch, capsys):
    from synthex_gui import cli
    from synthex_gui.cli import main

    monkeypatch.setattr(cli, "__path__", [*cli.__path__, str(tmp_path)])
    monkeypatch.setattr(main, "COMMANDS", (*main.COMMANDS, "landmarks"))
    (tmp_path / "landmarks.py").write_text(BLOCKS["cli/landmarks.py"], encoding="utf-8")
    points = {
        "frame": "LPS",
        "unit": "mm",
        "landmarks": [{"name": "ASIS-l", "position": [1.0, -2.25, 3.0]}],
    }
    (tmp_path / "pelvis.json").write_text(json.dumps(points), encoding="utf-8")
    assert main.main(["landmarks", str(tmp_path / "pelvis.json")]) == 0
    assert capsys.readouterr().out == "ASIS-l: 1.0 -2.2 3.0\n"
    assert main.main(["landmarks", str(tmp_path / "none.json")]) == 1
    with pytest.raises(SystemExit):
        main.main(["landmarks", "--help"])
    assert "example: synthex landmarks pelvis.mrk.json" in capsys.readouterr().out


def rooms():
    """Every room by its path below the package: `io/volumes/dicom`."""
    package = ROOT / "synthex_gui"
    return [path.parent.relative_to(package) for path in package.rglob("*/__init__.py")]


@pytest.mark.parametrize("room", [room for room in rooms() if room.parts], ids=str)
def test_the_map_names_every_room(room):
    """A row each for the rooms of the ground floor; in it, by name, the rooms within."""
    rows = dict(re.findall(r"^\| `([\w/]+)` \| (.*) \|$", PAGE, re.MULTILINE))
    top = next(name for name in (str(room), *map(str, room.parents)) if name in rows)
    if top != str(room):
        named = re.findall(r"`([\w/]+)`", rows[top])
        assert str(room.relative_to(top)) in named
