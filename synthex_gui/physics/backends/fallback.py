"""A backend with a spare: what the first cannot do is done by the second, and said."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.physics.backends.base import (
    BackendError,
    Field,
    Image,
    Projection,
    ProjectionRequest,
)
from synthex_gui.physics.backends.contract import Backend
from synthex_gui.physics.backends.stages import Exposed, ExposureRequest

log = logging.getLogger(__name__)

Made = TypeVar("Made")

# After so many failures one after the other the first is asked no more.
PATIENCE = 3


class FallbackBackend:
    """The first backend's images; an image that it fails at is made by the spare. Implements
    `Backend`; `Projection.backend` says which made it.

    `first` None stands for one that could not even be made. `notice` is called with one line, once
    for every reason.
    """

    def __init__(
        self,
        first: Backend | None,
        make_spare: Callable[[], Backend],
        notice: Callable[[str], None],
    ) -> None:
        self._first, self._make_spare, self._notice = first, make_spare, notice
        self._spare: Backend | None = None
        self._fields: dict[str, Field] = {}
        self._meshes: dict[str, Mesh] = {}
        self._failures = 0
        self._said: set[str] = set()
        self._uses_spare = first is None

    @property
    def name(self) -> str:
        """Of the backend that made the last image."""
        return self._ready_spare().name if self._uses_spare or not self._first else self._first.name

    def upload_field(self, key: str, field: Field) -> None:
        """Keep a field; BackendError when neither backend takes it."""
        self.release(key)
        self._upload(key, lambda backend: backend.upload_field(key, field))
        self._fields[key] = field

    def upload_mesh(self, key: str, mesh: Mesh) -> None:
        """Keep a mesh; BackendError when it is not closed."""
        self.release(key)
        self._upload(key, lambda backend: backend.upload_mesh(key, mesh))
        self._meshes[key] = mesh

    def _upload(self, key: str, upload: Callable[[Backend], None]) -> None:
        try:
            if self._first is not None:
                upload(self._first)
        except BackendError as error:
            upload(self._ready_spare())
            self._failed(error)
        if self._spare is not None and not self._spare.has(key):
            upload(self._spare)

    def has(self, key: str) -> bool:
        """True when a field or mesh is uploaded under that key."""
        return key in self._fields or key in self._meshes

    def release(self, key: str) -> None:
        """Forget a field or mesh; nothing happens when the key is unknown."""
        self._fields.pop(key, None)
        self._meshes.pop(key, None)
        if self._spare is not None:
            self._spare.release(key)
        if self._first is not None:
            try:
                self._first.release(key)
            except BackendError as error:
                self._failed(error)

    def project(self, request: ProjectionRequest) -> Projection:
        """All integrals of a request; BackendError when the spare cannot make them either."""
        return self._made(request, lambda backend: backend.project(request))

    def expose(self, what: ExposureRequest, into: Image | None = None) -> Exposed:
        """One image; BackendError when the spare cannot make it either."""
        return self._made(what.request, lambda backend: backend.expose(what, into))

    def _made(self, request: ProjectionRequest, make: Callable[[Backend], Made]) -> Made:
        problem: BackendError | None = None
        if self._first is not None:
            try:
                self._complete(self._first, request)
                result = make(self._first)
            except BackendError as error:
                problem = error
            else:
                self._failures, self._uses_spare = 0, False
                return result
        result = make(self._ready_spare())
        self._uses_spare = True
        # Only now: what the spare cannot do either is a wrong request, not a broken device.
        if problem is not None:
            self._failed(problem)
        return result

    def close(self) -> None:
        """Free everything; the backend is not used afterwards."""
        self._give_up()
        if self._spare is not None:
            self._spare.close()
        self._fields.clear()
        self._meshes.clear()

    def _complete(self, backend: Backend, request: ProjectionRequest) -> None:
        """Upload what the backend lacks because an earlier attempt failed."""
        for key in (*request.fields, *request.labels):
            if key in self._fields and not backend.has(key):
                backend.upload_field(key, self._fields[key])
        for placed in request.meshes:
            if placed.key in self._meshes and not backend.has(placed.key):
                backend.upload_mesh(placed.key, self._meshes[placed.key])

    def _ready_spare(self) -> Backend:
        """The spare, made and filled when it is first needed."""
        if self._spare is None:
            self._spare = self._make_spare()
            for key, field in self._fields.items():
                self._spare.upload_field(key, field)
            for key, mesh in self._meshes.items():
                self._spare.upload_mesh(key, mesh)
        return self._spare

    def _failed(self, error: BackendError) -> None:
        log.warning("falling back: %s", error)
        self._uses_spare = True
        self._failures += 1
        text = str(error)
        if text not in self._said:
            self._said.add(text)
            self._notice(f"Rendered by {self._ready_spare().name} instead. {text}")
        if self._failures >= PATIENCE:
            self._give_up()

    def _give_up(self) -> None:
        first, self._first = self._first, None
        if first is not None:
            try:
                first.close()
            except BackendError as error:
                log.warning("closing %s: %s", type(first).__name__, error)
