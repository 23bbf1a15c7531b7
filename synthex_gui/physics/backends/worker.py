"""A backend in a process of its own, replaced when it dies or loses its device.

CUDA calls some failures sticky: the process that had one can never use its device again. Here that
process is not the application. Arrays go through files that both processes map.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.physics.backends.base import (
    Backend,
    BackendError,
    BackendLostError,
    Field,
    Image,
    Projection,
    ProjectionRequest,
)
from synthex_gui.physics.backends.exposing import (
    CoarseSignal,
    ExposingBackend,
    NotExposingError,
    PrimaryStage,
    ReadStage,
)
from synthex_gui.physics.backends.kept_arrays import (
    CONSTANTS,
    SPARE_LANDINGS,
    Kept,
    KeptArrays,
    Landings,
)

Result = TypeVar("Result")

# A process that says nothing for so long hangs. Starting includes compiling the kernels.
SILENCE_S = 120.0
START_S = 300.0


class WorkerBackend:
    """`make()` in a child process; `make` is importable from its module. Implements
    `ExposingBackend`.

    Raises BackendError with what `make` said. A projection that ends with the process, or with
    BackendLostError in it, is tried once more in a new process; then BackendLostError is raised.
    """

    def __init__(self, make: Callable[[], Backend], silence_s: float = SILENCE_S) -> None:
        self._make, self._silence_s = make, silence_s
        self._arrays = KeptArrays()
        self._fields: dict[str, tuple[Kept, Field]] = {}
        self._meshes: dict[str, Mesh] = {}
        self._landings = Landings(self._arrays)
        self._shape = (0, 0)
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
        kept = self._arrays.keep(field.stored)
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
            kept[0].forget()

    def project(self, request: ProjectionRequest) -> Projection:
        """All integrals of a request; BackendError for a key that is not uploaded."""
        count = len(dict.fromkeys(request.fields)) + len(request.meshes)
        images, kind = self._again(lambda: self._imaged("project", request, count, request))
        n_fields, n_meshes = len(dict.fromkeys(request.fields)), len(request.meshes)
        return replace(
            _others(request, images[count:], str(kind)),
            fields={key: images[n] for n, key in enumerate(dict.fromkeys(request.fields))},
            meshes_mm=tuple(images[n_fields : n_fields + n_meshes]),
        )

    def expose_primary(self, stage: PrimaryStage) -> tuple[Projection, CoarseSignal]:
        """As the child's; NotExposingError where it cannot."""
        bare = replace(stage, exposure=stage.exposure[:0], blades=None, extra=None)

        def expose() -> tuple[NDArray[np.float32], Any]:
            shared = [self._arrays.constant(a) for a in (stage.exposure, stage.blades, stage.extra)]
            return self._imaged("expose_primary", stage.request, 0, bare, *shared)

        images, (kind, coarse) = self._again(expose)
        return _others(stage.request, images, kind), coarse

    def read_out(self, stage: ReadStage) -> Image:
        """As the child's; BackendLostError when it is no longer the one that was exposed."""
        shared = [self._arrays.constant(array) for array in (stage.gains, stage.previous)]
        bare = replace(stage, gains=None, previous=None)
        height, width = self._shape
        target, image = self._landings.take(height * width)
        self._ask("read_out", bare, *shared, target)
        return image.reshape(height, width)

    def close(self) -> None:
        """End the process and forget everything; the backend is not used afterwards."""
        self._stop()
        self._fields.clear()
        self._meshes.clear()
        self._arrays.close()

    def _again(self, work: Callable[[], Result]) -> Result:
        """Work that may be done once more in a new process."""
        try:
            return work()
        except BackendLostError:
            self._stop()
            try:
                return work()
            except BackendLostError:
                self._stop()
                raise

    def _imaged(
        self, what: str, request: ProjectionRequest, more: int, *given: Any
    ) -> tuple[NDArray[np.float32], Any]:
        """(images (n, h, w) that the child left, its answer); `more` images than the others."""
        count = more + _count_others(request)
        self._shape = request.camera.height, request.camera.width
        shape = (count, *self._shape)
        target, images = self._landings.take(int(np.prod(shape)))
        answer = self._ask(what, *given, target)
        return images.reshape(shape), answer

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
        raise {"lost": BackendLostError, "not exposing": NotExposingError}.get(kind, BackendError)(
            value
        )


def _count_others(request: ProjectionRequest) -> int:
    n_meshes = len(request.meshes)
    return len(dict.fromkeys(request.labels)) + (n_meshes + 1 if n_meshes else 0)


def _others(request: ProjectionRequest, images: NDArray[np.float32], kind: str) -> Projection:
    """A projection of labels, whole mesh paths and first metal alone, in that order."""
    labels = tuple(dict.fromkeys(request.labels))
    whole = images[len(labels) : len(labels) + len(request.meshes)]
    return Projection(
        {},
        {key: images[n] for n, key in enumerate(labels)},
        (),
        tuple(whole),
        images[-1] if request.meshes else None,
        kind,
    )


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
        except NotExposingError as error:
            pipe.send(("not exposing", str(error)))
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
    elif what == "project":
        request, target = given
        result = backend.project(request)
        plain = [*result.fields.values(), *result.meshes_mm]
        _leave([*plain, *_other_images(result)], target)
        return result.backend
    else:
        if not isinstance(backend, ExposingBackend):
            raise NotExposingError(f"{backend.name} only projects")
        if what == "expose_primary":
            stage, exposure, blades, extra, target = given
            whole = replace(
                stage, exposure=_opened(exposure), blades=_opened(blades), extra=_opened(extra)
            )
            result, coarse = backend.expose_primary(whole)
            _leave(_other_images(result), target)
            return result.backend, coarse
        stage, gains, previous, target = given
        image = backend.read_out(replace(stage, gains=_opened(gains), previous=_opened(previous)))
        _leave([image], target)
    return None


@lru_cache(maxsize=CONSTANTS)
def _opened(kept: Kept | None) -> Any:
    """The same object for the same file, by which a backend knows what it has."""
    return None if kept is None else kept.open("r")


@lru_cache(maxsize=2 * SPARE_LANDINGS)
def _mapped(target: Kept) -> Any:
    """Mapped for writing, and left so: mapping anew costs more than the copy."""
    return target.open("r+")


def _other_images(result: Projection) -> list[Image]:
    first = [] if result.first_mm is None else [result.first_mm]
    return [*result.labels_mm.values(), *result.whole_mm, *first]


def _leave(images: list[Image], target: Kept) -> None:
    """Write images one after the other where the parent reads them."""
    flat, start = _mapped(target), 0
    for image in images:
        flat[start : start + image.size] = image.reshape(-1)
        start += image.size
