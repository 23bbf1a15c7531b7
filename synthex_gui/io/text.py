"""Small text files that people and other programs write: tables, lists, JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synthex_gui.core.text import TextError, json_of, text_of
from synthex_gui.io.errors import InputError


def read_text(path: Path, limit: int, what: str) -> str:
    """A UTF-8 file of at most `limit` bytes, its byte order mark taken off.

    `what` says what the file should be ("a table of labels"). Raises InputError: missing,
    unreadable, larger, not text.
    """
    try:
        return text_of(path, limit, what)
    except TextError as error:
        raise InputError(path, str(error)) from error


def parsed_json(path: Path, text: str) -> Any:
    """The JSON value of a file's text. Raises InputError."""
    try:
        return json_of(text)
    except TextError as error:
        raise InputError(path, str(error)) from error
