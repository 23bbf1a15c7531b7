"""Runs of code that stand twice, alike but for names, numbers and strings."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.house.graph import PACKAGE, modules

LEAST_LINES = 8
# Lines that only list: a bracket, literals, a parameter, a field, an argument. Of others so many
# must be there.
THIN = re.compile(
    r"[\[\](){},:.\-'0 ]*|(\*\* ?|\* ?)?[^=]*[,:]"
    r"|name( \. name)* (: [^=]*)?(= [^()]*)?,?|return name"
)
LEAST_FULL = 5
REASONS = Path(__file__).with_name("same_shape.toml")


@dataclass(frozen=True)
class Pair:
    """Two places, each (file from the package on, first line), of `lines` lines of one shape."""

    one: tuple[str, int]
    other: tuple[str, int]
    lines: int

    def __str__(self) -> str:
        places = (f"{name}:{line}" for name, line in (self.one, self.other))
        return f"{' and '.join(places)}, {self.lines} lines"


def pairs(package: Path = PACKAGE) -> list[Pair]:
    """The longest runs of `LEAST_LINES` lines and more that two places share."""
    lines = {
        path.relative_to(package).as_posix(): list(_shapes(path))
        for path in modules(package).values()
    }
    windows = defaultdict(list)
    for name, shapes in lines.items():
        for start in range(len(shapes) - LEAST_LINES + 1):
            run = tuple(shape for _, shape in shapes[start : start + LEAST_LINES])
            if sum(not THIN.fullmatch(shape) for shape in run) >= LEAST_FULL:
                windows[run].append((name, start))
    found: list[Pair] = []
    seen: set[tuple[str, int, str, int]] = set()
    for places in windows.values():
        for n, (one, first) in enumerate(places):
            for other, second in places[n + 1 :]:
                if (one, first, other, second) in seen:
                    continue
                length = _common(lines[one], first, lines[other], second)
                if one == other and abs(first - second) < length:
                    # A table, whose lines are all alike.
                    continue
                seen |= {(one, first + k, other, second + k) for k in range(length)}
                found.append(
                    Pair((one, lines[one][first][0]), (other, lines[other][second][0]), length)
                )
    return sorted(found, key=lambda pair: (-pair.lines, pair.one, pair.other))


def reasons() -> dict[frozenset[str], str]:
    """The two files (or the one) of a pair -> why both stand."""
    with REASONS.open("rb") as file:
        listed = tomllib.load(file).get("pair", [])
    return {frozenset(item["files"]): item["reason"] for item in listed}


def _common(one: list, first: int, other: list, second: int) -> int:
    length = 0
    while (
        first + length < len(one)
        and second + length < len(other)
        and one[first + length][1] == other[second + length][1]
    ):
        length += 1
    return length


def _shapes(path: Path) -> Iterator[tuple[int, str]]:
    """(line number, shape) of each line of code; imports, comments and docstrings left out."""
    words: dict[int, list[str]] = defaultdict(list)
    is_import = False
    at_start = True
    source = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
            continue
        if token.type == tokenize.NEWLINE:
            is_import, at_start = False, True
            continue
        if at_start and token.type == tokenize.STRING:
            at_start = False
            continue
        if at_start and token.string in ("import", "from"):
            is_import = True
        at_start = False
        if not is_import and token.type != tokenize.ENDMARKER:
            words[token.start[0]].append(_shape(token))
    yield from ((line, " ".join(shape)) for line, shape in sorted(words.items()))


def _shape(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.NAME:
        return token.string if keyword.iskeyword(token.string) else "name"
    return {tokenize.NUMBER: "0", tokenize.STRING: "''"}.get(token.type, token.string)
