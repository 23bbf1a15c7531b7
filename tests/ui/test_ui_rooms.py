"""The rooms of the window import one way, and what has no need of the scene does not know it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import synthex_gui

UI = Path(synthex_gui.__file__).parent / "ui"
FLOORS = (
    ("style",),
    ("widgets",),
    ("image", "view3d"),
    ("panels",),
    ("dialogs",),
    ("presenters",),
    ("commands",),
    ("window",),
)
BELOW = {
    room: {below for floor in FLOORS[:n] for below in floor} | {room}
    for n, floor in enumerate(FLOORS)
    for room in floor
}
# A presenter knows how slices take a tool's mesh; panels and dialogs it knows by protocols.
BELOW["presenters"] -= {"panels", "dialogs", "view3d"}


def modules(path):
    """Every module that a file imports, at its top and within."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: relative import"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong(room, names):
    return [
        name
        for name in names
        if (parts := name.split("."))[:2] == ["synthex_gui", "ui"]
        and len(parts) > 2
        and parts[2] not in BELOW[room]
    ]


def test_every_room_of_the_window_has_a_floor():
    rooms = {path.name for path in UI.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms == set(BELOW)
    assert [path.name for path in UI.glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize("room", BELOW)
def test_rooms_import_only_what_lies_below(room):
    found = {path.name: wrong(room, modules(path)) for path in (UI / room).rglob("*.py")}
    assert not {name: names for name, names in found.items() if names}


def test_an_import_upwards_is_seen(tmp_path):
    for text in (
        "from synthex_gui.ui.window.main import MainWindow",
        "from synthex_gui.ui import window",
        "import synthex_gui.ui.panels.carm_panel",
        "def later():\n    from synthex_gui.ui.commands.table import ACTIONS",
    ):
        path = tmp_path / "planted.py"
        path.write_text(text)
        assert wrong("presenters", modules(path)), text


def test_widgets_and_style_know_no_scene():
    for room in ("widgets", "style"):
        for path in (UI / room).glob("*.py"):
            assert not [name for name in modules(path) if name.startswith("synthex_gui.scene")]


def test_no_two_files_of_the_window_import_each_other():
    of = {
        ".".join(path.relative_to(UI.parent.parent).with_suffix("").parts): set(modules(path))
        for path in UI.rglob("*.py")
    }

    def reached(name, seen):
        for other in of[name] & of.keys():
            if other not in seen:
                seen.add(other)
                reached(other, seen)
        return seen

    assert not [name for name in of if name in reached(name, set())]


def test_presenters_need_neither_vtk_nor_a_window():
    code = (
        "import sys, importlib, pkgutil, synthex_gui.ui.presenters as room\n"
        "for item in pkgutil.iter_modules(room.__path__, room.__name__ + '.'):\n"
        "    importlib.import_module(item.name)\n"
        "bad = [n for n in sys.modules if n.split('.')[0] in ('vtk', 'vtkmodules', 'pyvista')\n"
        "       or n.startswith('synthex_gui.ui.') and n.split('.')[2] in ('window', 'view3d')]\n"
        "assert not bad, bad\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
