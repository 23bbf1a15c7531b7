"""Values of DICOM elements as they are, whatever their type says: wrong value representations,
decimal commas and odd character sets are no damage.
"""

from __future__ import annotations

import math
from typing import Any


def value_of(header: Any, name: str) -> Any:
    """An element's value, as text where it is not what its representation says; None for none."""
    try:
        return header.get(name)
    except Exception:
        # pydicom converts when an element is first read, and refuses "0,7" or "1.5" as an integer.
        return _raw(header, name)


def text_of(header: Any, name: str) -> str:
    """One line of text, empty for none; of several values the first."""
    value = value_of(header, name)
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    elif value is not None and not isinstance(value, str) and hasattr(value, "__iter__"):
        value = next(iter(value), "")
    return "" if value is None else str(value).strip("\0 ")


def words_of(header: Any, name: str) -> tuple[str, ...]:
    """Several words in capitals, such as an image's type."""
    value = value_of(header, name)
    if value is None:
        return ()
    parts = value.split("\\") if isinstance(value, str) else value
    return tuple(str(part).strip().upper() for part in parts)


def numbers_of(value: Any, count: int) -> tuple[float, ...] | None:
    """`count` finite numbers of an element's value, None where they are not there."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        value = value.strip("\0 ").split("\\")
    try:
        found = tuple(_number(item) for item in value)
    except TypeError:
        return None
    if len(found) != count:
        return None
    return tuple(item for item in found if item is not None) if None not in found else None


def number_of(value: Any) -> float | None:
    """One finite number of an element's value, None where there is none."""
    is_one = not hasattr(value, "__iter__")
    found = numbers_of((value,) if is_one else value, 1)
    return None if found is None else found[0]


def whole_of(header: Any, name: str, default: int = 0) -> int:
    """A whole number; `default` where it is missing or no number."""
    value = value_of(header, name)
    if isinstance(value, bytes) and len(value) == 2 and not value.strip(b"\0 ").isdigit():
        return int.from_bytes(value, "little")
    found = number_of(value)
    return default if found is None else int(found)


def _number(item: Any) -> float | None:
    try:
        number = float(str(item).strip("\0 ").replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _raw(header: Any, name: str) -> Any:
    try:
        value = header.get_item(name).value
    except Exception:
        return None
    return value.decode("latin-1") if isinstance(value, bytes) else value
