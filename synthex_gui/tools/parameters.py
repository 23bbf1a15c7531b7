"""What a tool can be asked to be: named numbers with ranges, enough to build a form from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.text import shown


class ToolError(SynthexError):
    """A tool that does not exist, or parameters that no such tool can have."""


@dataclass(frozen=True)
class Parameter:
    """One number of a tool: `low` and `high` inclusive, `unit` "mm", "deg" or "" for a count;
    `is_count` asks for a whole number.
    """

    name: str
    label: str
    default: float
    low: float
    high: float
    unit: str = "mm"
    step: float = 0.1
    is_count: bool = False


def count(name: str, label: str, default: int, low: int, high: int) -> Parameter:
    """A parameter that is a whole number."""
    return Parameter(name, label, default, low, high, unit="", step=1, is_count=True)


def resolved(
    tool: str, parameters: Sequence[Parameter], values: Mapping[str, Any]
) -> dict[str, float]:
    """All parameters with their values, defaults filled in.

    Raises ToolError for an unknown name, something that is no number, or a value out of range.
    """
    known = {item.name: item for item in parameters}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ToolError(f"{tool}: no parameter {', '.join(unknown)}; there are {', '.join(known)}")
    result: dict[str, float] = {}
    for item in parameters:
        value = values.get(item.name, item.default)
        if (
            # True is a number in Python, not in a form.
            isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value)
        ):
            raise ToolError(f"{tool}: {item.label} must be a number, not {shown(value)}")
        if not item.low <= value <= item.high:
            raise ToolError(
                f"{tool}: {item.label} must be {item.low:g} to {item.high:g} {item.unit}".rstrip()
                + f", not {value:g}"
            )
        if item.is_count and value != int(value):
            raise ToolError(f"{tool}: {item.label} must be a whole number, not {value:g}")
        result[item.name] = int(value) if item.is_count else float(value)
    return result


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        # A whole number beyond any float.
        return False
