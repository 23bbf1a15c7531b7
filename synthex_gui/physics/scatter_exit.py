"""Where the beam leaves the patient: the air gap between matter and detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Volume
from synthex_gui.geometry.camera import Camera
from synthex_gui.physics.fast_math import vector_kernel
from synthex_gui.physics.tiles import run_tiles

Array = NDArray[np.float64]
Image = NDArray[np.float32]

BLOCK_MM = 5.0
RAYS = 24  # along the longer side of the detector
STEP_MM = 2.0
# The exit is where this much water has been met from behind: skin, not a CT's couch or noise.
BEHIND_G_CM2 = 0.4
# A ray counts by its thickness times the primary that passes it, about what scatters towards the
# detector: t exp(-0.2 t), water at 65 keV.
WATER_PER_CM = 0.2
# CT numbers below this are air.
AIR_HU = -800


@dataclass(frozen=True, eq=False)
class CoarseMatter:
    """A CT as mean densities [g/cm3] of blocks some BLOCK_MM wide, (nz, ny, nx) float32;
    `block_from_world` maps world mm to block indices (x, y, z), block centres at integers.
    """

    density: NDArray[np.float32]
    block_from_world: Array

    @classmethod
    def of(cls, ct: Volume, threads: int = 1) -> CoarseMatter:
        """Read every voxel once; blocks at the far faces are of fewer voxels, the rest air."""
        per_block = np.maximum(np.rint(BLOCK_MM / ct.grid.spacing_mm), 1.0)
        size = (int(per_block[0]), int(per_block[1]), int(per_block[2]))
        shape = tuple(-(-n // m) for n, m in zip(ct.values.shape, reversed(size), strict=True))
        density = np.zeros(shape, dtype=np.float32)
        run_tiles(lambda a, b: _mean_density(ct.values, size, a, b, density), shape[0], threads, 1)
        block_from_voxel = np.eye(4)
        block_from_voxel[:3, :3] /= per_block[:, None]
        block_from_voxel[:3, 3] = -(per_block - 1.0) / 2.0 / per_block
        voxel_from_world = np.linalg.inv(ct.grid.world_from_voxel)
        return cls(density, block_from_voxel @ voxel_from_world)

    def exit_gap_mm(self, camera: Camera) -> float:
        """Mean distance along the central axis from the exit of matter to the detector plane.

        Rays that meet little matter do not count; all of the SDD when none meets any, 0 when the
        matter reaches behind the detector. Each ray counts by what it scatters.
        """
        count = RAYS / max(camera.width, camera.height)
        columns = (np.arange(max(round(camera.width * count), 1)) + 0.5) / count - 0.5
        rows = (np.arange(max(round(camera.height * count), 1)) + 0.5) / count - 0.5
        pixels = camera.pixel_to_world(columns[None, :], rows[:, None]).reshape(-1, 3)
        source = self._to_blocks(camera.source_mm[None])[0]
        ends = self._to_blocks(pixels)
        lengths = np.linalg.norm(pixels - camera.source_mm, axis=1)
        depth, weight = _exits(self.density, source, ends, lengths)
        if weight.sum() <= 0.0:
            return camera.sdd_mm
        # A ray of length L reaches the plane at depth SDD.
        gaps = camera.sdd_mm * (1.0 - depth / lengths)
        return float(max((gaps * weight).sum() / weight.sum(), 0.0))

    def _to_blocks(self, points_mm: Array) -> Array:
        result: Array = points_mm @ self.block_from_world[:3, :3].T + self.block_from_world[:3, 3]
        return result


@vector_kernel
def _mean_density(
    values: NDArray[np.int16],
    size: tuple[int, int, int],
    first: int,
    last: int,
    density: NDArray[np.float32],
) -> None:
    """Fill block layers [first, last); `size` voxels along x, y, z in a block."""
    nz, ny, nx = values.shape
    share = np.float32(1.0 / (size[0] * size[1] * size[2]))
    for k in range(first, last):
        for z in range(k * size[2], min((k + 1) * size[2], nz)):
            for y in range(ny):
                line, row = density[k, y // size[1]], values[z, y]
                for i in range(line.size):
                    total = np.float32(0.0)
                    for x in range(i * size[0], min((i + 1) * size[0], nx)):
                        hu = row[x]
                        dense = np.float32(1.0) + np.float32(0.001) * np.float32(hu)
                        total += dense if hu > AIR_HU else np.float32(0.0)
                    line[i] += total * share


@vector_kernel
def _exits(
    density: NDArray[np.float32], source: Array, ends: Array, lengths_mm: Array
) -> tuple[Array, Array]:
    """(distance [mm] from the source to the exit, weight) of each ray.

    From the detector end back to the source; the exit lies BEHIND_G_CM2 of water behind the place
    where that much has been met, so that partly filled blocks do not move it.
    """
    nz, ny, nx = density.shape
    depth = np.zeros(len(ends))
    weight = np.zeros(len(ends))
    for ray in range(len(ends)):
        steps = max(int(lengths_mm[ray] / STEP_MM), 1)
        met = 0.0
        found = -1.0
        for step in range(steps):
            share = 1.0 - (step + 0.5) / steps
            x = source[0] + (ends[ray, 0] - source[0]) * share
            y = source[1] + (ends[ray, 1] - source[1]) * share
            z = source[2] + (ends[ray, 2] - source[2]) * share
            i, j, k = int(np.floor(x + 0.5)), int(np.floor(y + 0.5)), int(np.floor(z + 0.5))
            if i < 0 or j < 0 or k < 0 or i >= nx or j >= ny or k >= nz:
                continue
            met += density[k, j, i] * STEP_MM * 0.1
            if found < 0.0 and met >= BEHIND_G_CM2:
                excess_mm = 10.0 * (met - BEHIND_G_CM2)
                found = share * lengths_mm[ray] - 0.5 * STEP_MM + excess_mm + 10.0 * BEHIND_G_CM2
        if found > 0.0:
            depth[ray] = found
            weight[ray] = met * np.exp(-WATER_PER_CM * met)
    return depth, weight
