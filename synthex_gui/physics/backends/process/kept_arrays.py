"""Arrays in files that two processes map; in memory where the system offers it."""

from __future__ import annotations

import shutil
import weakref
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.processes import MEMORY_FOLDER, scratch_folder
from synthex_gui.physics.backends.base import BackendError

# Of what is free in memory's file system, the share that may be taken.
MEMORY_SHARE = 0.5
# Arrays that are kept because they come again.
CONSTANTS = 24
# Files of results that wait for the next one.
SPARE_LANDINGS = 4


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
    """A temporary folder of arrays, removed by `close`. BackendError where none can be made."""

    def __init__(self) -> None:
        try:
            self._folder = scratch_folder("worker")
        except SynthexError as error:
            raise BackendError(str(error)) from error
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
        with suppress(OSError, SynthexError):
            if shutil.disk_usage(MEMORY_FOLDER).free * MEMORY_SHARE > size:
                if not self._in_memory:
                    self._in_memory = [scratch_folder("worker", MEMORY_FOLDER)]
                return Path(self._in_memory[0].name)
        return Path(self._folder.name)


class Landings:
    """Files for results: an array handed out is the file itself, mapped, and the file is used
    again once nobody holds the array or a view of it.
    """

    def __init__(self, arrays: KeptArrays) -> None:
        self._arrays = arrays
        self._free: list[tuple[Kept, NDArray[Any]]] = []

    def take(self, count: int) -> tuple[Kept, NDArray[np.float32]]:
        """A file of at least `count` float32, and a view of the first of them."""
        fitting = [item for item in self._free if item[0].shape[0] >= count]
        if fitting:
            found = min(fitting, key=lambda item: item[0].shape[0])
            self._free = [item for item in self._free if item is not found]
        else:
            kept = self._arrays.keep(np.zeros((max(count, 1),), np.float32))
            found = kept, kept.open("r+")
        kept, mapped = found
        # Views hold the array that they were made from, and that one alone.
        landing = np.frombuffer(mapped.data, np.float32)
        weakref.finalize(landing, self._give_back, kept, mapped).atexit = False
        return kept, landing[:count]

    def _give_back(self, kept: Kept, mapped: NDArray[Any]) -> None:
        self._free.append((kept, mapped))
        if len(self._free) > SPARE_LANDINGS:
            smallest = min(self._free, key=lambda item: item[0].shape[0])
            self._free = [item for item in self._free if item is not smallest]
            smallest[0].forget()
