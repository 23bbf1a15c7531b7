"""Small text files that people and other programs write: tables, lists, JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from synthex_gui.io.errors import InputError


def read_text(path: Path, limit: int, what: str) -> str:
    """A UTF-8 file of at most `limit` bytes, its byte order mark taken off.

    `what` says what the file should be ("a table of labels"). Raises InputError: missing,
    unreadable, larger, not text.
    """
    if not path.is_file():
        raise InputError(path, "does not exist")
    try:
        # One byte more than allowed, so that a file that grows meanwhile is noticed too.
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})") from error
    if len(data) > limit:
        raise InputError(path, f"is too large to be {what}")
    try:
        # Windows' Notepad and Excel begin UTF-8 with a byte order mark.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, f"is not UTF-8 text, so it cannot be {what}") from error


def parsed_json(path: Path, text: str) -> Any:
    """The JSON value of a file's text. Raises InputError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(path, "is not valid JSON, or is cut short") from error
