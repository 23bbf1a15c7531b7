"""Where the beam leaves the patient: the air gap between matter and detector."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.arrays import Volume
from synthex_gui.geometry.camera import Camera
from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.numeric.tiles import run_tiles

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
    `filled` (2, 3) int64: first and behind the last index (x, y, z) of blocks that are not empty.
    """

    density: NDArray[np.float32]
    block_from_world: Array
    filled: NDArray[np.int64]

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
        return cls(density, block_from_voxel @ voxel_from_world, _filled(density))

    def exit_gap_mm(self, camera: Camera) -> float:
        """Mean distance along the central axis from the exit of matter to the detector plane.

        Rays that meet little matter do not count; all of the SDD when none meets any, 0 when the
        matter reaches behind the detector. Each ray counts by what it scatters.
        """
        lengths, depth, weight = self._walk(camera)
        if weight.sum() <= 0.0:
            return camera.sdd_mm
        # A ray of length L reaches the plane at depth SDD.
        gaps = camera.sdd_mm * (1.0 - depth / lengths)
        return float(max((gaps * weight).sum() / weight.sum(), 0.0))

    def meets(self, camera: Camera) -> bool:
        """True when some ray of the image crosses matter before the detector."""
        return bool(self._walk(camera)[2].any())

    def density_at(self, point_mm: Array) -> float:
        """g/cm3 of the block in which a point (3,) lies; 0 outside."""
        i, j, k = np.rint(self._to_blocks(point_mm[None])[0]).astype(int).tolist()
        nz, ny, nx = self.density.shape
        if not (0 <= i < nx and 0 <= j < ny and 0 <= k < nz):
            return 0.0
        return float(self.density[k, j, i])

    def _walk(self, camera: Camera) -> tuple[Array, Array, Array]:
        """(lengths mm, exit depth mm, weight) of a lattice of rays, each (n,)."""
        pixels = _ends(camera.width, camera.height) @ camera.detector_from_pixel.T
        source = self._to_blocks(camera.source_mm[None])[0]
        lengths = np.linalg.norm(pixels - camera.source_mm, axis=1)
        return lengths, *_exits(self.density, self.filled, source, self._to_blocks(pixels), lengths)

    def _to_blocks(self, points_mm: Array) -> Array:
        result: Array = points_mm @ self.block_from_world[:3, :3].T + self.block_from_world[:3, 3]
        return result


@lru_cache(maxsize=8)
def _ends(width: int, height: int) -> Array:
    """(n, 3) pixels (column, row, 1) at which the rays end; read-only."""
    count = RAYS / max(width, height)
    columns = (np.arange(max(round(width * count), 1)) + 0.5) / count - 0.5
    rows = (np.arange(max(round(height * count), 1)) + 0.5) / count - 0.5
    across, down = np.meshgrid(columns, rows)
    result: Array = np.stack([across, down, np.ones(across.shape)], axis=-1).reshape(-1, 3)
    result.setflags(write=False)
    return result


def _filled(density: NDArray[np.float32]) -> NDArray[np.int64]:
    places = np.argwhere(density)[:, ::-1]
    if not len(places):
        return np.zeros((2, 3), dtype=np.int64)
    return np.stack([places.min(axis=0), places.max(axis=0) + 1]).astype(np.int64)


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
    density: NDArray[np.float32],
    filled: NDArray[np.int64],
    source: Array,
    ends: Array,
    lengths_mm: Array,
) -> tuple[Array, Array]:
    """(distance [mm] from the source to the exit, weight) of each ray.

    From the detector end back to the source; the exit lies BEHIND_G_CM2 of water behind the place
    where that much has been met, so that partly filled blocks do not move it.
    """
    line, layer = np.int32(density.shape[2]), np.int32(density.shape[1] * density.shape[2])
    flat = density.reshape(-1)
    most = max(int(lengths_mm.max() / STEP_MM), 1)
    place, dense = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.float32)
    x, y, z = source[0], source[1], source[2]
    depth = np.zeros(len(ends))
    weight = np.zeros(len(ends))
    for ray in range(len(ends)):
        steps = max(int(lengths_mm[ray] / STEP_MM), 1)
        dx, dy, dz = ends[ray, 0] - x, ends[ray, 1] - y, ends[ray, 2] - z
        first, last = _steps_within(filled, source, (dx, dy, dz), steps)
        for step in range(first, last):
            share = 1.0 - (float(np.int32(step)) + 0.5) / steps
            # Nothing is negative, so that this rounds; the limits hold whatever is fused.
            i = np.int32(x + dx * share + 0.5)
            j = np.int32(y + dy * share + 0.5)
            k = np.int32(z + dz * share + 0.5)
            at = int(k * layer + j * line + i)
            place[step] = np.int32(min(max(at, 0), flat.size - 1))
        # A loop of its own: the one above becomes vector code.
        for step in range(first, last):
            dense[step] = flat[np.uint32(place[step])]
        met = 0.0
        found = -1.0
        for step in range(first, last):
            # mm to cm: amounts of matter are in g/cm2.
            met += dense[step] * STEP_MM * 0.1
            if met >= BEHIND_G_CM2:
                share = 1.0 - (step + 0.5) / steps
                excess_mm = 10.0 * (met - BEHIND_G_CM2)
                found = share * lengths_mm[ray] - 0.5 * STEP_MM + excess_mm + 10.0 * BEHIND_G_CM2
                first = step + 1
                break
        if found > 0.0:
            for step in range(first, last):
                met += dense[step] * STEP_MM * 0.1
            depth[ray] = found
            weight[ray] = met * np.exp(-WATER_PER_CM * met)
    return depth, weight


@vector_kernel
def _steps_within(
    filled: NDArray[np.int64], source: Array, along: tuple[float, float, float], steps: int
) -> tuple[int, int]:
    """(first, last) of the steps whose places round to a block within `filled`, last excluded."""
    nearest, farthest = 0.0, 1.0
    for axis in range(3):
        if along[axis] != 0.0:
            one = (filled[0, axis] - 0.5 - source[axis]) / along[axis]
            other = (filled[1, axis] - 0.5 - source[axis]) / along[axis]
            nearest = max(nearest, min(one, other))
            farthest = min(farthest, max(one, other))
    if not nearest < farthest:
        return 0, 0
    # One more on either side, so that what decides is the rounding below, as in the walk.
    first = max(int((1.0 - farthest) * steps - 0.5) - 1, 0)
    last = min(int((1.0 - nearest) * steps - 0.5) + 3, steps)
    while first < last and not _is_within(filled, source, along, 1.0 - (first + 0.5) / steps):
        first += 1
    while first < last and not _is_within(filled, source, along, 1.0 - (last - 0.5) / steps):
        last -= 1
    return first, last


@vector_kernel
def _is_within(
    filled: NDArray[np.int64], source: Array, along: tuple[float, float, float], share: float
) -> bool:
    for axis in range(3):
        at = np.floor(source[axis] + along[axis] * share + 0.5)
        if at < filled[0, axis] or at >= filled[1, axis]:
            return False
    return True
