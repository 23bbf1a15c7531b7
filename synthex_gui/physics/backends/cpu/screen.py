"""Meshes as an image sees them: vertices on a fine integer grid of the pixel plane, exactly.

On integers the test whether a pixel lies in a triangle has no rounding, so that a ray enters a
closed mesh exactly as often as it leaves it, whatever edges and vertices it grazes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import Matrix, Vector, transform_points
from synthex_gui.numeric.jit import kernel

# Coordinates below 2^29 keep an edge function, a sum of products of two, within 64 bits.
LARGEST = 2.0**29
# The finest grid worth having: 1/16384 of a pixel.
FINEST = 2**14
# Metal nearer to the source (mm of depth) is taken as holding it.
NEAR_MM = 0.1


@dataclass(frozen=True, eq=False)
class Screen:
    """`points` (n, 2) int64 column and row in units of 1 / `grid` pixels, `inverse_depth` (n,) in
    1/mm, `triangles` (m, 3) int32 into them and the mesh of each, `mesh_of` (m,) int32.
    """

    points: NDArray[np.int64]
    inverse_depth: Vector
    triangles: NDArray[np.int32]
    mesh_of: NDArray[np.int32]
    grid: int


def screen_of(meshes: Sequence[tuple[Mesh, Matrix]], camera: Camera) -> Screen:
    """All triangles of (mesh, world_from_mesh) in front of the source, cut at `NEAR_MM`."""
    projective = [
        transform_points(placed, mesh.vertices) @ camera.p[:, :3].T + camera.p[:, 3]
        for mesh, placed in meshes
    ]
    offsets = np.cumsum([0] + [len(part) for part in projective[:-1]])
    h = np.concatenate(projective)
    triangles = np.concatenate(
        [mesh.triangles + np.int32(offset) for (mesh, _), offset in zip(meshes, offsets)]
    )
    mesh_of = np.repeat(
        np.arange(len(meshes), dtype=np.int32), [len(mesh.triangles) for mesh, _ in meshes]
    )
    ahead = h[:, 2] >= NEAR_MM
    if not ahead.all():
        in_front = ahead[triangles].sum(axis=1)
        crossing = (in_front == 1) | (in_front == 2)
        extra, made, origin = cut_triangles(h, triangles[crossing], NEAR_MM)
        mesh_of = np.concatenate([mesh_of[in_front == 3], mesh_of[crossing][origin]])
        made = np.where(made < 0, len(h) - 1 - made, made).astype(np.int32)
        triangles = np.concatenate([triangles[in_front == 3], made])
        h = np.concatenate([h, extra])
        h[: len(ahead)][~ahead] = [0.0, 0.0, 1.0]
    plane = h[:, :2] / h[:, 2:]
    widest = max(float(np.abs(plane).max(initial=0.0)), camera.width, camera.height)
    grid = FINEST
    while grid > 1 and widest * grid >= LARGEST:
        grid //= 2
    limit = LARGEST / grid
    points = np.rint(np.clip(plane, -limit, limit) * grid).astype(np.int64)
    return Screen(points, 1.0 / h[:, 2], triangles, mesh_of, grid)


@kernel
def cut_triangles(
    h: NDArray[np.float64], triangles: NDArray[np.int32], near: float
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]]:
    """The parts with depth >= near of triangles that cross that plane.

    Returns new vertices (k, 3), triangles in which -1 - n stands for new vertex n, and for each of
    them the row of `triangles` it comes from. Both triangles at an edge cut it at the same point:
    the cut is computed from its vertex of lower index.
    """
    made = np.empty((2 * len(triangles), 3), np.int32)
    extra = np.empty((2 * len(triangles), 3))
    origin = np.empty(2 * len(triangles), np.int64)
    corners = np.empty(4, np.int64)
    n_made, n_extra = 0, 0
    for n in range(len(triangles)):
        count = 0
        for side in range(3):
            here, after = triangles[n, side], triangles[n, (side + 1) % 3]
            if h[here, 2] >= near:
                corners[count] = here
                count += 1
            if (h[here, 2] >= near) != (h[after, 2] >= near):
                low, high = min(here, after), max(here, after)
                share = (near - h[low, 2]) / (h[high, 2] - h[low, 2])
                for axis in range(2):
                    extra[n_extra, axis] = h[low, axis] + share * (h[high, axis] - h[low, axis])
                extra[n_extra, 2] = near
                corners[count] = -1 - n_extra
                n_extra += 1
                count += 1
        for last in range(2, count):
            made[n_made, 0] = corners[0]
            made[n_made, 1] = corners[last - 1]
            made[n_made, 2] = corners[last]
            origin[n_made] = n
            n_made += 1
    return extra[:n_extra].copy(), made[:n_made].copy(), origin[:n_made].copy()
