"""Numberings that label maps without names may follow, by the names a user gives them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from functools import cache

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.resources import resource
from synthex_gui.io.labels.totalsegmentator import TOTAL_V2

TOTAL = "totalsegmentator"


class SchemeError(SynthexError):
    """A numbering that is not known; the text names those that are alike."""


@cache
def schemes() -> Mapping[str, Mapping[int, str]]:
    """Name -> (id -> structure): ``totalsegmentator`` is its task total (v2), the others are called
    ``totalsegmentator-TASK``. Source: resources/labels/SOURCE.md.
    """
    text = resource("labels", "totalsegmentator.json").read_text(encoding="utf-8")
    found = {TOTAL: dict(enumerate(TOTAL_V2, start=1))}
    for task, names in json.loads(text).items():
        found[f"{TOTAL}-{task}"] = {int(number): name for number, name in names.items()}
    return found


def scheme_names(name: str) -> Mapping[int, str]:
    """Id -> structure of a numbering. Raises SchemeError."""
    if name in schemes():
        return schemes()[name]
    alike = difflib.get_close_matches(name, schemes(), 3, 0.3) or [TOTAL]
    raise SchemeError(
        f"no numbering is called {name[:60]!r}; near it are {', '.join(alike)} (totalsegmentator-"
        "TASK, TASK as TotalSegmentator calls it)"
    )
