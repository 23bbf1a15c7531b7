"""Which backend made which image of a series, read from the images' own records."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path


def backends_used(out: Path, count: int) -> dict[str, str]:
    """Kind of backend -> the images that it made, such as ``{"cuda": "0-2, 4", "cpu": "3"}``."""
    made: dict[str, list[int]] = {}
    for index in range(count):
        record = json.loads((out / f"labels/{index:05d}.json").read_text(encoding="utf-8"))
        made.setdefault(record["backend"], []).append(index)
    return {kind: _ranges(made[kind]) for kind in sorted(made)}


def _ranges(indices: list[int]) -> str:
    parts = []
    # Along a run without gaps, index and place rise together.
    for _, run in groupby(enumerate(indices), lambda item: item[1] - item[0]):
        members = [index for _, index in run]
        parts.append(str(members[0]) if len(members) == 1 else f"{members[0]}-{members[-1]}")
    return ", ".join(parts)
