"""The CT being painted, and the solid modelling in signed-distance boxes that the parts share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthex_gui.numeric.tiles import Threads, bands
from synthex_gui.phantom.paint import kernels
from synthex_gui.phantom.paint.curves import Points
from synthex_gui.phantom.paint.kernels import REACH_MM, Floats
from synthex_gui.phantom.paint.lattice import Box, Lattice
from synthex_gui.phantom.paint.noise import Noise

NO_CORTEX = -1000.0
RAMP_VOXELS = 1.4  # a ramp of one voxel leaves staircase moire in projections
SCANNER_MM = 2.0  # ramp that a CT scanner makes of an edge


@dataclass(eq=False)
class Canvas:
    """The volume under construction; every operation gives the same bytes for any thread count."""

    lattice: Lattice
    noise: Noise
    threads: Threads
    hu: NDArray[np.int16] = field(init=False, repr=False)
    labels: NDArray[np.uint8] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.hu = np.full(self.lattice.shape, -1000, dtype=np.int16)
        self.labels = np.zeros(self.lattice.shape, dtype=np.uint8)

    @property
    def ramp_mm(self) -> float:
        """Width of the edge ramp."""
        return max(RAMP_VOXELS * self.lattice.spacing, SCANNER_MM)

    def slabs(self, run: Callable[..., None], planes: int, *args: Any) -> None:
        """Call `run(*args, k_lo, k_hi)` over slabs of `planes` planes, on all threads."""
        # Four a thread: a slab through the pelvis costs more than one through air.
        size = max(1, math.ceil(planes / (self.threads.count * 4)))
        self.threads.each(lambda span: run(*args, *span), bands(planes, size))

    def stamp(self, box: Box, balls: Points, reach: float = 5.0) -> Box:
        """Unite a box with balls (n, 4); beyond `reach` mm outside a ball nothing is touched."""
        self.slabs(
            kernels.stamp_balls, box.sdf.shape[0], box.sdf, *box.corner, box.lattice.spacing,
            np.ascontiguousarray(balls, dtype=np.float64), reach,
        )  # fmt: skip
        return box

    def solid(self, balls: Points, margin: float = REACH_MM) -> Box:
        """The union of balls in a box of its own."""
        return self.stamp(self.lattice.box_around(balls, margin), balls)

    def unite(self, target: Box, part: Box | Points, smooth_mm: float) -> Box:
        """Smooth union of a part, or of balls, into the target."""
        return self._join(target, part, smooth_mm, 1.0)

    def cut(self, target: Box, part: Box | Points, smooth_mm: float = 0.0) -> Box:
        """Smooth difference: the target without the part."""
        return self._join(target, part, smooth_mm, -1.0)

    def _join(self, target: Box, part: Box | Points, smooth_mm: float, sign: float) -> Box:
        if not isinstance(part, Box):
            inside = target.lattice.box_around(part)
            part = self.stamp(clip(inside, target), part, reach=max(5.0, smooth_mm))
        part = clip(part, target)
        offset = [p - t for p, t in zip(part.start, target.start)]
        self.slabs(
            kernels.join, target.sdf.shape[0], target.sdf, part.sdf, *offset, smooth_mm, sign
        )
        return target

    def smooth(self, box: Box, sigma_mm: float) -> Box:
        """Gaussian-smooth a distance box."""
        sigma = sigma_mm / box.lattice.spacing
        radius = max(1, math.ceil(3.0 * sigma))
        t = np.arange(-radius, radius + 1)
        weights = np.exp(-0.5 * (t / sigma) ** 2)
        weights = (weights / weights.sum()).astype(np.float32)
        source, target = box.sdf, np.empty_like(box.sdf)
        for axis in range(3):
            self.slabs(kernels.smooth_axis, source.shape[0], source, target, weights, axis)
            source, target = target, (np.empty_like(source) if axis == 0 else source)
        return box.with_sdf(source)

    def roughen(self, box: Box, amplitude_mm: float, noise: Floats | None = None) -> Box:
        """Add noise (default the coarse tile) to a distance, so that a surface is not glass."""
        tile = self.noise.coarse if noise is None else noise
        where = np.ix_(*(np.arange(n) % tile.shape[0] for n in box.sdf.shape))
        return box.with_sdf(box.sdf + np.float32(amplitude_mm) * tile[where])

    def paint(
        self,
        box: Box,
        label: int,
        *,
        core_hu: ArrayLike,
        texture_hu: float = 0.0,
        cortex_mm: ArrayLike = NO_CORTEX,
        cortex_hu: ArrayLike = 0.0,
        noise: Floats | None = None,
        mirror: bool = False,
        mode: int = 0,
    ) -> None:
        """Paint a body; see `kernels.paint`. `noise` defaults to the fine tile."""
        shape = box.sdf.shape
        fields = [
            np.broadcast_to(np.asarray(value, dtype=np.float32), shape)
            for value in (cortex_mm, cortex_hu, core_hu)
        ]
        self.slabs(
            kernels.paint, shape[0], self.hu, self.labels, box.sdf, *box.start, mirror, *fields,
            texture_hu, self.noise.fine if noise is None else noise, self.ramp_mm, label, mode,
        )  # fmt: skip


def clip(part: Box, target: Box) -> Box:
    """The part's voxels that lie in the target's box (at least one)."""
    cuts, start = [], []
    for axis in range(3):
        a = max(part.start[axis], target.start[axis])
        b = min(
            part.start[axis] + part.sdf.shape[axis], target.start[axis] + target.sdf.shape[axis]
        )
        a = min(a, b - 1)
        cuts.append(slice(a - part.start[axis], b - part.start[axis]))
        start.append(a)
    return Box(
        part.lattice, (start[0], start[1], start[2]), np.ascontiguousarray(part.sdf[tuple(cuts)])
    )


def bounds_of(parts: Iterable[Points]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The corners of the box round all balls of several parts."""
    balls = np.concatenate(list(parts))
    r = balls[:, 3:]
    return (balls[:, :3] - r).min(axis=0), (balls[:, :3] + r).max(axis=0)


def ellipsoid(lattice: Lattice, centre: ArrayLike, axes: ArrayLike) -> Box:
    """The signed distance (first order) of an axis-aligned ellipsoid."""
    c, a = np.asarray(centre, dtype=np.float64), np.asarray(axes, dtype=np.float64)
    box = lattice.box(c - a - 3 * lattice.spacing, c + a + 3 * lattice.spacing)
    x, y, z = ((v - np.float32(c[n])) / np.float32(a[n]) for n, v in enumerate(box.axes))
    g = np.sqrt(x * x + y * y + z * z)
    slope = np.sqrt((x / a[0]) ** 2 + (y / a[1]) ** 2 + (z / a[2]) ** 2) / np.maximum(g, 1e-6)
    return box.with_sdf((g - 1) / np.maximum(slope, 1 / a.max()))
