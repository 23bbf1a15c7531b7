"""The rules of the house that a machine can check."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "synthex_gui"
FILES = sorted(PACKAGE.rglob("*.py"))
FLOORS = (
    ("core",),
    ("numeric",),
    ("geometry",),
    ("scene",),
    ("io", "phantom", "tools", "physics"),
    ("loading",),
    ("experiment",),
    ("export",),
    ("app", "cli"),
    ("ui",),
)
MAY_IMPORT = {
    room: {below for floor in FLOORS[:n] for below in floor if below != "cli"}
    for n, floor in enumerate(FLOORS)
    for room in floor
}
DRAWING = ("PySide6", "vtk", "vtkmodules", "pyvista", "pyvistaqt")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def layer_of(path):
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else None


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path):
    layer = layer_of(path)
    if layer is None:
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "synthex_gui" and len(parts) > 1 and parts[1] != layer:
            assert parts[1] in MAY_IMPORT[layer], f"{layer} imports {name}"
        if parts[0] in DRAWING and layer not in ("app", "ui"):
            reads_meshes = path.parent == PACKAGE / "io" / "meshes"
            assert reads_meshes, f"{path.name} imports {name}"
            assert parts[0] != "PySide6", f"{path.name} imports {name}"
        if layer == "app":
            assert name != "PySide6.QtWidgets"


def test_no_file_is_too_long():
    trees = [*FILES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "packaging").glob("*.py")]
    long = {
        p.name: n for p in trees if (n := len(p.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_nothing_runs_code_from_data():
    pattern = re.compile(
        r"allow_pickle=True|pickle\.loads?\(|(^|[^.\w])(eval|exec)\(|shell=True|yaml\.load|extractall"
    )
    hits = [p.name for p in FILES if pattern.search(p.read_text(encoding="utf-8"))]
    assert not hits


def test_packaging_is_no_package():
    assert not (ROOT / "packaging" / "__init__.py").exists()
