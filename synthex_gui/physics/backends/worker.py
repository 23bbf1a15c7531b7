"""A backend in a process of its own, replaced when it dies or loses its device.

CUDA calls some failures sticky: the process that had one can never use its device again. Here that
process is not the application. Arrays lie in files that both processes map; on Linux they are kept
in memory.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.physics.backends.base import (
    Backend,
    BackendError,
    BackendLostError,
    Field,
    Projection,
    ProjectionRequest,
)

# A process that says nothing for so long hangs. Starting includes compiling the kernels.
SILENCE_S = 120.0
START_S = 300.0
MEMORY_FOLDER = Path("/dev/shm")
# Of what is free in memory's file system, the share that may be taken.
MEMORY_SHARE = 0.5


@dataclass(frozen=True)
class _Kept:
    """An array in a file."""

    path: str
    shape: tuple[int, ...]
    dtype: str

    def open(self, mode: Any) -> NDArray[Any]:
        return np.memmap(self.path, np.dtype(self.dtype), mode, shape=self.shape)


class WorkerBackend:
    """`make()` in a child process; `make` is importable from its module. Implements `Backend`.

    Raises BackendError with what `make` said. A projection that ends with the process, or with
    BackendLostError in it, is tried once more in a new process; then BackendLostError is raised.
    """

    def __init__(self, make: Callable[[], Backend], silence_s: float = SILENCE_S) -> None:
        self._make, self._silence_s = make, silence_s
        self._folder = TemporaryDirectory(prefix="synthex-worker-", ignore_cleanup_errors=True)
        self._in_memory: list[TemporaryDirectory[str]] = []
        self._fields: dict[str, tuple[_Kept, Field]] = {}
        self._meshes: dict[str, Mesh] = {}
        self._images: _Kept | None = None
        self._count = 0
        self._name = ""
        self._process: Any = None
        self._pipe: Connection | None = None
        try:
            self._start()
        except BackendError:
            self.close()
            raise

    @property
    def name(self) -> str:
        """The child's backend's name."""
        return self._name

    def upload_field(self, key: str, field: Field) -> None:
        """Keep a field; BackendError for what the backend refuses or no room for a copy."""
        self.release(key)
        kept = self._keep(np.ascontiguousarray(field.stored))
        bare = replace(field, stored=np.empty((0,), field.stored.dtype))
        self._ask("upload_field", key, kept, bare)
        self._fields[key] = kept, bare

    def upload_mesh(self, key: str, mesh: Mesh) -> None:
        """Keep a mesh; BackendError when it is not closed."""
        self.release(key)
        self._ask("upload_mesh", key, mesh)
        self._meshes[key] = mesh

    def has(self, key: str) -> bool:
        """True when a field or mesh is uploaded under that key."""
        return key in self._fields or key in self._meshes

    def release(self, key: str) -> None:
        """Forget a field or mesh; nothing happens when the key is unknown."""
        self._meshes.pop(key, None)
        kept = self._fields.pop(key, None)
        if self._process is not None:
            self._ask("release", key)
        if kept is not None:
            Path(kept[0].path).unlink(missing_ok=True)

    def project(self, request: ProjectionRequest) -> Projection:
        """All integrals of a request; BackendError for a key that is not uploaded."""
        try:
            return self._project(request)
        except BackendLostError:
            self._stop()
            self._start()
            try:
                return self._project(request)
            except BackendLostError:
                self._stop()
                raise

    def close(self) -> None:
        """End the process and forget everything; the backend is not used afterwards."""
        self._stop()
        self._fields.clear()
        self._meshes.clear()
        for folder in (*self._in_memory, self._folder):
            folder.cleanup()

    def _project(self, request: ProjectionRequest) -> Projection:
        if self._process is None:
            self._start()
        n_meshes = len(request.meshes)
        fields, labels = dict.fromkeys(request.fields), dict.fromkeys(request.labels)
        n_plain = len(fields) + len(labels)
        shape = (n_plain + (2 * n_meshes + 1 if n_meshes else 0), *_size(request))
        needed = int(np.prod(shape))
        if self._images is None or self._images.shape[0] < needed:
            if self._images is not None:
                Path(self._images.path).unlink(missing_ok=True)
            self._images = self._keep(np.zeros((max(needed, 1),), np.float32))
        kind = self._ask("project", request, self._images)
        # A copy: the child writes the next image into the same file.
        flat = np.array(self._images.open("r")[:needed])
        images = flat.reshape(shape)
        return Projection(
            {key: images[n] for n, key in enumerate(fields)},
            {key: images[len(fields) + n] for n, key in enumerate(labels)},
            tuple(images[n_plain : n_plain + n_meshes]),
            tuple(images[n_plain + n_meshes : n_plain + 2 * n_meshes]),
            images[-1] if n_meshes else None,
            str(kind),
        )

    def _keep(self, array: NDArray[Any]) -> _Kept:
        self._count += 1
        path = self._place(array.nbytes) / f"{self._count}.raw"
        try:
            # Written, not mapped: a full disk is an error here and not the end of the process.
            with open(path, "wb") as file:
                file.write(array.reshape(-1).view(np.uint8).data)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise BackendError(
                f"{path.parent}: no room for {array.nbytes / 1e9:.2g} GB that go to the GPU "
                f"({error.strerror or error}); free some space there or choose the CPU"
            ) from error
        return _Kept(str(path), array.shape, array.dtype.str)

    def _place(self, size: int) -> Path:
        """A folder in memory where there is one with room, else the temporary one."""
        if MEMORY_FOLDER.is_dir():
            with suppress(OSError):
                if shutil.disk_usage(MEMORY_FOLDER).free * MEMORY_SHARE > size:
                    if not self._in_memory:
                        self._in_memory = [
                            TemporaryDirectory(
                                prefix="synthex-worker-",
                                dir=MEMORY_FOLDER,
                                ignore_cleanup_errors=True,
                            )
                        ]
                    return Path(self._in_memory[0].name)
        return Path(self._folder.name)

    def _start(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, self._make), name="synthex-backend", daemon=True
        )
        self._process.start()
        theirs.close()
        self._pipe = ours
        try:
            self._name = str(self._answer(START_S))
            for key, (kept, bare) in self._fields.items():
                self._ask("upload_field", key, kept, bare)
            for key, mesh in self._meshes.items():
                self._ask("upload_mesh", key, mesh)
        except BackendError:
            self._stop()
            raise

    def _stop(self) -> None:
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        if process is None or pipe is None:
            return
        # Closing the pipe ends a child that listens; one that hangs is killed.
        pipe.close()
        process.join(2.0)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()

    def _ask(self, *message: Any) -> Any:
        if self._process is None:
            self._start()
        assert self._pipe is not None
        try:
            self._pipe.send(message)
        except OSError as error:
            raise BackendLostError(f"the process of {self._name} has ended") from error
        return self._answer(self._silence_s)

    def _answer(self, patience_s: float) -> Any:
        assert self._pipe is not None
        ready = wait([self._pipe, self._process.sentinel], patience_s)
        if not ready:
            self._process.kill()
            raise BackendLostError(
                f"the process of {self._name or 'the backend'} said nothing for "
                f"{patience_s:.0f} s and was ended"
            )
        try:
            kind, value = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join(2.0)
            raise BackendLostError(
                f"the process of {self._name or 'the backend'} ended by itself "
                f"(exit code {self._process.exitcode})"
            ) from error
        if kind == "done":
            return value
        raise (BackendLostError if kind == "lost" else BackendError)(value)


def _size(request: ProjectionRequest) -> tuple[int, int]:
    return request.camera.height, request.camera.width


def _serve(pipe: Connection, make: Callable[[], Backend]) -> None:
    """The child: answers until the pipe closes or its device is lost."""
    # Ctrl+C is for the parent, which ends this process by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    backend: Backend | None = None
    message: tuple[Any, ...] = ("make",)
    while True:
        try:
            if backend is None:
                backend = make()
                pipe.send(("done", backend.name))
            else:
                pipe.send(("done", _do(backend, message)))
        except BackendLostError as error:
            pipe.send(("lost", str(error)))
            return
        except BackendError as error:
            pipe.send(("failed", str(error)))
            if backend is None:
                return
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            return


def _do(backend: Backend, message: tuple[Any, ...]) -> Any:
    what, *given = message
    if what == "upload_field":
        key, kept, bare = given
        backend.upload_field(key, replace(bare, stored=kept.open("r")))
    elif what == "upload_mesh":
        backend.upload_mesh(*given)
    elif what == "release":
        backend.release(*given)
    else:
        request, kept = given
        result = backend.project(request)
        images = [*result.fields.values(), *result.labels_mm.values()]
        images += [*result.meshes_mm, *result.whole_mm]
        images += [] if result.first_mm is None else [result.first_mm]
        target, start = kept.open("r+"), 0
        for image in images:
            target[start : start + image.size] = image.reshape(-1)
            start += image.size
        return result.backend
    return None
