"""The folder of a series under way: one export at a time, and never another folder in its place."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from synthex_gui.core.files import WriteError, write_made, write_whole
from synthex_gui.export.dataset import JOURNAL, PIXEL_FOLDERS, ExportError

LOCK = ".synthex-export.lock"

log = logging.getLogger(__name__)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the folder and keep other exports out of it; a killed one's lock is not in the way.

    Raises ExportError for a folder that another export writes into, or that cannot be used.
    """
    path = folder / LOCK
    lock = FileLock(path, blocking=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise ExportError(
            f"{folder}: another export is writing into it; wait for its end or choose another "
            "folder"
        ) from None
    except NotImplementedError:
        log.warning("%s: this file system has no locks; start no second export into it", folder)
    except OSError as error:
        raise ExportError(f"{folder}: cannot be used ({error.strerror or error})") from error
    try:
        yield
    finally:
        # Where an open file can be removed it goes first: afterwards it may be another's.
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        lock.release()
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def check_present(folder: Path) -> None:
    """ExportError when the folder is not the one the series was begun in: that holds its journal,
    which an empty mount point or a folder made anew does not.
    """
    if not (folder / JOURNAL).is_file():
        raise ExportError(
            f"{folder}: the folder was removed, renamed or unmounted during the export; bring it "
            "back and resume, nothing was written elsewhere"
        )


def write_inside(folder: Path, name: str, data: bytes | Callable[[Path], None]) -> str:
    """A file of the series, whole or not at all; folders are made below `folder` alone. `data` its
    content, or what writes it to a path; returns the SHA-256.

    Raises WriteError, and what `check_present` raises.
    """
    check_present(folder)
    path = folder / name
    try:
        for above in reversed(path.relative_to(folder).parents[:-1]):
            (folder / above).mkdir(exist_ok=True)
        if callable(data):
            return write_made(path, data)
        return write_whole(path, data, makes_folders=False)
    except WriteError:
        check_present(folder)
        raise
    except OSError as error:
        check_present(folder)
        raise WriteError(f"{path}: cannot be written ({error.strerror or error})") from error


def remove_pixels(folder: Path) -> None:
    """Take away the images and masks of a packed series; raises ExportError where one stays."""
    for name in PIXEL_FOLDERS:
        try:
            if (folder / name).is_dir():
                shutil.rmtree(folder / name)
        except OSError as error:
            text = f"{error.filename}: cannot be removed ({error.strerror or error})"
            raise ExportError(text) from error
