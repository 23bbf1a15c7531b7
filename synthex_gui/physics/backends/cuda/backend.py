"""The CUDA backend: a ray caster for fields, a hit-keeping rasteriser for meshes, through CuPy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from synthex_gui.physics.backends.cpu.meshes import checked_mesh
from synthex_gui.physics.backends.cpu.slab_plan import view_of
from synthex_gui.physics.backends.cuda.device import BLOCK, CudaDevice
from synthex_gui.physics.backends.cuda.exposure import CudaExposure
from synthex_gui.physics.backends.cuda.field import HostField, PackedFields
from synthex_gui.physics.backends.cuda.look import CudaLook
from synthex_gui.physics.backends.cuda.meshes import CudaMeshes, DevicePaths
from synthex_gui.physics.backends.stages import Exposed, ExposureRequest

# Samples per voxel along the fastest axis, and where they lie between the voxels' planes: there
# f (1 - f), the second moment of a sample across the ray, is on average 1/6, the exact one.
SAMPLES = {Quality.EXACT: 2, Quality.FAST: 1, Quality.DRAG: 1}
PHASE = {1: 0.5 - np.sqrt(1 / 12), 2: (1 - np.sqrt(1 / 3)) / 4}
TILE = (8, 16)  # rows and columns of a block, see rays.cu


class CudaBackend:
    """Path integrals and the imaging chain on an NVIDIA GPU. Implements `Backend`.

    Raises BackendError, here and later, for whatever keeps the device from being used;
    BackendLostError once this process cannot use it any more. Uploaded arrays go to the device
    when they are first projected and must not change before.
    """

    def __init__(self, device: int = 0) -> None:
        self._device = CudaDevice(device)
        self._threads = Threads(min(8, default_threads()))
        self._fields: dict[str, HostField] = {}
        self._packed: dict[tuple[str, ...], PackedFields] = {}
        self._meshes = CudaMeshes(self._device)
        self._exposure = CudaExposure(self._device)
        self._look = CudaLook(self._device)
        with self._device.running("keep anything"):
            nothing = self._device.zeros((1,), np.int32)
            self._no_pieces = (nothing, nothing, self._device.zeros((1,), np.float64))

    @property
    def name(self) -> str:
        """``CUDA 0, NVIDIA H100 PCIe, 80 GB``."""
        return f"CUDA {self._device.number}, {self._device.name}"

    def upload_field(self, key: str, field: Field) -> None:
        """Keep a field; BackendError for a stored type, shape or affine that cannot be used."""
        self.release(key)
        self._fields[key] = HostField(key, field, self._threads)

    def upload_mesh(self, key: str, mesh: Mesh) -> None:
        """Keep a mesh, turned right side out; BackendError when it is not closed."""
        self.release(key)
        self._meshes.add(key, checked_mesh(key, mesh))

    def has(self, key: str) -> bool:
        """True when a field or mesh is uploaded under that key."""
        return key in self._fields or key in self._meshes

    def release(self, key: str) -> None:
        """Forget a field or mesh; nothing happens when the key is unknown."""
        self._fields.pop(key, None)
        self._meshes.remove(key)
        for keys in [keys for keys in self._packed if key in keys]:
            del self._packed[keys]

    def project(self, request: ProjectionRequest) -> Projection:
        """All integrals of a request; BackendError for a key that is not uploaded."""
        packed = self._ready(request)
        with self._device.running("project"):
            images = self._project(request, packed)
            host = self._device.download(images)
        return _projection(request, host)

    def expose(self, what: ExposureRequest, into: Image | None = None) -> Exposed:
        """One image; fields and owned mesh paths stay on the device."""
        request, device = what.request, self._device
        packed = self._ready(request)
        with device.running("expose"):
            if into is not None:
                device.lock_pages(into)
            images = self._project(request, packed)
            begun = None
            if what.beam is not None:
                begun = self._exposure.primary(what.matter, what.beam, images)
            others = images[len(dict.fromkeys(request.fields)) + len(request.meshes) :]
            projected = device.copy_out(others, into)
        reading = None if what.reading is None else what.reading()
        with device.running("read out"):
            integral = drawn = None
            if begun is None or reading is None:
                made, summed = self._exposure.of_one_energy(what.matter, images)
                integral = summed if what.keeps_integral else None
            else:
                made, photons = self._exposure.read_out(begun, reading)
                drawn = device.copy_out(photons)
            looked = None
            if what.look is not None:
                looked = self._look.shown(made, what.look, self._exposure.blades(what.beam))
            landing, left = [], _after(into, projected.size)
            for image in (made, looked, integral):
                landing.append(None if image is None else device.copy_out(image, left))
                left = left if image is None else _after(left, image.size)
            device.finish()
        signal, shown, line_integral = landing
        assert signal is not None
        return Exposed(
            projection=_projection(request, projected, is_partial=True),
            signal=signal,
            photons=1.0 if drawn is None else float(drawn[0]),
            shown=shown,
            integral=line_integral,
        )

    def _ready(self, request: ProjectionRequest) -> dict[tuple[str, ...], PackedFields | None]:
        """Everything that a request needs, on the device."""
        for key in (*request.fields, *request.labels):
            if key not in self._fields:
                raise BackendError(f"no field is uploaded as {key}; upload it before projecting")
        for placed in request.meshes:
            if placed.key not in self._meshes:
                raise BackendError(
                    f"no mesh is uploaded as {placed.key}; upload it before projecting"
                )
        groups = self._groups(request.fields)
        return {keys: self._pack(keys) for keys in (*groups, *((key,) for key in request.labels))}

    def close(self) -> None:
        """Free everything; the backend is not used afterwards."""
        self._fields.clear()
        self._packed.clear()
        self._meshes = CudaMeshes(self._device)
        self._exposure = CudaExposure(self._device)
        self._look = CudaLook(self._device)
        self._device.close()

    def _groups(self, keys: Sequence[str]) -> list[tuple[str, ...]]:
        """The fields, those that can be read together in pairs."""
        left = list(dict.fromkeys(keys))
        groups: list[tuple[str, ...]] = []
        while left:
            first = left.pop(0)
            partner = next(
                (k for k in left if self._fields[first].fits_with(self._fields[k])), None
            )
            if partner is not None:
                left.remove(partner)
            groups.append((first,) if partner is None else (first, partner))
        return groups

    def _pack(self, keys: tuple[str, ...]) -> PackedFields | None:
        """The fields on the device, brought there when they are new; None for an empty one."""
        fields = [self._fields[key] for key in keys]
        if fields[0].box is None:
            return None
        if keys not in self._packed:
            # What these fields were part of before goes first: it may be too much together.
            for old in [old for old in self._packed if set(old) & set(keys)]:
                del self._packed[old]
            self._packed[keys] = PackedFields(self._device, fields)
        return self._packed[keys]

    def _project(
        self,
        request: ProjectionRequest,
        packed: Mapping[tuple[str, ...], PackedFields | None],
    ) -> Any:
        """(n, h, w) on the device: fields, owned mesh paths, labels, whole mesh paths, first."""
        camera, n_meshes = request.camera, len(request.meshes)
        place = {key: n for n, key in enumerate(dict.fromkeys(request.fields))}
        labels = tuple(dict.fromkeys(request.labels))
        n_kept = len(place) + n_meshes
        count = n_kept + len(labels) + (n_meshes + 1 if n_meshes else 0)
        images = self._device.zeros((count, camera.height, camera.width), np.float32)
        paths = None
        if n_meshes:
            paths = self._meshes.project(
                request.meshes,
                camera,
                images[len(place) : n_kept],
                images[count - n_meshes - 1 : count - 1],
                images[count - 1],
            )
        for keys in self._groups(request.fields):
            self._integrate(packed[keys], request, paths, [images[place[key]] for key in keys])
        for n, key in enumerate(labels):
            self._integrate(packed[(key,)], request, None, [images[n_kept + n]])
        return images

    def _integrate(
        self,
        packed: PackedFields | None,
        request: ProjectionRequest,
        paths: DevicePaths | None,
        images: Sequence[Any],
    ) -> None:
        if packed is None:
            return
        device = self._device
        view = view_of(packed, request.camera)
        top, bottom, left, right = view.area
        tiles = -(-(bottom - top) // TILE[0]) * -(-(right - left) // TILE[1])
        samples = SAMPLES[request.quality]
        pieces = self._no_pieces
        if paths is not None:
            pieces = (paths.hit_ends, paths.piece_counts, paths.pieces)
        device.launch(
            packed.kernel,
            tiles * BLOCK,
            (
                packed.voxels,
                packed.bricks,
                *(np.int32(n) for n in packed.size),
                device.upload(np.concatenate([view.source, view.directions.ravel()])),
                *(np.int32(n) for n in (request.camera.width, top, bottom, left, right)),
                np.float64(1.0 / samples),
                np.float64(PHASE[samples]),
                np.int32(paths is not None),
                *pieces,
                *packed.scales,
                *images,
            ),
        )


def _after(into: Image | None, count: int) -> Image | None:
    return None if into is None else into[count:]


def _projection(
    request: ProjectionRequest, host: NDArray[np.float32], is_partial: bool = False
) -> Projection:
    """The images of `_project` by name; `is_partial`: those from the labels on."""
    fields, labels = dict.fromkeys(request.fields), dict.fromkeys(request.labels)
    n_meshes = len(request.meshes)
    owned_end = 0 if is_partial else len(fields) + n_meshes
    whole = owned_end + len(labels)
    return Projection(
        {} if is_partial else {key: host[n] for n, key in enumerate(fields)},
        {key: host[owned_end + n] for n, key in enumerate(labels)},
        () if is_partial else tuple(host[len(fields) : owned_end]),
        tuple(host[whole : whole + n_meshes]),
        host[-1] if n_meshes else None,
        "cuda",
    )
