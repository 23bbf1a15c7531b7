"""A backend in a process of its own, replaced when it dies or loses its device.

CUDA calls some failures sticky: the process that had one can never use its device again. Here that
process is not the application. Arrays go through files that both processes map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.physics.backends.base import (
    BackendError,
    BackendLostError,
    Field,
    Image,
    Projection,
    ProjectionRequest,
)
from synthex_gui.physics.backends.contract import Backend
from synthex_gui.physics.backends.process.child import (
    SHARED_OF_BEAM,
    SHARED_OF_PANEL,
    SHARED_OF_SCATTER,
    Split,
    serve,
)
from synthex_gui.physics.backends.process.kept_arrays import Kept, KeptArrays, Landings
from synthex_gui.physics.backends.stages import Exposed, ExposureRequest, ReadStage

Result = TypeVar("Result")

# A process that says nothing for so long hangs. Starting includes compiling the kernels.
SILENCE_S = 120.0
START_S = 300.0


class WorkerBackend:
    """`make()` in a child process; `make` is importable from its module. Implements
    `Backend`.

    Raises BackendError with what `make` said. A projection that ends with the process, or with
    BackendLostError in it, is tried once more in a new process; then BackendLostError is raised.
    """

    def __init__(self, make: Callable[[], Backend], silence_s: float = SILENCE_S) -> None:
        self._make, self._silence_s = make, silence_s
        self._arrays = KeptArrays()
        self._fields: dict[str, tuple[Kept, Field]] = {}
        self._meshes: dict[str, Mesh] = {}
        self._landings = Landings(self._arrays)
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
        return self._again(lambda: self._project(request))

    def _project(self, request: ProjectionRequest) -> Projection:
        fields, n_meshes = tuple(dict.fromkeys(request.fields)), len(request.meshes)
        first = len(fields) + n_meshes
        shape = (first + _count_others(request), request.camera.height, request.camera.width)
        target, flat = self._landings.take(int(np.prod(shape)))
        kind = str(self._ask("project", request, target))
        images = flat.reshape(shape)
        return replace(
            _others(request, images[first:], kind),
            fields={key: images[n] for n, key in enumerate(fields)},
            meshes_mm=tuple(images[len(fields) : first]),
        )

    def expose(self, what: ExposureRequest, into: Image | None = None) -> Exposed:
        """As the child's; what `what.reading` raises ends the process."""
        return self._again(lambda: self._expose(what))

    def _expose(self, what: ExposureRequest) -> Exposed:
        request = what.request
        count = _count_others(request)
        has_look, keeps_integral = what.look is not None, what.keeps_integral
        shape = (
            count + 1 + int(has_look) + int(keeps_integral),
            request.camera.height,
            request.camera.width,
        )
        target, flat = self._landings.take(int(np.prod(shape)))
        beam = None if what.beam is None else self._split(what.beam, SHARED_OF_BEAM)
        self._send("expose", replace(what, beam=None, reading=None), beam, target)
        if what.reading is not None:
            self._send_reading(what.reading)
        kind, photons = self._answer(self._silence_s)
        images = flat.reshape(shape)
        return Exposed(
            projection=_others(request, images, kind),
            signal=images[count],
            photons=photons,
            shown=images[count + 1] if has_look else None,
            integral=images[-1] if keeps_integral else None,
        )

    def _send_reading(self, reading: Callable[[], ReadStage]) -> None:
        """The child is at the first half and waits to be told of the other."""
        try:
            read = reading()
            scatter = None if read.scatter is None else self._split(read.scatter, SHARED_OF_SCATTER)
            panel = None if read.panel is None else self._split(read.panel, SHARED_OF_PANEL)
        except BaseException:
            self._stop()
            raise
        self._send("read", replace(read, scatter=None, panel=None), scatter, panel)

    def _split(self, stage: Any, names: Sequence[str]) -> Split:
        """A stage without the arrays of these names, and the files that have them."""
        shared = {name: self._arrays.constant(getattr(stage, name)) for name in names}
        return replace(stage, **dict.fromkeys(names)), shared

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

    def _start(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(
            target=serve, args=(theirs, self._make), name="synthex-backend", daemon=True
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
        self._send(*message)
        return self._answer(self._silence_s)

    def _send(self, *message: Any) -> None:
        if self._process is None:
            self._start()
        assert self._pipe is not None
        try:
            self._pipe.send(message)
        except OSError as error:
            raise BackendLostError(f"the process of {self._name} has ended") from error

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
        raise {"lost": BackendLostError}.get(kind, BackendError)(value)


def _count_others(request: ProjectionRequest) -> int:
    n_meshes = len(request.meshes)
    return len(dict.fromkeys(request.labels)) + (n_meshes + 1 if n_meshes else 0)


def _others(request: ProjectionRequest, images: NDArray[np.float32], kind: str) -> Projection:
    """A projection of labels, whole mesh paths and first metal alone, in that order."""
    labels = tuple(dict.fromkeys(request.labels))
    end = len(labels) + len(request.meshes)
    return Projection(
        {},
        {key: images[n] for n, key in enumerate(labels)},
        (),
        tuple(images[len(labels) : end]),
        images[end] if request.meshes else None,
        kind,
    )
