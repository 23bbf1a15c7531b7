"""Who may import whom: the floors, the rooms within them, and who may use which library."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_archon import archrule

from tests.house.graph import PACKAGE, modules, tree_of

# From the ground up: a room imports from the floors below its own, and from itself.
FLOORS = (
    ("core",),
    ("numeric",),
    ("geometry",),
    ("scene",),
    ("io", "phantom", "tools", "physics"),
    ("loading",),
    ("planning", "experiment", "randomization"),
    ("export",),
    ("app", "cli"),
    ("ui",),
)
# Within a room the same, from the ground up. What is not named is free.
STOREYS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "physics.backends": (
        ("base",),
        ("stages",),
        ("contract",),
        ("cpu",),
        ("cuda", "process"),
        ("fallback",),
        ("choice",),
        ("listing",),
    ),
    "physics": (
        ("backends",),
        ("matter",),
        ("detector",),
        ("beam",),
        ("scatter",),
        ("look",),
        ("exposure",),
        ("render",),
        ("warm_up",),
    ),
    "io": (("volumes", "meshes"), ("labels",), ("xray", "landmarks"), ("hashing",), ("child",)),
    "phantom": (("paint",), ("tables",), ("trunk",), ("skeleton",), ("tissue",), ("build",)),
    "ui": (
        ("style",),
        ("widgets",),
        ("image", "view3d"),
        ("panels",),
        ("dialogs",),
        ("presenters",),
        ("commands",),
        ("window",),
    ),
}
# (what, who must not import it)
STRANGERS: tuple[tuple[str, str], ...] = (
    # A widget serves any program; a backend knows no scene.
    ("scene", "ui.widgets"),
    ("scene", "physics.backends"),
)
# Library -> the only places that may import it.
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "PySide6": ("app", "ui"),
    "PySide6.QtWidgets": ("ui",),
    "vtk": ("ui.view3d", "io.meshes"),
    "vtkmodules": ("ui.view3d", "io.meshes"),
    "pyvista": ("ui.view3d", "io.meshes"),
    "pyvistaqt": ("ui.view3d",),
    "cupy": ("physics.backends.cuda.device",),
    "matplotlib": (),
}
# Modules that are found by name at run time, and why.
DYNAMIC: Mapping[str, str] = {
    "cli.main": "a command is imported when it is called, so that the others cost nothing",
    "io.child.serve": "a test names readers of its own that crash",
}
_DYNAMIC_CALLS = frozenset({"import_module", "__import__", "run_module", "exec_module"})


def rules(package: str = "synthex_gui") -> Iterator[tuple[str, object]]:
    """(name, rule of pytest-archon): each is to be checked on direct imports."""

    def both(*rooms: str) -> list[str]:
        return [f"{package}.{room}{rest}" for room in rooms for rest in ("", ".*")]

    for place, floors in {"": FLOORS, **STOREYS}.items():
        path = f"{place}." if place else ""
        for level, floor in enumerate(floors):
            for room in floor:
                above = [other for beside in floors[level:] for other in beside if other != room]
                if not above or not _is_there(path + room, package):
                    continue
                forbidden = both(*(path + other for other in above))
                rule = archrule(f"{path}{room} imports only from below")
                yield rule.name, rule.match(*both(path + room)).should_not_import(*forbidden)
    for what, who in STRANGERS:
        rule = archrule(f"{who} does not know {what}")
        yield rule.name, rule.match(*both(who)).should_not_import(*both(what))
    rest = archrule("backends know no physics")
    yield (
        rest.name,
        rest.match(*both("physics.backends"))
        .should_not_import(*both("physics"))
        .may_import(*both("physics.backends")),
    )
    for library, places in LIBRARIES.items():
        rule = archrule(f"{library} only in {', '.join(places) or 'no room'}")
        allowed = both(*places) or [f"{package}.nowhere"]
        yield (
            rule.name,
            rule.match(f"{package}.*").exclude(*allowed).should_not_import(library, f"{library}.*"),
        )


def _is_there(room: str, package: str) -> bool:
    if package != PACKAGE.name:
        return True
    place = PACKAGE.joinpath(*room.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


def hidden_imports(package: Path = PACKAGE) -> list[str]:
    """Imports that the rules would not see, or see elsewhere: dynamic and relative ones."""
    found = []
    for name, path in modules(package).items():
        place = name.partition(".")[2]
        dynamic = _DYNAMIC_CALLS | _renamed(tree_of(path))
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and node.level:
                found.append(f"{name}:{node.lineno} imports relatively")
            is_call = isinstance(node, ast.Call) and _called(node) in dynamic
            if is_call and place not in DYNAMIC:
                found.append(f"{name}:{node.lineno} imports by name at run time")
    return found


def _renamed(tree: ast.AST) -> set[str]:
    """Other names that a file gives to the calls that import by name."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {item.asname for item in node.names if item.name in _DYNAMIC_CALLS}
        elif isinstance(node, ast.Assign):
            value = node.value
            if getattr(value, "attr", getattr(value, "id", "")) in _DYNAMIC_CALLS:
                names |= {getattr(target, "id", None) for target in node.targets}
    return {name for name in names if name}


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))
