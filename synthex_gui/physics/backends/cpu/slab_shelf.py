"""Axis copies of a volume kept in one folder, so that processes share them in memory.

The first process that needs a copy writes it; the others map the same file, and the system keeps
its pages once for all of them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from synthex_gui.physics.backends.base import BackendError

Array = NDArray[Any]


class SlabShelf:
    """A folder of arrays by name. Whoever made the folder removes it when all are done."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def shared(self, name: str, make: Callable[[], Array]) -> Array:
        """The array of that name, made by `make()` in one process only.

        Raises BackendError when the folder cannot be written.
        """
        stem = hashlib.sha256(name.encode()).hexdigest()[:32]
        path = self._folder / f"{stem}.npy"
        try:
            with FileLock(self._folder / f"{stem}.lock"):
                if not path.exists():
                    _write(path, make())
            # Copy on write: kernels are compiled for writable arrays, and none writes here.
            return np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))
        except OSError as error:
            raise BackendError(
                f"{self._folder}: axis copies cannot be shared ({error.strerror or error}); "
                "free some space there or use one worker"
            ) from error


def _write(path: Path, array: Array) -> None:
    temporary = path.with_suffix(".part")
    with open(temporary, "wb") as file:
        np.save(file, array, allow_pickle=False)
    os.replace(temporary, path)
