"""The bone and skin surfaces of a CT for the 3D view, made in a child process.

VTK's filters hold the interpreter's lock for seconds; in a child the window stays alive.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Mesh, Volume
from synthex_gui.geometry.transforms import Matrix, transform_points

BONE_HU, SKIN_HU = 230.0, -350.0
# With software OpenGL 80,000 triangles take 24 ms a frame, 320,000 take 51 ms.
BONE_TRIANGLES, SKIN_TRIANGLES = 80_000, 12_000
BONE_VOXEL_MM, SKIN_VOXEL_MM = 2.2, 5.0


def patient_surfaces(ct: Volume) -> tuple[Mesh, Mesh]:
    """(bone, skin) surfaces in world mm; either may be empty. Blocks: call from a worker."""
    jobs = [
        (*_coarse(ct, BONE_VOXEL_MM), BONE_HU, BONE_TRIANGLES),
        (*_coarse(ct, SKIN_VOXEL_MM), SKIN_HU, SKIN_TRIANGLES),
    ]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        bone, skin = [pool.submit(_surface, *job) for job in jobs]
        return _mesh(*bone.result()), _mesh(*skin.result())


def _coarse(ct: Volume, voxel_mm: float) -> tuple[NDArray[np.float32], Matrix]:
    """Block means of about `voxel_mm`, and their world_from_voxel."""
    steps = [max(1, int(voxel_mm / spacing)) for spacing in ct.grid.spacing_mm[::-1]]
    counts = [max(1, size // step) for size, step in zip(ct.values.shape, steps, strict=True)]
    total = np.zeros(counts, dtype=np.float32)
    for dk in range(steps[0]):
        for dj in range(steps[1]):
            for di in range(steps[2]):
                part = ct.values[dk :: steps[0], dj :: steps[1], di :: steps[2]]
                total += part[: counts[0], : counts[1], : counts[2]]
    total /= float(np.prod(steps))
    scale = np.diag([steps[2], steps[1], steps[0], 1.0])
    scale[:3, 3] = [(steps[2] - 1) / 2, (steps[1] - 1) / 2, (steps[0] - 1) / 2]
    matrix: Matrix = ct.grid.world_from_voxel @ scale
    return total, matrix


def _surface(
    values: NDArray[np.float32], world_from_voxel: Matrix, level: float, triangles: int
) -> tuple[Any, Any]:
    """Runs in the child: (vertices (n, 3) world mm, triangles (m, 3))."""
    import pyvista as pv

    # A frame of air closes the surface where the CT cuts the body.
    padded = np.pad(values, 1, constant_values=-1024.0)
    grid = pv.ImageData(dimensions=padded.shape[::-1], origin=(-1.0, -1.0, -1.0))
    grid.point_data["hu"] = padded.ravel()
    surface = grid.contour([level], scalars="hu", method="flying_edges")
    if surface.n_points == 0:
        return np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32)
    surface = surface.triangulate()
    if surface.n_cells > triangles:
        surface = surface.decimate_pro(1.0 - triangles / surface.n_cells, preserve_topology=False)
    surface = surface.smooth_taubin(n_iter=12, pass_band=0.12)
    faces = surface.faces.reshape(-1, 4)[:, 1:].astype(np.int32)
    if np.linalg.det(world_from_voxel[:3, :3]) < 0:
        faces = faces[:, ::-1].copy()
    return transform_points(world_from_voxel, surface.points), faces


def _mesh(vertices: Any, faces: Any) -> Mesh:
    return Mesh(np.asarray(vertices, dtype=np.float64), np.asarray(faces, dtype=np.int32))
