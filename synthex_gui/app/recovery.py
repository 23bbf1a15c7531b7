"""Unsaved work kept beside the settings while the program runs, offered again after a crash."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from PySide6.QtCore import QObject, QTimer

from synthex_gui.app.session import Session
from synthex_gui.app.settings import config_folder
from synthex_gui.core.errors import SynthexError
from synthex_gui.scene.model import Scene
from synthex_gui.scene.project import NewerVersionError, read_project, write_project

log = logging.getLogger(__name__)

# The most work that a crash costs.
EVERY_MS = 20_000
ORIGIN = "recovered_from"
# Counts up over all programs: a clock may be set back, and a copy has another file's time.
NUMBER = "recovery_number"


@dataclass(frozen=True)
class Lost:
    """Work that a crash left behind: its file, and the project it came from (None: unsaved)."""

    file: Path
    origin: Path | None


class Recovery(QObject):
    """Writes the scene while it has unsaved changes; one file a running program.

    A lock tells the files of running programs from those of dead ones, on every system.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._folder = config_folder() / "recovery"
        self._file = self._folder / f"{os.getpid()}.synthex"
        self._written: Scene | None = None
        self._lock: FileLock | None = None
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
        view = self._session.document.take_view().model_dump(mode="json")
        view[ORIGIN] = str(self._session.path or "")
        view[NUMBER] = 1 + max((_number_in(path) for path in self._files()), default=0)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            # Not the process id: after a restart another program may have it.
            if self._lock is None:
                self._lock = FileLock(self._file.with_suffix(".lock"))
                self._lock.acquire(timeout=0)
            write_project(self._file, store.scene, view)
        except (SynthexError, OSError) as error:
            log.warning("unsaved work could not be kept: %s", error)
        else:
            self._written = store.scene

    def forget(self) -> None:
        """Remove this program's file: nothing is unsaved."""
        self._written = None
        self._file.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.release()
            Path(self._lock.lock_file).unlink(missing_ok=True)
            self._lock = None

    def lost(self) -> list[Lost]:
        """What programs that ended without closing left, newest first; damaged files go."""
        found = []
        for path in self._files():
            if path == self._file or not _is_abandoned(path):
                continue
            try:
                _, view = read_project(path)
            except NewerVersionError:
                # The newer program will offer it.
                continue
            except SynthexError as error:
                log.warning("recovered work is damaged: %s", error)
                discard(path)
                continue
            origin = str(view.get(ORIGIN) or "")
            found.append((_number_of(view), Lost(path, Path(origin) if origin else None)))
        return [lost for _, lost in sorted(found, key=lambda item: item[0], reverse=True)]

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.synthex"))


def _number_of(view: Mapping[str, Any]) -> int:
    number = view.get(NUMBER)
    return number if type(number) is int else 0


def _number_in(path: Path) -> int:
    """0 for a file that cannot be read: `lost` says so."""
    try:
        return _number_of(read_project(path)[1])
    except SynthexError:
        return 0


def discard(path: Path) -> None:
    """Remove a file that was left behind."""
    path.unlink(missing_ok=True)
    path.with_suffix(".lock").unlink(missing_ok=True)


def _is_abandoned(path: Path) -> bool:
    lock = FileLock(path.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError):
        return False
    lock.release()
    return True
