"""The CPU backend: slab-warp for fields, hit-keeping rasteriser for meshes, stages of the chain."""

from __future__ import annotations

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.numeric.tiles import Threads, default_threads
from synthex_gui.physics.backends.base import (
    BackendError,
    Field,
    Image,
    Projection,
    ProjectionRequest,
    Quality,
)
from synthex_gui.physics.backends.cpu.displace import displace
from synthex_gui.physics.backends.cpu.exposer import CpuExposer
from synthex_gui.physics.backends.cpu.field import PLANE_AXES, CpuField
from synthex_gui.physics.backends.cpu.meshes import MeshPaths, checked_mesh, project_meshes
from synthex_gui.physics.backends.cpu.slab_plan import view_of
from synthex_gui.physics.backends.cpu.slab_shelf import SlabShelf
from synthex_gui.physics.backends.cpu.slab_warp import project_field
from synthex_gui.physics.backends.stages import Exposed, ExposureRequest

# Voxels between samples of the parts of rays that metal displaces.
DISPLACED_STEP = {Quality.EXACT: 0.5, Quality.FAST: 1.0, Quality.DRAG: 1.0}


class CpuBackend:
    """Images on the CPU; the same bytes for any number of threads.

    `threads` None takes the processors this process may use. Implements `Backend`.
    Uploaded arrays are not copied until projected and must not change meanwhile. Processes that
    upload the same fields under the same keys share the copies through a `shelf`.
    """

    def __init__(self, threads: int | None = None, shelf: SlabShelf | None = None) -> None:
        if threads is not None and threads < 1:
            raise BackendError(f"CPU backend: {threads} threads cannot work; use 1 or more")
        self._threads = Threads(threads or default_threads())
        self._exposer = CpuExposer(self._threads.count)
        self._shelf = shelf
        self._fields: dict[str, CpuField] = {}
        self._meshes: dict[str, Mesh] = {}

    @property
    def name(self) -> str:
        """``CPU, 2 threads``."""
        count = self._threads.count
        return f"CPU, {count} thread" + ("s" if count > 1 else "")

    def upload_field(self, key: str, field: Field) -> None:
        """Keep a field; BackendError for a stored type, shape or affine that cannot be used."""
        self.release(key)
        self._fields[key] = CpuField(key, field, self._threads, self._shelf)

    def upload_mesh(self, key: str, mesh: Mesh) -> None:
        """Keep a mesh, turned right side out; BackendError when it is not closed."""
        self.release(key)
        self._meshes[key] = checked_mesh(key, mesh)

    def has(self, key: str) -> bool:
        """True when a field or mesh is uploaded under that key."""
        return key in self._fields or key in self._meshes

    def release(self, key: str) -> None:
        """Forget a field or mesh; nothing happens when the key is unknown."""
        self._fields.pop(key, None)
        self._meshes.pop(key, None)

    def project(self, request: ProjectionRequest) -> Projection:
        """All integrals of a request; BackendError for a key that is not uploaded."""
        paths = self._paths(request) if request.meshes else None
        fields = {key: self._line_integrals(key, request) for key in request.fields}
        if paths is not None:
            for key, image in fields.items():
                self._displace(key, request, paths, image)
        labels = {key: self._line_integrals(key, request) for key in request.labels}
        if paths is None:
            return Projection(fields, labels)
        return Projection(fields, labels, tuple(paths.owned), tuple(paths.whole), paths.first_mm)

    def expose(self, what: ExposureRequest, into: Image | None = None) -> Exposed:
        """One image; `into` is not used, since everything is in this process's memory."""
        projection = self.project(what.request)
        fields = [projection.fields[key] for key in dict.fromkeys(what.request.fields)]
        return self._exposer.expose(what, [*fields, *projection.meshes_mm], projection)

    def close(self) -> None:
        """Free everything; the backend is not used afterwards."""
        self._fields.clear()
        self._meshes.clear()

    def _field(self, key: str) -> CpuField:
        if key not in self._fields:
            raise BackendError(f"no field is uploaded as {key}; upload it before projecting")
        return self._fields[key]

    def _line_integrals(self, key: str, request: ProjectionRequest) -> Image:
        return project_field(self._field(key), request.camera, request.quality, self._threads)

    def _paths(self, request: ProjectionRequest) -> MeshPaths:
        for placed in request.meshes:
            if placed.key not in self._meshes:
                raise BackendError(
                    f"no mesh is uploaded as {placed.key}; upload it before projecting"
                )
        return project_meshes(
            [
                (self._meshes[placed.key], placed.world_from_mesh, placed.priority)
                for placed in request.meshes
            ],
            request.camera,
            self._threads,
        )

    def _displace(
        self, key: str, request: ProjectionRequest, paths: MeshPaths, image: Image
    ) -> None:
        field = self._field(key)
        if field.is_empty:
            return
        view = view_of(field, request.camera)
        step = DISPLACED_STEP[request.quality]
        axis = view.main_axis(request.camera)
        slabs = field.slabs(axis, 1)
        v, u = PLANE_AXES[axis]
        order = (u, v, axis)
        sizes = (field.size[u], field.size[v], field.size[axis])
        source = view.source[list(order)]
        self._threads.each(
            lambda piece: displace(
                slabs.data,
                sizes,
                source,
                view.directions,
                order,
                *piece,
                step,
                slabs.scale,
                image,
            ),
            [piece for piece in paths.pieces if len(piece[0])],
        )
