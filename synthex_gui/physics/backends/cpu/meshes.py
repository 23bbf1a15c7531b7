"""Path lengths through placed meshes for one camera, exact, on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.numeric.tiles import Threads, bands
from synthex_gui.physics.backends.base import BackendError, Image
from synthex_gui.physics.backends.cpu.intervals import resolve_band
from synthex_gui.physics.backends.cpu.raster import (
    BAND_ROWS,
    bin_triangles,
    bound_triangles,
    hit_band,
)
from synthex_gui.physics.backends.cpu.screen import screen_of


@dataclass(frozen=True, eq=False)
class MeshPaths:
    """`owned` and `whole` (meshes, height, width) and `first_mm` (height, width) float32 as in
    `Projection`; `pieces`, one per band of rows: the pixels (n, 2) row and column, and the
    distances (n, 2) in mm from the source between which their rays run inside any mesh.
    """

    owned: NDArray[np.float32]
    whole: NDArray[np.float32]
    first_mm: Image
    pieces: tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...]


def checked_mesh(key: str, mesh: Mesh) -> Mesh:
    """The mesh with triangles facing outwards; BackendError when it is not closed or empty."""
    if not mesh.is_closed:
        raise BackendError(
            f"mesh {key}: not closed, so no path length through it exists; close its holes"
        )
    if not len(mesh.triangles) or not np.isfinite(mesh.vertices).all():
        raise BackendError(f"mesh {key}: it has no triangles, or vertices that are not numbers")
    triangles = mesh.triangles if mesh.volume_mm3 >= 0 else mesh.triangles[:, ::-1]
    return Mesh(
        np.ascontiguousarray(mesh.vertices, dtype=np.float64),
        np.ascontiguousarray(triangles, dtype=np.int32),
        True,
        mesh.warnings,
    )


def project_meshes(
    meshes: Sequence[tuple[Mesh, Matrix, int]], camera: Camera, threads: Threads
) -> MeshPaths:
    """Paths through (mesh, world_from_mesh, priority) in request order."""
    shape = (camera.height, camera.width)
    owned = np.zeros((len(meshes), *shape), np.float32)
    whole = np.zeros_like(owned)
    first_mm = np.full(shape, np.inf, np.float32)
    screen = screen_of([(mesh, placed) for mesh, placed, _ in meshes], camera)
    boxes = np.empty((len(screen.triangles), 4), np.int32)
    threads.each(
        lambda b: bound_triangles(
            screen.points,
            screen.triangles[b[0] : b[1]],
            screen.grid,
            *shape[::-1],
            boxes[b[0] : b[1]],
        ),
        bands(len(boxes), 16384),
    )
    rows = bands(camera.height, BAND_ROWS)
    starts, triangles = bin_triangles(boxes, len(rows))

    # Seen from outside triangles turn counter-clockwise, which on rows that run downwards is the
    # negative sense of `hit_band`; a mirror in K, or in the placement, turns it round.
    mirror = float(np.linalg.det(camera.k))
    signs = [-1 if np.linalg.det(placed[:3, :3]) * mirror > 0 else 1 for _, placed, _ in meshes]
    order = sorted(range(len(meshes)), key=lambda n: (meshes[n][2], n))
    ranks = np.empty(len(meshes), np.int32)
    ranks[order] = np.arange(len(meshes), dtype=np.int32)
    ray_from_pixel = camera.r.T @ np.linalg.inv(camera.k)
    empty = (np.empty((0, 2), np.int64), np.empty((0, 2)))
    pieces = [empty] * len(rows)

    def trace(band: int) -> None:
        listed = triangles[starts[band] : starts[band + 1]]
        if len(listed):
            hits = hit_band(
                screen.points,
                screen.inverse_depth,
                screen.grid,
                screen.triangles,
                screen.mesh_of,
                listed,
                boxes,
                camera.width,
                rows[band],
            )
            pieces[band] = resolve_band(
                *hits,
                np.array(signs, np.int32),
                ranks,
                ray_from_pixel,
                rows[band],
                owned,
                whole,
                first_mm,
            )

    threads.each(trace, range(len(rows)))
    return MeshPaths(owned, whole, first_mm, tuple(pieces))
