"""Runs the tests of every row in a process of their own and adds up what they told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.trust.marks import TESTS, files_by_row
from tests.trust.table import ROWS, Row
from tests.trust.tally import FILE

WIDTH = 76


@dataclass
class Sum:
    """Of one row: tries that held and that did not, seconds, and what was not run and why."""

    survived: int = 0
    failed: int = 0
    seconds: float = 0.0
    skipped: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def run(folder: Path, is_quick: bool, names: Sequence[str]) -> list[dict]:
    """The lines of the tally of all marked tests below a folder, of these rows or of all."""
    by_row = files_by_row(folder)
    chosen = [by_row.get(name, set()) for name in names or by_row]
    files = sorted(str(path) for path in set().union(*chosen))
    if not files:
        return []
    with tempfile.TemporaryDirectory() as place:
        told = Path(place) / "tally.jsonl"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.trust.tally", *files]
        command += ["-p", "no:cacheprovider"] + ([] if is_quick else ["--all"])
        environment = {**os.environ, FILE: str(told)}
        subprocess.run(command, cwd=TESTS.parent, env=environment, stdout=sys.stderr, check=False)
        text = told.read_text(encoding="utf-8") if told.exists() else ""
    return [json.loads(line) for line in text.splitlines()]


def summed(lines: Iterable[dict]) -> dict[str, Sum]:
    """Row's name -> its sum; a test that began and never ended counts under its name as failed."""
    found: dict[str, Sum] = {}
    under_way = ""
    for line in lines:
        if "begun" in line:
            under_way = line["begun"]
            continue
        under_way = ""
        for name in line["rows"]:
            row = found.setdefault(name, Sum())
            row.survived += line["survived"]
            row.failed += line["failed"]
            row.seconds += line["seconds"]
            if line["outcome"] == "skipped":
                row.skipped[line["why"]] = row.skipped.get(line["why"], 0) + 1
            elif line["failed"]:
                row.broken.append(f"{line['ended']}: {line['why']}")
    if under_way:
        found.setdefault("", Sum()).broken.append(f"{under_way}: ended the process of the tests")
    return found


def printed(
    sums: dict[str, Sum], rows: Sequence[Row] = ROWS, is_quick: bool = False
) -> tuple[str, bool]:
    """The tally as text, and whether every row was tried and none failed. A full run says where it
    made fewer tries than it should.
    """
    lines = [f"{'':4} {'fault':{WIDTH}}  full  tried   held failed      s"]
    holds = not sums.get("", Sum()).broken
    lines += sums.get("", Sum()).broken
    for row in rows:
        found = sums.get(row.name, Sum())
        tried = found.survived + found.failed
        holds = holds and tried > 0 and not found.failed
        lines.append(
            f"{row.name:4} {row.fault[:WIDTH]:{WIDTH}} {row.tries:5} {tried:6} {found.survived:6} "
            f"{found.failed:6} {found.seconds:6.1f}{_short(row, tried, is_quick)}"
        )
        lines += [f"     FAILED {text}" for text in found.broken]
        lines += [f"     not run: {why} ({n})" for why, n in found.skipped.items()]
    return "\n".join(lines), holds


def _short(row: Row, tried: int, is_quick: bool) -> str:
    if not tried:
        return "  NOT TRIED"
    return "" if is_quick or tried >= row.tries else "  fewer than a full run makes"
