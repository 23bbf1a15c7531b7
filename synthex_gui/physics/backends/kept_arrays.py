"""Arrays in files that two processes map; in memory where the system offers it."""

from __future__ import annotations

import shutil
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.backends.base import BackendError

MEMORY_FOLDER = Path("/dev/shm")
# Of what is free in memory's file system, the share that may be taken.
MEMORY_SHARE = 0.5
# Arrays that are kept because they come again.
CONSTANTS = 12


@dataclass(frozen=True)
class Kept:
    """An array in a file."""

    path: str
    shape: tuple[int, ...]
    dtype: str

    def open(self, mode: Any) -> NDArray[Any]:
        """The array, mapped: ``r`` to read, ``r+`` to write."""
        return np.memmap(self.path, np.dtype(self.dtype), mode, shape=self.shape)

    def forget(self) -> None:
        """Remove the file; what is mapped stays so. Windows removes it with the folder."""
        with suppress(OSError):
            Path(self.path).unlink()


class KeptArrays:
    """A temporary folder of arrays, removed by `close`."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="synthex-worker-", ignore_cleanup_errors=True)
        self._in_memory: list[TemporaryDirectory[str]] = []
        self._constants: OrderedDict[int, tuple[NDArray[Any], Kept]] = OrderedDict()
        self._count = 0

    def keep(self, array: NDArray[Any]) -> Kept:
        """Write an array; BackendError where there is no room."""
        self._count += 1
        path = self._place(array.nbytes) / f"{self._count}.raw"
        try:
            # Written, not mapped: a full disk is an error here and not the end of the process.
            with open(path, "wb") as file:
                file.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise BackendError(
                f"{path.parent}: no room for {array.nbytes / 1e9:.2g} GB that go to the GPU "
                f"({error.strerror or error}); free some space there or choose the CPU"
            ) from error
        return Kept(str(path), array.shape, array.dtype.str)

    def constant(self, array: NDArray[Any] | None) -> Kept | None:
        """The same file for the same object; the latest dozen are kept."""
        if array is None:
            return None
        # The object is held, so that its id stays its own.
        found = self._constants.pop(id(array), None) or (array, self.keep(array))
        self._constants[id(array)] = found
        while len(self._constants) > CONSTANTS:
            self._constants.popitem(last=False)[1][1].forget()
        return found[1]

    def close(self) -> None:
        """Remove every file."""
        self._constants.clear()
        for folder in (*self._in_memory, self._folder):
            folder.cleanup()

    def _place(self, size: int) -> Path:
        """A folder in memory where there is one with room, else the temporary one."""
        with suppress(OSError):
            if shutil.disk_usage(MEMORY_FOLDER).free * MEMORY_SHARE > size:
                if not self._in_memory:
                    made = TemporaryDirectory(
                        prefix="synthex-worker-", dir=MEMORY_FOLDER, ignore_cleanup_errors=True
                    )
                    self._in_memory = [made]
                return Path(self._in_memory[0].name)
        return Path(self._folder.name)
