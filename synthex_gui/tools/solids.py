"""Solids to build tools from: revolved profiles, lofts, and how a solid becomes a mesh.

Booleans are manifold3d's, which keeps every result closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from manifold3d import CrossSection, Error, Manifold, OpType
from manifold3d import Mesh64 as ManifoldMesh
from numpy.typing import ArrayLike

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.tools.parameters import ToolError

# A 64-sided circle is 0.16 % smaller than a round one.
SEGMENTS = 64


def to_mesh(solid: Any) -> Mesh:
    """A closed mesh of a solid; ToolError when a boolean left nothing or failed."""
    if solid.status() != Error.NoError or solid.is_empty():
        raise ToolError("these parameters leave no solid; change one of them")
    raw = solid.to_mesh64()
    # Copies: a view keeps manifold3d's own object, which it reports as leaked at the program's end.
    vertices = np.array(raw.vert_properties[:, :3], dtype=np.float64, order="C")
    triangles = np.array(raw.tri_verts, dtype=np.int32, order="C")
    return Mesh(vertices, triangles, True)


def revolved(profile: Sequence[tuple[float, float]], segments: int = SEGMENTS) -> Any:
    """The solid of a closed profile of (radius, z) corners, counter-clockwise, turned about z."""
    return Manifold.revolve(CrossSection([np.array(profile, dtype=np.float64)]), segments)


def cylinder(z_low: float, z_high: float, radius: float, radius_high: float | None = None) -> Any:
    """A cylinder or cone about z."""
    top = radius if radius_high is None else radius_high
    return Manifold.cylinder(z_high - z_low, radius, top, SEGMENTS).translate((0, 0, z_low))


def prism(outline: ArrayLike, z_low: float, z_high: float) -> Any:
    """A polygon (n, 2), counter-clockwise, extruded along z."""
    section = CrossSection([np.asarray(outline, dtype=np.float64)])
    return Manifold.extrude(section, z_high - z_low).translate((0, 0, z_low))


def box(low: Sequence[float], high: Sequence[float]) -> Any:
    """An axis-parallel box between two corners."""
    size = tuple(float(b - a) for a, b in zip(low, high))
    return Manifold.cube(size).translate(tuple(float(value) for value in low))


def union(solids: Iterable[Any]) -> Any:
    """All solids in one."""
    return Manifold.batch_boolean(list(solids), OpType.Add)


def placed(solid: Any, target_from_source: Matrix) -> Any:
    """A solid moved by a 4x4 rigid transform."""
    return solid.transform(np.ascontiguousarray(target_from_source[:3], dtype=np.float64))


def loft(rings: Matrix) -> Any:
    """A solid through (k, n, 3) rings, each counter-clockwise seen against the way they follow.

    The first and last ring are closed by fans from their middles, so they must be star-shaped.
    """
    k, n, _ = rings.shape
    base = (np.arange(k - 1) * n)[:, None]
    here = np.arange(n)
    after = np.roll(here, -1)
    a, b, c, d = base + here, base + after, base + n + after, base + n + here
    sides = np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)]).reshape(-1, 3)
    first, last = k * n, k * n + 1
    low = np.stack([np.full(n, first), after, here], axis=1)
    high = np.stack([np.full(n, last), (k - 1) * n + here, (k - 1) * n + after], axis=1)
    points = np.concatenate([rings.reshape(-1, 3), rings[:1].mean(axis=1), rings[-1:].mean(axis=1)])
    return closed_solid(points, np.concatenate([sides, low, high]))


def closed_solid(points: Matrix, triangles: Any) -> Any:
    """A solid from points (n, 3) and outward triangles (m, 3); ToolError when they do not close."""
    solid = Manifold(ManifoldMesh(np.ascontiguousarray(points), triangles.astype(np.uint64)))
    if solid.status() != Error.NoError or solid.is_empty():
        raise ToolError(f"these parameters make no closed surface ({solid.status().name})")
    return solid


def circle(radius: float, segments: int = SEGMENTS) -> Matrix:
    """(n, 2) corners of a circle, counter-clockwise."""
    angles = 2 * np.pi * np.arange(segments) / segments
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def hexagon(across_flats: float) -> Matrix:
    """(6, 2) corners of a regular hexagon, counter-clockwise."""
    return circle(across_flats / np.sqrt(3.0), 6)
