"""Where things are kept between runs, and what is to be said where that is not possible."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder(name: str) -> Path:
    """The user's folder for one kind of thing that may be made anew; made, and written to once.

    Raises OSError, its text fit for a message: no home, a file in the way, read-only, full.
    """
    try:
        folder = user_cache_path("synthex-gui", appauthor=False) / name
    except RuntimeError as error:
        # A user without an entry in the system's list, as in many containers.
        text = "no home folder is known; set HOME or XDG_CACHE_HOME"
        raise OSError(errno.ENOENT, text) from error
    return writable(folder)


def writable(folder: Path) -> Path:
    """The folder, made where it is not there. Raises OSError where nothing can be written."""
    folder.mkdir(parents=True, exist_ok=True)
    # Permissions do not tell: a file system may be mounted read-only, or be full.
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"0")
    return folder


def reason(error: OSError) -> str:
    """Why, and where: ``Read-only file system: /home/a/.cache``."""
    where = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{where}"
