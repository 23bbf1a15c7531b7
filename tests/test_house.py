"""The gates of the house: who imports whom, how large a room may be, what nobody uses."""

import re
import shutil
import textwrap

import pytest
from pytest_archon.failure import pop_failures

from tests.house import graph, names, shapes
from tests.house.rules import DYNAMIC, FLOORS, STOREYS, hidden_imports, rules

MOST_LINES, MOST_FILES = 400, 20


@pytest.mark.parametrize("rule", [pytest.param(rule, id=name) for name, rule in rules()])
def test_imports_go_one_way(rule):
    rule.check("synthex_gui", only_direct_imports=True)


def test_every_import_is_seen():
    assert not hidden_imports()
    for place in DYNAMIC:
        assert f"synthex_gui.{place}" in graph.modules()


def test_every_room_has_a_floor():
    rooms = {name.split(".")[1] for name in graph.modules() if name.count(".") > 1}
    assert rooms <= {room for floor in FLOORS for room in floor}


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A small package with the same rooms, into which one line can be planted."""
    package = tmp_path / "planted_house"
    rooms = [room for floor in FLOORS for room in floor]
    rooms += [f"{place}.{room}" for place, floors in STOREYS.items() for s in floors for room in s]
    rooms += ["physics.backends.cuda.device"]
    for room in rooms:
        folder = package.joinpath(*room.split("."))
        folder.mkdir(parents=True, exist_ok=True)
        for above in (folder, *folder.parents):
            if above == tmp_path:
                break
            (above / "__init__.py").touch()
        (folder / "thing.py").write_text("name = 1\n")
    monkeypatch.syspath_prepend(tmp_path)

    def plant(place, line):
        path = package.joinpath(*place.split("."))
        # A module is planted as a file, a room as one of its files.
        path = path / "thing.py" if path.is_dir() else path.with_suffix(".py")
        path.write_text(textwrap.dedent(line) + "\n")
        for _, rule in rules("planted_house"):
            rule.check("planted_house", only_direct_imports=True)
        broken = [f.reason for f in pop_failures()] + hidden_imports(package)
        shutil.rmtree(package)
        for cache in (graph.modules, graph.tree_of):
            cache.cache_clear()
        return broken

    return plant


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("physics", "from planted_house.app.thing import name"),
        ("physics", "from planted_house.app import thing"),
        ("physics", "from planted_house import app"),
        ("physics", "import planted_house.app.thing"),
        ("physics", "def f():\n    from planted_house.app import thing"),
        (
            "physics",
            "import typing\nif typing.TYPE_CHECKING:\n    import planted_house.ui",
        ),
        ("physics", "from ..app import thing"),
        ("physics", "from . import render"),
        ("physics", "import importlib\nimportlib.import_module('planted_house.app')"),
        ("physics", "from importlib import import_module\nimport_module('planted_house.app')"),
        ("physics", "from importlib import import_module as find\nfind('planted_house.app')"),
        ("physics", "import importlib as i\nfind = i.import_module\nfind('planted_house.app')"),
        ("physics", "import builtins\nbuiltins.__import__('planted_house.app')"),
        ("physics", "__import__('planted_house.app')"),
        ("io", "from planted_house.physics import render"),
        ("core", "from planted_house.numeric.thing import name"),
        ("cli", "from planted_house.app.thing import name"),
        ("app", "from planted_house.cli import main"),
        ("app", "from PySide6.QtWidgets import QLabel"),
        ("app", "from PySide6 import QtWidgets"),
        ("app", "import PySide6.QtWidgets"),
        ("loading", "from PySide6.QtCore import QObject"),
        ("export", "import vtk"),
        ("ui.panels", "import pyvista"),
        ("ui.widgets", "from vtkmodules.vtkCommonCore import vtkPoints"),
        ("physics.render", "import cupy"),
        ("physics.backends.cuda", "from cupy import cuda"),
        ("physics.backends.cpu", "from planted_house.physics.matter import thing"),
        ("physics.backends.cpu", "from planted_house.scene.thing import name"),
        ("physics.backends.cpu", "from planted_house.physics.backends.cuda.device import thing"),
        ("physics.backends.base", "from planted_house.physics.backends.cpu.thing import name"),
        ("ui.widgets", "from planted_house.scene.thing import name"),
        ("ui.widgets", "from planted_house.ui.panels.thing import name"),
        ("ui.commands", "from planted_house.ui.window.thing import name"),
        ("phantom.paint", "from planted_house.phantom.tissue.thing import name"),
    ],
)
def test_a_planted_import_is_refused(planted, place, line):
    assert planted(place, line)


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("physics", "from planted_house.scene.thing import name"),
        ("ui.panels", "from planted_house.ui.widgets import thing"),
        ("ui.view3d", "import pyvista"),
        ("physics.backends.cuda.device", "import cupy"),
        ("cli.main", "from importlib import import_module\nimport_module('planted_house.cli.x')"),
        ("physics.backends.cpu", "from planted_house.numeric.thing import name"),
    ],
)
def test_what_is_allowed_is_not(planted, place, line):
    assert not planted(place, line)


def test_nothing_goes_in_circles():
    assert not graph.circles(graph.arrows())
    assert not graph.circles(graph.between_rooms())


def test_circles_are_found():
    assert graph.circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert not graph.circles({"a": {"b", "c"}, "b": {"c"}})


def test_a_file_is_read_in_one_sitting():
    trees = [*graph.modules().values()]
    for folder in ("tests", "packaging", "benchmarks", "docs"):
        trees += (graph.ROOT / folder).rglob("*.py")
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in trees}
    assert not {path.name: n for path, n in lines.items() if n > MOST_LINES}


def test_a_room_is_seen_at_a_glance():
    assert not {room: n for room, n in graph.files_by_room().items() if n > MOST_FILES}


def test_private_names_stay_at_home():
    assert not names.private_imports()


def test_every_name_is_used():
    assert not names.unused_names()


def test_what_stands_twice_has_a_reason():
    found = {frozenset({pair.one[0], pair.other[0]}): str(pair) for pair in shapes.pairs()}
    reasons = shapes.reasons()
    assert not {text for files, text in found.items() if files not in reasons}
    assert not [files for files in reasons if files not in found], "reasons for what is gone"


@pytest.mark.trust("E12")
def test_nothing_runs_code_from_data():
    pattern = re.compile(
        r"allow_pickle=True|pickle\.loads?\(|(^|[^.\w])(eval|exec)\(|shell=True|yaml\.load|extractall"
    )
    texts = {path: path.read_text(encoding="utf-8") for path in graph.modules().values()}
    assert not [path.name for path, text in texts.items() if pattern.search(text)]


def test_packaging_is_no_package():
    assert not (graph.ROOT / "packaging" / "__init__.py").exists()
