"""What headers written as text have in common: numbers, and a size that must be one volume's."""

from __future__ import annotations

import math
import re
from pathlib import Path

from synthex_gui.io.errors import InputError

SHOWN = 40


def whole_numbers(path: Path, name: str, text: str) -> tuple[int, ...]:
    """One or more integers separated by spaces. Raises InputError naming the field.

    At most 12 digits: no size or offset of a file that exists has more, and Python itself raises
    on some thousands of them.
    """
    words = text.split()
    if not words or not all(re.fullmatch(r"-?[0-9]{1,12}", word) for word in words):
        raise damaged(path, name, text)
    return tuple(int(word) for word in words)


def real_numbers(path: Path, name: str, words: list[str]) -> list[float]:
    """Finite numbers. Raises InputError naming the field."""
    try:
        values = [float(word) for word in words]
    except ValueError as error:
        raise damaged(path, name, " ".join(words)) from error
    if not all(math.isfinite(value) for value in values):
        raise damaged(path, name, " ".join(words))
    return values


def one_volume(path: Path, sizes: tuple[int, ...]) -> tuple[int, int, int]:
    """(x, y, z) of sizes, a fourth of 1 dropped. Raises InputError for anything but one volume."""
    if len(sizes) == 4 and sizes[3] == 1:
        sizes = sizes[:3]
    if len(sizes) != 3:
        shown = " x ".join(map(str, sizes[:7]))
        raise InputError(path, f"is {len(sizes)}-dimensional ({shown}), not one 3-D volume")
    return sizes[0], sizes[1], sizes[2]


def damaged(path: Path, name: str, text: str | None) -> InputError:
    """The error of a field that holds something else than it must."""
    shown = repr(text[:SHOWN]) if text is not None else "missing"
    return InputError(path, f"its header is damaged ({name}: {shown})")
