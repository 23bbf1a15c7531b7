"""What pydantic finds wrong with data, in the program's own words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from synthex_gui.core.text import shown

# Kind of fault -> what must be, with names from the fault's context.
RULES = {
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text",
    "string_unicode": "must be text",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "is none of the words that are known",
    "literal_error": "must be one of {expected}",
    "union_tag_invalid": "must be one of {expected_tags}",
    "none_required": "must be null",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be an object with named values",
    "mapping_type": "must be an object with named values",
    "model_type": "must be an object with named values",
    "model_attributes_type": "must be an object with named values",
}


def fault_of(error: ValidationError, data: Any = None, whole: str = "") -> str:
    """The first fault as one line: where, what must be, what is there.

    `data` is what was validated: an item of a list is called by its ``name`` there. `whole` says
    what the data are, for a fault that has no place in them.
    """
    first = error.errors(include_url=False)[0]
    kind, value = first["type"], first.get("input")
    place = _place(first["loc"], data)
    if kind == "missing":
        return f"{place or whole} is missing"
    if kind == "extra_forbidden":
        return f"{place} is not known (misspelt, or of another version)"
    if kind == "union_tag_not_found":
        return f"{place or whole} does not say of which kind it is"
    if kind in ("value_error", "assertion_error"):
        text = first["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        return f"{place or whole}: {text}" if place or whole else text
    if kind in ("too_long", "too_short"):
        return f"{place or whole} has the wrong number of values"
    rule = RULES.get(kind)
    if rule is None:
        return f"{place or whole} cannot be {shown(value)}"
    rule = rule.format(**{name: _exact(bound) for name, bound in first.get("ctx", {}).items()})
    if kind == "union_tag_invalid" and isinstance(value, dict):
        value = value.get("kind")
    return f"{place or whole} {rule}, not {shown(value)}"


def _place(steps: Sequence[int | str], data: Any) -> str:
    """``tools 'wire' world_from_tool.0.3``."""
    words = ""
    inner = data
    for step in steps:
        inner = _inside(inner, step)
        name = inner.get("name") if isinstance(inner, dict) else None
        if isinstance(step, int) and isinstance(name, str) and name:
            words = f"{words} {shown(name)} "
        else:
            words += f"{'.' if words and not words.endswith(' ') else ''}{step}"
    return words.strip()


def _inside(data: Any, step: int | str) -> Any:
    try:
        # A step may also be the kind that a union took; then there is nothing to go into.
        return data[step]
    except (KeyError, IndexError, TypeError):
        return data if isinstance(step, str) else None


def _exact(bound: Any) -> Any:
    """1000000 instead of 1e+06."""
    whole = isinstance(bound, float) and bound.is_integer() and abs(bound) < 1e15
    return int(bound) if whole else bound
