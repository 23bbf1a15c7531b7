"""Unsaved work kept beside the settings while the program runs, offered again after a crash.

Nothing that a person may want back is deleted before it is saved, kept again or discarded by hand.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from PySide6.QtCore import QObject, QTimer

from synthex_gui.app.private import make_private, private_folder
from synthex_gui.app.session import Session
from synthex_gui.app.settings import config_folder
from synthex_gui.core.errors import SynthexError
from synthex_gui.scene.model import Scene
from synthex_gui.scene.project import NewerVersionError, read_project, write_project

log = logging.getLogger(__name__)

# The most work that a crash costs.
EVERY_MS = 20_000
ORIGIN, DIGEST = "recovered_from", "recovered_digest"
# Counts up over all programs: a clock may be set back, and a copy has another file's time.
NUMBER = "recovery_number"
DAMAGED = ".damaged"


@dataclass(frozen=True, eq=False)
class Lost:
    """Work that a crash left behind: its file, and the project it came from (None: unsaved), with
    the digest that the project had then. No other program offers it while `claim` is held.
    """

    file: Path
    origin: Path | None
    digest: str | None
    number: int
    claim: FileLock


class Recovery(QObject):
    """Writes the scene while it has unsaved changes; one file a running program.

    A lock tells the files of running programs from those of dead ones, on every system; the process
    number alone would not, since after a restart another program may have it.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._folder = config_folder() / "recovery"
        self._file = self._folder / f"{os.getpid()}-{secrets.token_hex(4)}.synthex"
        self._written: Scene | None = None
        self._lock: FileLock | None = None
        self._adopted: list[Lost] = []
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.keep)
        self._timer.start()

    def keep(self) -> None:
        """Write what is unsaved, or remove the file when nothing is; a full disk is logged."""
        store = self._session.store
        if store.history.isClean():
            self.forget()
            return
        # Half a drag is nothing to come back to, and its end is near.
        if store.is_moving or store.scene is self._written:
            return
        document = self._session.document
        view = document.view().model_dump(mode="json")
        view[ORIGIN] = str(document.path or "")
        view[DIGEST] = document.file.digest
        view[NUMBER] = 1 + max((_number_in(path) for path in self._files()), default=0)
        try:
            private_folder(self._folder)
            if self._lock is None:
                self._lock = _claim(self._file)
            write_project(self._file, store.scene, view)
        except (SynthexError, OSError) as error:
            log.warning("unsaved work could not be kept: %s", error)
        else:
            make_private(self._file)
            self._written = store.scene
            self._drop_adopted()

    def adopt(self, lost: Lost) -> None:
        """It is the present document now: its file goes once this run's own copy is on disk, so
        that a second crash loses nothing either.
        """
        self._adopted.append(lost)
        self.keep()

    def forget(self) -> None:
        """Remove this program's file: nothing is unsaved."""
        self._written = None
        self._file.unlink(missing_ok=True)
        self._drop_adopted()
        if self._lock is not None:
            _let_go(self._lock)
            self._lock = None

    def lost(self, say: Callable[[str], None]) -> list[Lost]:
        """What programs that ended without closing left, newest first, claimed by this one.

        `say` hears of those that cannot be opened: they stay, a damaged one under another name.
        """
        found = []
        for path in self._files():
            claim = None if path == self._file else _claim(path)
            if claim is None:
                continue
            lost = _read(path, claim, say)
            if lost is None:
                _let_go(claim)
            else:
                found.append(lost)
        return sorted(found, key=lambda lost: lost.number, reverse=True)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.synthex"))

    def _drop_adopted(self) -> None:
        for lost in self._adopted:
            discard(lost)
        self._adopted.clear()


def discard(lost: Lost) -> None:
    """Remove what was left behind."""
    lost.file.unlink(missing_ok=True)
    _let_go(lost.claim)


def put_off(lost: Lost) -> None:
    """Leave it for the next start, of any program."""
    lost.claim.release()


def _read(path: Path, claim: FileLock, say: Callable[[str], None]) -> Lost | None:
    try:
        _, view = read_project(path)
    except NewerVersionError:
        say(f"{path}: unsaved work of a newer version of SyntheX GUI; it stays, open it with that")
        return None
    except SynthexError as error:
        log.warning("unsaved work is damaged: %s", error)
        kept = path.with_suffix(DAMAGED)
        try:
            os.replace(path, kept)
        except OSError:
            kept = path
        say(f"{kept}: unsaved work of an earlier run that cannot be read; the file was kept")
        return None
    origin, digest = str(view.get(ORIGIN) or ""), view.get(DIGEST)
    known = digest if isinstance(digest, str) else None
    return Lost(path, Path(origin) if origin else None, known, _number_of(view), claim)


def _number_of(view: Mapping[str, Any]) -> int:
    number = view.get(NUMBER)
    return number if type(number) is int else 0


def _number_in(path: Path) -> int:
    """0 for a file that cannot be read: `lost` says so."""
    try:
        return _number_of(read_project(path)[1])
    except SynthexError:
        return 0


def _claim(path: Path) -> FileLock | None:
    lock = FileLock(path.with_suffix(".lock"), mode=0o600)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return None
    return lock


def _let_go(lock: FileLock) -> None:
    # Before it is released: after that it may be another program's.
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
