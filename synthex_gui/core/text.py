"""Text and JSON that people and other programs write, with what is wrong in plain words."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NoReturn

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import why_no_file

MOST_SHOWN = 60
# JSON may escape one half of a pair, which no text and no file name can hold.
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class TextError(SynthexError):
    """A text that cannot be used; it says why and leaves it to the caller to name the file."""


def text_of(path: Path, limit: int, what: str) -> str:
    """A UTF-8 file of at most `limit` bytes, its byte order mark taken off.

    `what` says what the file should be ("a project"). Raises TextError: missing, no file, larger,
    unreadable, not text.
    """
    try:
        if not path.is_file():
            raise TextError(why_no_file(path))
        # One byte more than allowed, so that a file that grows meanwhile is noticed too.
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        raise TextError(f"cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise TextError("has a name that no file can have") from error
    if len(data) > limit:
        raise TextError(f"is too large to be {what}")
    try:
        # Windows' Notepad and Excel begin UTF-8 with a byte order mark.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TextError(f"is not UTF-8 text, so it cannot be {what}") from error


def json_of(text: str) -> Any:
    """The value of a JSON text. Raises TextError, for NaN and Infinity too, which are no JSON."""
    if not text.strip():
        raise TextError("is empty")
    try:
        value = json.loads(text, parse_constant=_no_number)
        if SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise TextError(f"is damaged or cut short (no valid JSON from {place} on)") from error
    except UnicodeEncodeError as error:
        raise TextError("holds half a character (a surrogate without its pair)") from error
    except RecursionError as error:
        raise TextError("is nested too deeply to be what it should be") from error
    except ValueError as error:
        # Python converts no more than some thousand digits.
        raise TextError("holds a number of thousands of digits") from error


def shown(value: Any) -> str:
    """A value as a message quotes it: one line, not long."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) >= 10**20:
        return "a number of more than 20 digits"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, dict | list | tuple) and len(value) > 8:
        return f"{len(value)} items"
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"something unprintable ({type(value).__name__})"
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."


def _no_number(name: str) -> NoReturn:
    raise TextError(f"holds {name}, which is no number in JSON")
