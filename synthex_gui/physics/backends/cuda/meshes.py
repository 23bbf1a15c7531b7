"""Path lengths through placed meshes on a CUDA device: every hit of every ray, as on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.physics.backends.base import BackendError, PlacedMesh
from synthex_gui.physics.backends.cpu.screen import FINEST, LARGEST, NEAR_MM, screen_of
from synthex_gui.physics.backends.cuda.device import CudaDevice

MOST_MESHES = 64
# Entries that a thread adds up in `CudaMeshes.totals`.
CHUNK = 128
TOO_MANY = 2**31 - 1
_TOO_MUCH = "CUDA: the tools are too fine for one image; decimate their meshes or choose the CPU"


@dataclass(frozen=True, eq=False)
class DeviceScreen:
    """`Screen` on the device."""

    points: Any
    inverse_depth: Any
    triangles: Any
    mesh_of: Any
    grid: int


@dataclass(frozen=True, eq=False)
class _Joined:
    """Several meshes as one on the device, and the corners (meshes, 8, 3) of their boxes."""

    keys: tuple[str, ...]
    triangles: Any
    mesh_of: Any
    corners: Matrix


@dataclass(frozen=True, eq=False)
class DevicePaths:
    """`owned`, `whole` (meshes, h, w) and `first_mm` (h, w) as in `Projection`, on the device;
    pieces inside metal as `resolve_hits` leaves them.
    """

    owned: Any
    whole: Any
    first_mm: Any
    hit_ends: Any
    piece_counts: Any
    pieces: Any


class CudaMeshes:
    """Meshes on the device; `meshes` must be closed and right side out (`checked_mesh`)."""

    def __init__(self, device: CudaDevice) -> None:
        self._device = device
        # The mesh, its vertices on the device, the corners (8, 3) of its box.
        self._meshes: dict[str, tuple[Mesh, Any, Matrix]] = {}
        self._joined: _Joined | None = None
        # The most runs that an image of the joined meshes had.
        self._most_runs = 0
        # Signs and priorities: of the host, of the device.
        self._ranking: tuple[bytes, Any] | None = None

    def __contains__(self, key: str) -> bool:
        return key in self._meshes

    def add(self, key: str, mesh: Mesh) -> None:
        """Keep a mesh, replacing what was there."""
        self.remove(key)
        with self._device.running(f"keep the mesh {key}"):
            corners = np.array(list(product(*mesh.bounds_mm().T)))
            self._meshes[key] = mesh, self._device.upload(mesh.vertices), corners

    def remove(self, key: str) -> None:
        """Forget a mesh."""
        self._meshes.pop(key, None)
        if self._joined is not None and key in self._joined.keys:
            self._joined = None

    def project(
        self, placed: Sequence[PlacedMesh], camera: Camera, owned: Any, whole: Any, first_mm: Any
    ) -> DevicePaths:
        """Paths in request order into three images of the device; call inside `running`."""
        if len(placed) > MOST_MESHES:
            raise BackendError(
                f"CUDA: {len(placed)} tools in one image, {MOST_MESHES} at most; choose the CPU"
            )
        device, n_meshes = self._device, len(placed)
        # Everything of the pose in one copy: P of each mesh, and what follows mm along a ray.
        in_mesh = np.stack([camera.p @ item.world_from_mesh for item in placed])
        mm_from_pixel = camera.r.T @ np.linalg.inv(camera.k)
        pose = device.upload(np.concatenate([in_mesh.ravel(), mm_from_pixel.ravel()]))
        screen = self._screen(placed, camera, in_mesh, pose)
        height, width = camera.height, camera.width
        n_triangles = len(screen.triangles)
        boxes = device.empty((n_triangles, 4), np.int32)
        runs = device.empty((n_triangles,), np.int32)
        size = (np.int32(screen.grid), np.int32(width))
        corners = (screen.points, screen.triangles, np.int32(n_triangles))
        device.launch(
            "bound_triangles",
            n_triangles,
            (
                screen.points,
                screen.triangles,
                np.int32(n_triangles),
                *size,
                np.int32(height),
                boxes,
                runs,
            ),
        )
        run_ends = self.totals(runs)
        listed = (boxes, run_ends, *size)
        # Asking the device how many runs there are would be a wait: as many as there have been are
        # counted, which is harmless where it is too many, and once more where it was too few.
        n_runs = max(self._most_runs, n_triangles) if n_triangles else 0
        while True:
            counts = device.zeros((height * width,), np.int32)
            device.launch("count_hits", n_runs, (*corners, *listed, counts))
            hit_ends = self.totals(counts)
            found, n_hits = self._last(run_ends, hit_ends)
            if found <= n_runs:
                break
            n_runs = found
        self._most_runs = max(self._most_runs, found)
        n_hits = max(n_hits, 1)
        depths = device.empty((n_hits,), np.float64)
        codes, ranks = device.empty((n_hits,), np.int32), device.empty((n_hits,), np.int32)
        device.launch(
            "place_hits",
            found,
            (
                screen.points,
                screen.inverse_depth,
                screen.triangles,
                screen.mesh_of,
                np.int32(n_triangles),
                *listed,
                counts,
                hit_ends,
                depths,
                codes,
                ranks,
            ),
        )
        pieces = device.empty((n_hits, 2), np.float64)
        ranking = self._ranking_of(placed, camera)
        device.launch(
            "resolve_hits",
            height * width,
            (
                hit_ends,
                depths,
                codes,
                ranks,
                ranking[:n_meshes],
                ranking[n_meshes:],
                np.int32(n_meshes),
                pose[in_mesh.size :],
                np.int32(width),
                np.int32(height),
                owned,
                whole,
                first_mm,
                counts,
                pieces,
            ),
        )
        return DevicePaths(owned, whole, first_mm, hit_ends, counts, pieces)

    def totals(self, values: Any) -> Any:
        """(n,) inclusive running totals of (n,) int32 on the device; they stop at `TOO_MANY`."""
        device, count = self._device, values.size
        ends = device.empty((count,), np.int32)
        chunks = -(-count // CHUNK)
        befores = ends
        if chunks > 1:
            sums = device.empty((chunks,), np.int32)
            device.launch("total_chunks", chunks, (values, np.int32(count), sums))
            befores = self.totals(sums)
        has_befores = np.int32(chunks > 1)
        device.launch("run_totals", chunks, (values, np.int32(count), has_befores, befores, ends))
        return ends

    def _last(self, *ends: Any) -> list[int]:
        """The last of each of several running totals, with one wait; 0 for none."""
        last = [self._device.copy_out(each[-1:]) for each in ends]
        self._device.finish()
        found = [int(each[0]) if each.size else 0 for each in last]
        if max(found) >= TOO_MANY:
            raise BackendError(_TOO_MUCH)
        return found

    def _ranking_of(self, placed: Sequence[PlacedMesh], camera: Camera) -> Any:
        """Signs and priorities (2 meshes,) on the device; there they stay while they are equal."""
        ranking = _signs_and_priorities(placed, camera)
        if self._ranking is None or self._ranking[0] != ranking.tobytes():
            self._ranking = ranking.tobytes(), self._device.upload(ranking)
        return self._ranking[1]

    def _screen(
        self, placed: Sequence[PlacedMesh], camera: Camera, in_mesh: Matrix, pose: Any
    ) -> DeviceScreen:
        """Vertices on the image's plane; `in_mesh` (meshes, 3, 4) P in each mesh's own mm, which
        `pose` on the device begins with.
        """
        joined = self._join(tuple(item.key for item in placed))
        h = joined.corners @ in_mesh[:, :, :3].transpose(0, 2, 1) + in_mesh[:, None, :, 3]
        if h[..., 2].min() < NEAR_MM:
            return self._cut_screen(placed, camera)
        widest = max(float(np.abs(h[..., :2] / h[..., 2:]).max()), camera.width, camera.height)
        grid = FINEST
        while grid > 1 and widest * grid >= LARGEST:
            grid //= 2
        device, meshes = self._device, [self._meshes[key] for key in joined.keys]
        total = sum(len(mesh.vertices) for mesh, _, _ in meshes)
        points = device.empty((total, 2), np.int64)
        inverse_depth = device.empty((total,), np.float64)
        start = 0
        for n, (mesh, vertices, _) in enumerate(meshes):
            count = len(mesh.vertices)
            device.launch(
                "place_vertices",
                count,
                (
                    vertices,
                    np.int32(count),
                    pose[12 * n : 12 * n + 12],
                    np.float64(grid),
                    np.float64(LARGEST / grid),
                    points[start : start + count],
                    inverse_depth[start : start + count],
                ),
            )
            start += count
        return DeviceScreen(points, inverse_depth, joined.triangles, joined.mesh_of, grid)

    def _cut_screen(self, placed: Sequence[PlacedMesh], camera: Camera) -> DeviceScreen:
        """Metal around or behind the source is rare: the CPU cuts it."""
        screen = screen_of(
            [(self._meshes[item.key][0], item.world_from_mesh) for item in placed], camera
        )
        device = self._device
        return DeviceScreen(
            device.upload(screen.points),
            device.upload(screen.inverse_depth),
            device.upload(screen.triangles),
            device.upload(screen.mesh_of),
            screen.grid,
        )

    def _join(self, keys: tuple[str, ...]) -> _Joined:
        """Several meshes as one, kept for the next image."""
        if self._joined is None or self._joined.keys != keys:
            parts, mesh_of, start = [], [], 0
            for n, key in enumerate(keys):
                mesh = self._meshes[key][0]
                parts.append(mesh.triangles + np.int32(start))
                mesh_of.append(np.full(len(mesh.triangles), n, np.int32))
                start += len(mesh.vertices)
            triangles = self._device.upload(np.concatenate(parts))
            corners = np.stack([self._meshes[key][2] for key in keys])
            owners = self._device.upload(np.concatenate(mesh_of))
            self._joined = _Joined(keys, triangles, owners, corners)
            self._most_runs = 0
        return self._joined


def _signs_and_priorities(placed: Sequence[PlacedMesh], camera: Camera) -> NDArray[np.int32]:
    """(2 meshes,): the sign of each entry's code, then who owns what meshes share."""
    # Seen from outside triangles turn counter-clockwise, which on rows that run downwards is the
    # negative sense; a mirror in K, or in the placement, turns it round.
    mirror = float(camera.k[0, 0] * camera.k[1, 1])
    turns = np.linalg.det(np.stack([item.world_from_mesh[:3, :3] for item in placed]))
    signs = np.where(turns * mirror > 0, -1, 1)
    order = sorted(range(len(placed)), key=lambda n: (placed[n].priority, n))
    priorities = np.empty(len(placed), np.int32)
    priorities[order] = np.arange(len(placed), dtype=np.int32)
    return np.concatenate([signs.astype(np.int32), priorities])
