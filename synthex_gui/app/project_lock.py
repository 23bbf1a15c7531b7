"""One window to a project: the lock that says so, and the file as it was last read or written.

The lock is kept with the settings, under a name made of the project's path: nothing appears beside
the project, which may lie in a folder that is only read. It is the operating system's, so it ends
with its process however that ends. Another computer or another user is not kept out by it, but is
noticed when saving: the file is then not as it was.
"""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

from filelock import FileLock, Timeout

from synthex_gui.app.private import private_folder
from synthex_gui.app.settings import config_folder
from synthex_gui.core.files import hash_of

# The digest of a file that was read at another time: saving asks.
UNKNOWN = "unknown"

log = logging.getLogger(__name__)


class ProjectFile:
    """The file of a document; `path` is None for one that was never saved, or is a copy."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self.digest: str | None = None
        self._lock: FileLock | None = None

    def take(self, path: Path | None, digest: str | None = None) -> bool:
        """Stand for another file, with the digest that it had when it was read.

        False, and this file stays what it was, when another window has it.
        """
        lock = None
        if path is not None and not self.is_own(path):
            lock = _locked(path)
            if lock is None:
                return False
        if path is None or lock is not None:
            self.release()
            self._lock = lock
        self.path, self.digest = path, digest
        return True

    def is_own(self, path: Path) -> bool:
        """True for the path that this one stands for, however it is written."""
        return self.path is not None and _real(path) == _real(self.path)

    def is_elsewhere(self, path: Path) -> bool:
        """True while another window has that project open."""
        if self.is_own(path):
            return False
        lock = _locked(path)
        if lock is not None:
            _release(lock)
        return lock is None

    def has_changed(self) -> bool:
        """True when somebody else has written the file since; one that is gone is not lost."""
        if self.path is None or self.digest is None:
            return False
        now = digest_of(self.path)
        return now is not None and now != self.digest

    def written(self) -> None:
        """It has just been written by us."""
        self.digest = None if self.path is None else digest_of(self.path)

    def release(self) -> None:
        """Let another window have it."""
        if self._lock is not None:
            _release(self._lock)
            self._lock = None


def digest_of(path: Path) -> str | None:
    """SHA-256 of a project; None where it cannot be read."""
    try:
        return hash_of(path)
    except (OSError, ValueError):
        return None


def _real(path: Path) -> str:
    return os.path.normcase(os.path.realpath(path))


def _locked(path: Path) -> FileLock | None:
    """The lock of a project, taken; None when another window has it."""
    name = hashlib.sha256(os.fsencode(_real(path))).hexdigest()[:32]
    lock = FileLock(config_folder() / "locks" / f"{name}.lock", mode=0o600)
    try:
        private_folder(Path(lock.lock_file).parent)
        lock.acquire(timeout=0)
    except Timeout:
        return None
    except (OSError, NotImplementedError) as error:
        # No lock is to be had on this disk; saving still compares the file.
        log.warning("a project is open without a lock: %s", error)
    return lock


def _release(lock: FileLock) -> None:
    # The file stays: removing it would leave two windows with a lock each of the same name.
    lock.release()
