"""Which tests carry which row, read from their source: nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]


@cache
def files_by_row(folder: Path = TESTS) -> dict[str, set[Path]]:
    """Row's name -> the test files below a folder that have ``pytest.mark.trust(NAME, ...)``."""
    found: dict[str, set[Path]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for name in _names(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(name, set()).add(path)
    return found


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "trust":
            yield from (item.value for item in node.args if isinstance(item, ast.Constant))
