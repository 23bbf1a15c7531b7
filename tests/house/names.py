"""Names that cross between modules, and names that nothing uses."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.house.graph import PACKAGE, ROOT, imported, modules, tree_of

WORD = re.compile(r"[A-Za-z_]\w*")
# Called by a library under this name: pydantic's settings, the hooks of a spin box of Qt.
BY_LIBRARIES = frozenset({"model_config", "validate", "fixup"})
# Where a name may be used besides the package itself. Tests do not count: what only they use is
# not used.
USERS = ("benchmarks", "packaging", "docs")


def private_imports(package: Path = PACKAGE) -> list[str]:
    """``module takes _name from module`` for each private name that crosses."""
    known = modules(package)
    found = []
    for name, path in known.items():
        for target, taken in imported(path, known):
            if taken.startswith("_") and not taken.startswith("__"):
                found.append(f"{name} takes {taken} from {target}")
    return found


def unused_names(package: Path = PACKAGE) -> list[str]:
    """``module: name`` of what is defined and never named again, in code or in a string."""
    paths = list(modules(package).values())
    others = [path for folder in USERS for path in sorted((ROOT / folder).rglob("*.py"))]
    used = Counter(word for path in [*paths, *others] for word in _words(path))
    # Fields are filled from the files of `resources`.
    for path in (ROOT / "resources").rglob("*.json"):
        used.update(WORD.findall(path.read_text(encoding="utf-8")))
    defined = [(path, name) for path in paths for name in _defined(tree_of(path))]
    times = Counter(name for _, name in defined)
    return [
        f"{path.relative_to(package.parent).as_posix()}: {name}"
        for path, name in defined
        if used[name] <= times[name] and name not in BY_LIBRARIES
    ]


def _words(path: Path) -> Iterator[str]:
    """Identifiers of code and of strings that are no docstrings; comments say nothing."""
    source = path.read_text(encoding="utf-8")
    last = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.NAME:
            yield token.string
        is_docstring = last in (tokenize.NEWLINE, tokenize.INDENT, tokenize.ENCODING)
        if token.type == tokenize.STRING and not is_docstring:
            yield from WORD.findall(token.string)
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            last = token.type


def _defined(tree: ast.Module) -> Iterator[str]:
    """Functions, classes, constants, methods and fields; not what a library calls or overrides."""
    for node in tree.body:
        yield from _names(node)
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                # Qt calls what is written like its own: `paintEvent`.
                yield from (name for name in _names(inner) if not re.search(r"[a-z][A-Z]", name))


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        called = {_called(decorator) for decorator in node.decorator_list}
        if not called & {"model_validator", "field_validator", "overload", "register"}:
            yield from () if node.name.startswith("__") else (node.name,)
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and not target.id.startswith("__"):
                yield target.id


def _called(decorator: ast.expr) -> str:
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    return named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")
