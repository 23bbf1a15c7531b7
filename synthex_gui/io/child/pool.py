"""Readers in a child process: a file that crashes, hangs or bloats a library costs one child.

`load` blocks (call it in a worker thread); `load_steps` is the same as a generator of progress.
A warm child is kept, so that only the first load pays for starting one. On a frozen application
the entry point must call ``multiprocessing.freeze_support()`` first.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.processes import scratch_folder
from synthex_gui.core.steps import Progress, Steps
from synthex_gui.io.child.process import Child
from synthex_gui.io.child.transfer import unpack, unpack_error
from synthex_gui.io.errors import ReadCancelledError, ReaderCrashedError

# Generous: a hundred times slower than a slow disk, so that only a hang meets it.
LIMIT_S = 120.0
LIMIT_BYTES_PER_S = 2e6


class ReaderPool:
    """Starts, keeps and replaces reader processes. Thread-safe.

    `readers` names a module with a READERS table (see ``synthex_gui.io.child.readers``).
    """

    def __init__(self, readers: str = "synthex_gui.io.child.readers") -> None:
        self._readers = readers
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._owner = os.getpid()

    def warm_up(self) -> None:
        """Start a child now, unless one waits; returns at once."""
        with self._lock:
            self._disown()
            if not self._idle:
                self._idle.append(Child(self._readers))

    def load(
        self,
        kind: str,
        path: Path | str,
        options: Mapping[str, Any] | None = None,
        *,
        on_progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        limit_s: float | None = None,
    ) -> Any:
        """Read `path` as `kind`: volume, series, labels, landmarks, mesh, xray, sha256.

        Returns what the reader of that kind returns. Raises its errors, ReaderCrashedError when
        the child died, hung for `limit_s` (default: by size) or ran out of memory, and
        ReadCancelledError soon after `cancelled()` is true.
        """
        steps = self.load_steps(kind, path, options, limit_s=limit_s)
        try:
            while True:
                try:
                    done, total, text = next(steps)
                except StopIteration as end:
                    return end.value
                if cancelled is not None and cancelled():
                    raise ReadCancelledError(f"{Path(path).name}: reading was stopped")
                if on_progress is not None:
                    on_progress(done, total, text)
        finally:
            steps.close()

    def load_steps(
        self,
        kind: str,
        path: Path | str,
        options: Mapping[str, Any] | None = None,
        *,
        limit_s: float | None = None,
    ) -> Steps[Any]:
        """The same as a generator: yields (done, total, text) at least every 50 ms.

        The value of its StopIteration is the result. Closing it early kills the child. A full
        temporary folder is a SynthexError that names it, and not the file.
        """
        source = Path(path).expanduser()
        end = time.monotonic() + (_limit(source) if limit_s is None else limit_s)
        scratch = scratch_folder("read")
        folder = Path(scratch.name)
        reusable, child = False, None
        try:
            child = self._take()
            request = {
                "kind": kind,
                "path": str(source.absolute()),
                "options": dict(options or {}),
                "folder": str(folder),
            }
            answer = yield from child.ask(source, request, end)
            reusable = True
            if "error" in answer:
                raise unpack_error(answer["error"], folder)
            return _unpacked(source, answer["result"], folder)
        finally:
            if reusable and child is not None:
                self._give_back(child)
            elif child is not None:
                child.kill()
            scratch.cleanup()

    def close(self) -> None:
        """End the waiting children."""
        with self._lock:
            self._disown()
            children, self._idle = self._idle, []
        for child in children:
            child.kill()

    def _take(self) -> Child:
        with self._lock:
            self._disown()
            while self._idle:
                child = self._idle.pop()
                if child.is_alive():
                    return child
                child.kill()
        return Child(self._readers)

    def _disown(self) -> None:
        # After a fork the children are the other process's, and so are their pipes.
        if self._owner != os.getpid():
            self._owner = os.getpid()
            self._idle = []

    def _give_back(self, child: Child) -> None:
        with self._lock:
            if not self._idle:
                self._idle.append(child)
                return
        child.kill()


def _limit(source: Path) -> float:
    try:
        if source.is_dir():
            size = sum(item.stat().st_size for item in source.rglob("*") if item.is_file())
        else:
            size = source.stat().st_size
    except OSError:
        size = 0
    return LIMIT_S + size / LIMIT_BYTES_PER_S


def _unpacked(source: Path, result: Any, folder: Path) -> Any:
    try:
        return unpack(result, folder)
    except (OSError, TypeError, ValueError, KeyError) as error:
        if isinstance(error, SynthexError):
            raise
        raise ReaderCrashedError(source, "the reader's answer is incomplete") from error


# One for the whole program, so that any load finds the child that another has warmed up.
shared = ReaderPool()
load = shared.load
load_steps = shared.load_steps
warm_up = shared.warm_up
