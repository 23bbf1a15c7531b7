"""The voxel lattice of a phantom and boxes cut from it, in design mm (before the stature scale)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthex_gui.geometry.arrays import Grid
from synthex_gui.phantom.paint.kernels import REACH_MM, Floats


@dataclass(frozen=True)
class Lattice:
    """Voxel centres `origin + index * spacing`; x is symmetric about 0, `shape` (z, y, x)."""

    spacing: float
    origin: tuple[float, float, float]
    shape: tuple[int, int, int]

    @classmethod
    def covering(
        cls, spacing: float, half_x: float, y: tuple[float, float], z: tuple[float, float]
    ) -> Lattice:
        """The lattice whose voxels fill |x| < half_x, y and z ranges, at least."""
        # Even: no voxel lies on the midplane, so that a mirrored body is the same voxels reversed.
        # And a length of whole voxels must not gain one by rounding.
        nx = 2 * math.ceil(half_x / spacing - 1e-9)
        ny = math.ceil((y[1] - y[0]) / spacing - 1e-9)
        nz = math.ceil((z[1] - z[0]) / spacing - 1e-9)
        origin = (-(nx - 1) / 2 * spacing, y[0] + spacing / 2, z[0] + spacing / 2)
        return cls(spacing, origin, (nz, ny, nx))

    def grid(self, scale: float) -> Grid:
        """The lattice in the world, design lengths times `scale`."""
        matrix = np.diag([self.spacing * scale] * 3 + [1.0])
        matrix[:3, 3] = np.array(self.origin) * scale
        return Grid(self.shape, matrix)

    def box(self, low: ArrayLike, high: ArrayLike) -> Box:
        """An empty signed-distance box over the voxels within the corners (x, y, z)."""
        h, o, (nz, ny, nx) = self.spacing, np.array(self.origin), self.shape
        size = np.array([nx, ny, nz])
        a = np.clip(np.floor((np.asarray(low) - o) / h).astype(int), 0, size - 1)
        b = np.clip(np.ceil((np.asarray(high) - o) / h).astype(int) + 1, a + 1, size)
        (i0, j0, k0), (i1, j1, k1) = a, b
        return Box(
            self,
            (int(k0), int(j0), int(i0)),
            np.full((k1 - k0, j1 - j0, i1 - i0), REACH_MM, dtype=np.float32),
        )

    def box_around(self, balls: NDArray[np.float64], margin: float = REACH_MM) -> Box:
        """An empty box around balls (n, 4) and a margin."""
        r = balls[:, 3:]
        return self.box(
            (balls[:, :3] - r).min(axis=0) - margin, (balls[:, :3] + r).max(axis=0) + margin
        )


@dataclass(frozen=True, eq=False)
class Box:
    """A signed distance [mm], negative inside, on the lattice voxels from `start` (k, j, i)."""

    lattice: Lattice
    start: tuple[int, int, int]
    sdf: Floats = field(repr=False)

    @property
    def corner(self) -> tuple[float, float, float]:
        """(x, y, z) of the first voxel's centre, mm."""
        h, (x, y, z), (k, j, i) = self.lattice.spacing, self.lattice.origin, self.start
        return x + i * h, y + j * h, z + k * h

    @property
    def axes(self) -> tuple[Floats, Floats, Floats]:
        """X (1, 1, nx), y (1, ny, 1), z (nz, 1, 1) of the voxel centres, mm, to broadcast."""
        h, (x, y, z), (nz, ny, nx) = self.lattice.spacing, self.corner, self.sdf.shape
        return (
            (x + h * np.arange(nx)).astype(np.float32)[None, None, :],
            (y + h * np.arange(ny)).astype(np.float32)[None, :, None],
            (z + h * np.arange(nz)).astype(np.float32)[:, None, None],
        )

    def with_sdf(self, sdf: Floats) -> Box:
        """The same voxels with another distance."""
        return Box(self.lattice, self.start, np.ascontiguousarray(sdf, dtype=np.float32))
