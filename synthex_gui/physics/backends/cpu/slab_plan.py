"""Planning a slab-warp: which axes serve a view, and on which lattice of ray slopes.

All geometry is in voxel space, so any affine is served: a ray is source + t * direction with
`source` and `direction` in voxels along x, y, z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import Matrix, Vector
from synthex_gui.physics.backends.base import Quality
from synthex_gui.physics.backends.cpu.field import PLANE_AXES, CpuField
from synthex_gui.physics.backends.cpu.slab_kernels import TILE_ROWS
from synthex_gui.physics.backends.cpu.warp import ANY, owner_code

# One axis serves a view alone while no ray that it needs is steeper than this (voxels across per
# voxel along); beyond it every ray goes to the axis along which it is largest (slopes up to 1).
STEEPEST_ALONE = 1.25
# Rays this oblique are never asked of an axis; keeps slopes finite while planning.
OBLIQUE = 1e-3
# Lattice samples beyond the last one that is needed: the reach of Catmull-Rom, and rounding.
MARGIN = 3
# A source nearer than this many voxels to the far face: the rays fan out too fast for a lattice.
NEAREST_FACE_VOXELS = 8.0
# Fields whose rays cross fewer voxels than this are integrated ray by ray, exactly.
MARCH_BELOW = {Quality.EXACT: 200_000, Quality.FAST: 20_000, Quality.DRAG: 20_000}
PITCH = {Quality.EXACT: 0.5, Quality.FAST: 1.0, Quality.DRAG: 1.0}
THICKNESS = {Quality.EXACT: 1, Quality.FAST: 1, Quality.DRAG: 2}
# Along a ray a voxel's plane counts with a hat of +-1 voxel, whose second moment is 1/6. Joseph's
# rule, the centre alone, has an error that grows with the slope; two points of the same moment
# leave none to third order.
STEEP = 0.5
CENTRE_NODE = np.zeros(1)
STEEP_NODES = np.array([-1.0, 1.0]) / np.sqrt(6.0)
# Small fields have few slabs over which errors average out, and are cheap: the pitch is halved
# (down to a quarter of a voxel) while slabs times lattice samples stay below this.
REFINE_BELOW = 2_000_000


class Placed(Protocol):
    """A box of `size` (x, y, z) voxels in the world, with both affines (4, 4)."""

    @property
    def size(self) -> tuple[int, int, int]: ...
    @property
    def world_from_voxel(self) -> Matrix: ...
    @property
    def voxel_from_world(self) -> Matrix: ...


@dataclass(frozen=True, eq=False)
class View:
    """A camera as a field sees it: `source` (3,) in voxels; `directions` (6, 3), rows 0-2 the ray
    of pixel (column, row, 1) in voxels along x, y, z, rows 3-5 in mm, both per mm of depth;
    `area` (row, row end, column, column end) of the pixels that the field may reach.
    """

    source: Vector
    directions: Matrix
    area: tuple[int, int, int, int]

    def main_axis(self, camera: Camera) -> int:
        """The axis (0 x, 1 y, 2 z) along which the ray in the middle of the image runs most."""
        middle = [(camera.width - 1) / 2, (camera.height - 1) / 2, 1.0]
        return int(np.argmax(np.abs(self.directions[:3] @ middle)))


@dataclass(frozen=True, eq=False)
class Pass:
    """One lattice: `order` the axes (u, v, w) of columns, rows and slabs, `side` the sign along w
    and `owner` the owner of the rays that it serves; `lattice` (p0, dp, q0, dq) with `shape`
    (n_q, n_p) samples, `tiles` (first row, first column, last column + 1); `thickness` of a slab
    in voxels, its `weights` per slab, and the `nodes`, in voxels from its centre, at which a slab
    is looked at. A pass without tiles is integrated ray by ray.
    """

    order: tuple[int, int, int]
    side: int
    owner: int
    lattice: Vector
    shape: tuple[int, int]
    tiles: tuple[tuple[int, int, int], ...]
    thickness: int
    weights: Vector
    nodes: Vector


def view_of(field: Placed, camera: Camera) -> View:
    """The camera in the field's voxels, and the pixels that the field's box covers."""
    world_from_ray = camera.r.T @ np.linalg.inv(camera.k)
    linear = field.voxel_from_world[:3, :3]
    source = linear @ camera.source_mm + field.voxel_from_world[:3, 3]
    directions = np.vstack([linear @ world_from_ray, world_from_ray])
    return View(source, directions, _pixels_reached(field, camera))


def _pixels_reached(field: Placed, camera: Camera) -> tuple[int, int, int, int]:
    corners = _box_corners(field.size) @ field.world_from_voxel[:3, :3].T
    pixels, depth = camera.project(corners + field.world_from_voxel[:3, 3])
    if depth.max() <= 0:
        return 0, 0, 0, 0
    # Corners next to or behind the source project anywhere: every pixel may be reached.
    if depth.min() < 1e-3 * depth.max():
        return 0, camera.height, 0, camera.width
    low = np.floor(pixels.min(axis=0)).astype(int)
    high = np.ceil(pixels.max(axis=0)).astype(int) + 1
    c0, c1 = (int(np.clip(value, 0, camera.width)) for value in (low[0], high[0]))
    r0, r1 = (int(np.clip(value, 0, camera.height)) for value in (low[1], high[1]))
    return (r0, r1, c0, c1) if r0 < r1 and c0 < c1 else (0, 0, 0, 0)


def _box_corners(size: tuple[int, int, int]) -> Matrix:
    ends = [(-0.5, length - 0.5) for length in size]
    return np.array([[x, y, z] for x in ends[0] for y in ends[1] for z in ends[2]])


def plan_passes(field: CpuField, view: View, quality: Quality) -> list[Pass]:
    """The passes that together give every pixel of `view.area` its line integral once."""
    rows, columns = view.area[1] - view.area[0], view.area[3] - view.area[2]
    if rows * columns * sum(field.size) <= MARCH_BELOW[quality]:
        return [_ray_by_ray(2, 1, ANY)]
    alone = [
        (float(np.abs(polygon).max()), axis, side, polygon)
        for axis in range(3)
        for side in (1, -1)
        if len(polygon := _slopes(field, view, axis, side, np.inf))
    ]
    best = min(alone, key=lambda item: item[:3], default=None)
    if best is None:
        return []
    if best[0] <= STEEPEST_ALONE:
        return [_plan_pass(field, view, quality, best[1], best[2], ANY, best[3])]
    return [
        _plan_pass(field, view, quality, axis, side, owner_code(axis, side), polygon)
        for axis in range(3)
        for side in (1, -1)
        if len(polygon := _slopes(field, view, axis, side, 1.0))
    ]


def _slopes(field: CpuField, view: View, axis: int, side: int, steepest: float) -> Matrix:
    """(n, 2) convex polygon of the slopes (p, q) along an axis that the field and the detector
    share, none beyond `steepest`; empty when there are none.
    """
    v, u = PLANE_AXES[axis]
    r0, r1, c0, c1 = view.area
    # Half a pixel more than the outer pixels' centres, so that rounding loses no pixel.
    pixels = [
        (c0 - 0.5, r0 - 0.5),
        (c1 - 0.5, r0 - 0.5),
        (c1 - 0.5, r1 - 0.5),
        (c0 - 0.5, r1 - 0.5),
    ]
    rays = np.array([[c, r, 1.0] for c, r in pixels]) @ view.directions[[u, v, axis]].T
    rays[:, 2] *= side
    # Half-spaces a . (d_u, d_v, side * d_w) >= 0.
    planes = [(0.0, 0.0, 1.0)] if np.isfinite(steepest) else []
    planes += [(s, 0.0, 1.0 / OBLIQUE) for s in (1.0, -1.0)]
    planes += [(0.0, s, 1.0 / OBLIQUE) for s in (1.0, -1.0)]
    if np.isfinite(steepest):
        bound = steepest * (1.0 + 1e-6)
        planes += [(s, 0.0, bound) for s in (1.0, -1.0)] + [(0.0, s, bound) for s in (1.0, -1.0)]
    corners = _box_corners(field.size)[:, [u, v, axis]] - view.source[[u, v, axis]]
    ahead = corners[:, 2] * side
    if ahead.max() <= 0:
        return np.empty((0, 2))
    if ahead.min() > 0.25:
        low, high = (
            (corners[:, :2] / ahead[:, None]).min(0),
            (corners[:, :2] / ahead[:, None]).max(0),
        )
        planes += [(1.0, 0.0, -low[0]), (-1.0, 0.0, high[0])]
        planes += [(0.0, 1.0, -low[1]), (0.0, -1.0, high[1])]
    for plane in planes:
        rays = _clip(rays, np.array(plane))
        if not len(rays):
            return np.empty((0, 2))
    polygon: Matrix = rays[:, :2] / rays[:, 2:] * side
    return polygon


def _clip(polygon: Matrix, plane: Vector) -> Matrix:
    """The part of a cone, given by its (n, 3) edge rays in order, with plane . ray >= 0."""
    height = polygon @ plane
    kept = []
    for here in range(len(polygon)):
        after = (here + 1) % len(polygon)
        if height[here] >= 0:
            kept.append(polygon[here])
        if (height[here] >= 0) != (height[after] >= 0):
            share = height[here] / (height[here] - height[after])
            kept.append(polygon[here] + share * (polygon[after] - polygon[here]))
    return np.array(kept).reshape(-1, 3)


def _plan_pass(
    field: CpuField,
    view: View,
    quality: Quality,
    axis: int,
    side: int,
    owner: int,
    polygon: Matrix,
) -> Pass:
    v, u = PLANE_AXES[axis]
    thickness = THICKNESS[quality]
    slabs = -(-field.size[axis] // thickness)
    centres = thickness * np.arange(slabs) + 0.5 * (thickness - 1)
    ahead = side * (centres - view.source[axis]) / thickness
    farthest = float(ahead.max()) * thickness
    if farthest < NEAREST_FACE_VOXELS:
        return _ray_by_ray(axis, side, owner)
    is_steep = float(np.abs(polygon).max()) > STEEP
    nodes = STEEP_NODES if is_steep and quality is Quality.EXACT else CENTRE_NODE
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    step = PITCH[quality] / farthest
    samples = np.prod((high - low) / step + 1.0)
    while samples * slabs * 4 < REFINE_BELOW and step > 0.25 / farthest:
        step, samples = step / 2, samples * 4
    n_p, n_q = (int(np.ceil(extent / step)) + 2 * MARGIN + 1 for extent in high - low)
    p0, q0 = low - MARGIN * step
    lattice = np.array([p0, step, q0, step])
    return Pass(
        (u, v, axis),
        side,
        owner,
        lattice,
        (n_q, n_p),
        _tiles(polygon, lattice, (n_q, n_p)),
        thickness,
        slab_weights(ahead),
        nodes,
    )


def _ray_by_ray(axis: int, side: int, owner: int) -> Pass:
    v, u = PLANE_AXES[axis]
    return Pass((u, v, axis), side, owner, np.zeros(4), (0, 0), (), 1, np.zeros(0), np.zeros(0))


def _tiles(
    polygon: Matrix, lattice: Vector, shape: tuple[int, int]
) -> tuple[tuple[int, int, int], ...]:
    """Rows of the lattice in tiles, each with the columns that the polygon spans there."""
    p0, step, q0, _ = lattice
    after = np.roll(polygon, -1, axis=0)
    tiles = []
    for first in range(0, shape[0], TILE_ROWS):
        low = q0 + step * (first - MARGIN)
        high = q0 + step * (first + TILE_ROWS - 1 + MARGIN)
        inside = (polygon[:, 1] >= low) & (polygon[:, 1] <= high)
        found = [polygon[inside, 0]]
        for border in (low, high):
            crosses = (polygon[:, 1] < border) != (after[:, 1] < border)
            a, b = polygon[crosses], after[crosses]
            found.append(a[:, 0] + (border - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0]))
        spanned = np.concatenate(found)
        if len(spanned):
            start = int(np.floor((spanned.min() - p0) / step)) - MARGIN
            stop = int(np.ceil((spanned.max() - p0) / step)) + MARGIN + 1
            tiles.append((first, max(start, 0), min(stop, shape[1])))
    return tuple(tiles)


def slab_weights(ahead: NDArray[np.float64]) -> Vector:
    """How much of each slab's crossing lies before the source, in slabs; (n,) float64.

    `ahead` (n,) are the slabs' centres in slabs from the source along the rays, in order. The
    field is linear between centres and constant in the outer half slab; a source between two
    centres, at share t after the one behind it, has (1 - t)^2 / 2 of that and 1 - t^2 / 2 of the
    next.
    """
    weights = np.where(ahead > 0, 1.0, 0.0)
    behind = np.flatnonzero((ahead > -1) & (ahead <= 0))
    before = np.flatnonzero((ahead > 0) & (ahead <= 1))
    if len(behind) and len(before):
        t = -ahead[behind[0]]
        weights[behind[0]] = (1.0 - t) ** 2 / 2
        weights[before[0]] = 1.0 - t * t / 2
    elif len(behind):
        weights[behind[0]] = max(0.5 + ahead[behind[0]], 0.0)
    elif len(before):
        weights[before[0]] = min(0.5 + ahead[before[0]], 1.0)
    return weights
