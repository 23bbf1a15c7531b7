"""Files and folders for their owner alone: settings, log and unsaved work name patients' files."""

from __future__ import annotations

import contextlib
import os
from io import TextIOWrapper
from pathlib import Path


def private_folder(path: Path) -> Path:
    """Make the folder where it is missing, readable by its owner alone; OSError.

    One that was there keeps its rights: it may have been chosen by the user, with others in it.
    """
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
    return path


def make_private(path: Path) -> None:
    """Take a file from everybody but its owner, where the file system knows of owners."""
    with contextlib.suppress(OSError):
        path.chmod(0o600)


def open_private(path: Path, mode: str) -> TextIOWrapper:
    """A text file that is its owner's from the first byte on; OSError."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, 0o600)

    stream = open(path, mode, encoding="utf-8", opener=opener)  # noqa: SIM115
    assert isinstance(stream, TextIOWrapper)
    return stream
