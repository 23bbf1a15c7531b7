"""What a log or a report must not name: files, folders, patients, whoever sits at the computer.

Errors name files on purpose, and a file is often called after a patient. What was opened is known
by name (`hide_path`); what was not is found by its form.
"""

from __future__ import annotations

import contextlib
import getpass
import logging
import re
import socket
import threading
from pathlib import Path

from synthex_gui.core.files import stem
from synthex_gui.scene.model import Scene
from synthex_gui.scene.project import map_paths

FILE, PATH, NAME = "<file>", "<path>", "<name>"
LEAST_LETTERS = 3
_hidden: set[str] = set()
_lock = threading.Lock()

_ABSOLUTE = r"(?:file://|~?/(?=[^\s/])|[A-Za-z]:[\\/]|\\\\)"
_QUOTED_PATH = re.compile(rf"""(['"]){_ABSOLUTE}[^\n]*?\1(?!\w)""")
# To the end of the line or of what comes before a colon: a folder may have spaces and commas.
_BARE_PATH = re.compile(rf"(?<![\w.<>/]){_ABSOLUTE}.*?(?=: |$)", re.MULTILINE)
# Both begin where a word begins: from each letter on, a long line would take minutes.
_DATA_FILE = re.compile(
    r"""(?<![^\s'"<>])[^\s'"<>]+\.(?:nii|gz|nrrd|nhdr|mha|mhd|raw|dcm|ima|stl|ply|obj|vtp|vtk|fcsv|csv|json|h5"""
    r"""|synthex|png|tiff?|jpe?g|npz|npy|xml|txt|zip)\b""",
    re.IGNORECASE,
)
# DICOM writes a person as FAMILY^GIVEN^MIDDLE.
_PERSON = re.compile(r"(?<!\w)\w[\w'.-]*(?:\^[\w'. -]*)+")
_FRAME = re.compile(r'^(\s+File )"([^"]*)"(.*)$')
_CODE = re.compile(r".*(?:site-packages|dist-packages|python3\.\d+)[\\/]|.*(?=synthex_gui[\\/])")


def hide_path(path: Path | str) -> None:
    """From now on neither the path nor its last part is named."""
    path = Path(path)
    with _lock:
        _hidden.update(
            text for text in (str(path), path.name, stem(path)) if len(text) >= LEAST_LETTERS
        )


def hide_files(scene: Scene) -> None:
    """`hide_path` of every file that a scene names."""

    def hidden(path: str) -> str:
        hide_path(path)
        return path

    map_paths(scene, hidden)


def redacted(text: str) -> str:
    """The text without names of files, folders, patients, user and computer.

    The places in the program's own code that a traceback names stay, without their folder.
    """
    lines = []
    for line in text.split("\n"):
        frame = _FRAME.match(line)
        if frame is None:
            lines.append(_without_names(line))
            continue
        place = _CODE.sub("", frame[2])
        lines.append(f'{frame[1]}"{place if place != frame[2] else Path(place).name}"{frame[3]}')
    return "\n".join(lines)


class RedactingFormatter(logging.Formatter):
    """A line of the log, its traceback too, without names."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def _without_names(line: str) -> str:
    line = _QUOTED_PATH.sub(PATH, line)
    line = _BARE_PATH.sub(PATH, line)
    with _lock:
        known = sorted(_hidden, key=len, reverse=True)
    low = line.lower()
    for text in known:
        if text.lower() in low:
            line = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", FILE, line, flags=re.IGNORECASE)
    line = _DATA_FILE.sub(FILE, line)
    if "^" in line:
        line = _PERSON.sub(NAME, line)
    for text in _here():
        line = re.sub(rf"\b{re.escape(text)}\b", NAME, line)
    return line


def _here() -> list[str]:
    names = [socket.gethostname(), Path.home().name]
    # An account may have no name, as in some containers.
    with contextlib.suppress(OSError, KeyError):
        names.append(getpass.getuser())
    # "root" says nothing of a person, and stands in many messages.
    return [name for name in names if len(name) >= LEAST_LETTERS and name != "root"]
