"""The contract of every backend: fields and meshes to path integrals, and those to an image."""

from __future__ import annotations

from typing import Protocol

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.physics.backends.base import Field, Image, Projection, ProjectionRequest
from synthex_gui.physics.backends.stages import Exposed, ExposureRequest


class Backend(Protocol):
    """Upload once, project often. Not thread-safe: one caller at a time."""

    @property
    def name(self) -> str:
        """As shown to the user: ``CPU, 2 threads``."""
        ...

    def upload_field(self, key: str, field: Field) -> None:
        """Keep a field under a key, replacing what was there."""
        ...

    def upload_mesh(self, key: str, mesh: Mesh) -> None:
        """Keep a mesh under a key; BackendError when it is not closed."""
        ...

    def has(self, key: str) -> bool:
        """True when a field or mesh is uploaded under that key."""
        ...

    def release(self, key: str) -> None:
        """Forget a field or mesh; nothing happens when the key is unknown."""
        ...

    def project(self, request: ProjectionRequest) -> Projection:
        """All integrals of a request; BackendError for a key that is not uploaded."""
        ...

    def expose(self, what: ExposureRequest, into: Image | None = None) -> Exposed:
        """One image. The images may be left in `into` (n,), memory that another process shares,
        one after the other, as `Exposed.images` lists them.

        Raises BackendError for what the backend cannot do, and what `what.reading` raises.
        """
        ...

    def close(self) -> None:
        """Free everything; the backend is not used afterwards."""
        ...
