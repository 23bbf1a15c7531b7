"""Modules of the package, what each imports, and the rooms that makes."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "synthex_gui"


def module_name(path: Path, package: Path = PACKAGE) -> str:
    """``synthex_gui.io.xray``; of a package's ``__init__`` the package."""
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@lru_cache(maxsize=4)
def modules(package: Path = PACKAGE) -> Mapping[str, Path]:
    """Name -> file of every module."""
    return {module_name(path, package): path for path in sorted(package.rglob("*.py"))}


@lru_cache(maxsize=1024)
def tree_of(path: Path) -> ast.Module:
    """The file's syntax."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path, known: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """(module of the package, name taken from it or "") for each import anywhere in the file."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                yield (inside, "") if inside in known else (node.module, alias.name)


def arrows(package: Path = PACKAGE) -> Mapping[str, set[str]]:
    """Module -> the modules of the package that it imports."""
    known = modules(package)
    return {
        name: {target for target, _ in imported(path, known)} - {name}
        for name, path in known.items()
    }


def rooms(package: Path = PACKAGE) -> Mapping[str, str]:
    """Module -> its room: its folder. What stands in a folder that has folders of its own is a room
    by itself, since it may lie below or above those.
    """
    folders = {path.parent for path in modules(package).values()}
    halls = {folder.parent for folder in folders}
    return {
        name: name if path.parent in halls else module_name(path.parent / "__init__.py", package)
        for name, path in modules(package).items()
    }


def between_rooms(package: Path = PACKAGE) -> Mapping[str, set[str]]:
    """Room -> the rooms that it imports."""
    room = rooms(package)
    found: dict[str, set[str]] = defaultdict(set)
    for name, targets in arrows(package).items():
        found[room[name]] |= {room[target] for target in targets} - {room[name]}
    return found


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected parts of more than one node (Tarjan)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        number[node] = lowest[node] = len(number)
        stack.append(node)
        for target in graph.get(node, ()):
            if target not in number:
                visit(target)
                lowest[node] = min(lowest[node], lowest[target])
            elif target in stack:
                lowest[node] = min(lowest[node], number[target])
        if lowest[node] == number[node]:
            part = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(part) > 1:
                found.append(sorted(part))

    for node in graph:
        if node not in number:
            visit(node)
    return found


def files_by_room(package: Path = PACKAGE) -> Mapping[str, int]:
    """Folder -> its files, ``__init__`` left out."""
    count: dict[str, int] = defaultdict(int)
    for path in modules(package).values():
        count[path.parent.relative_to(package.parent).as_posix()] += path.name != "__init__.py"
    return count
