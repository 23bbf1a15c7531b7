"""A disk that fails at a chosen call, or is full, below one folder; its calls are counted."""

from __future__ import annotations

import builtins
import errno
import os
from pathlib import Path
from typing import Any

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)


class FailingDisk:
    """Counts each opening for writing, write, fsync, mkdir and rename below `folder`.

    `fail_at` is the call that fails (0: none), an error of `ERRORS` by turns, a write after
    half its bytes; `room` is how many bytes the disk still takes; `is_read_only`: all fail.
    """

    def __init__(self, monkeypatch: Any, folder: Path) -> None:
        self._folder = str(folder)
        self.calls, self.fail_at, self.room = 0, 0, 1 << 60
        self.is_read_only, self.shift = False, 0
        self._own: set[int] = set()
        self._open, self._fsync = builtins.open, os.fsync
        monkeypatch.setattr(builtins, "open", self._opened)
        monkeypatch.setattr(os, "fsync", self._synced)
        for name in ("mkdir", "replace"):
            monkeypatch.setattr(os, name, self._guarded(getattr(os, name)))

    def start(self, fail_at: int = 0) -> None:
        """Count from one again; the call of that number fails."""
        self.calls, self.fail_at = 0, fail_at

    def _is_ours(self, path: Any) -> bool:
        return isinstance(path, str | Path) and str(path).startswith(self._folder)

    def count(self, path: Any = None) -> None:
        """Another call; the one that is to fail raises."""
        self.calls += 1
        if self.is_read_only:
            raise OSError(
                errno.EROFS, os.strerror(errno.EROFS), None if path is None else str(path)
            )
        if self.calls == self.fail_at:
            number = ERRORS[(self.fail_at + self.shift) % len(ERRORS)]
            raise OSError(number, os.strerror(number), None if path is None else str(path))

    def _opened(self, path: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:
        if not self._is_ours(path) or not set(mode) & set("wax+"):
            return self._open(path, mode, *rest, **options)
        self.count(path)
        return _Stream(self, self._open(path, mode, *rest, **options), self._own)

    def _synced(self, number: int) -> None:
        if number in self._own:
            self.count()
        self._fsync(number)

    def _guarded(self, call: Any) -> Any:
        def guarded(path: Any, *rest: Any, **options: Any) -> Any:
            if self._is_ours(path):
                self.count(path)
            return call(path, *rest, **options)

        return guarded


class _Stream:
    """A file whose writes are counted, and stop where the disk has no more room."""

    def __init__(self, disk: FailingDisk, stream: Any, own: set[int]) -> None:
        self._disk, self._stream = disk, stream
        own.add(stream.fileno())

    def write(self, data: bytes) -> int:
        """Half of it where this is the call that fails, what there is room for on a full disk."""
        try:
            self._disk.count()
        except OSError:
            self._stream.write(data[: len(data) // 2])
            raise
        if len(data) > self._disk.room:
            self._stream.write(data[: self._disk.room])
            self._disk.room = 0
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._disk.room -= len(data)
        return int(self._stream.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
