"""From a soup of triangles to a mesh with an inside, or the news that it has none."""

from __future__ import annotations

import numpy as np

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.io.meshes.capping import cap_holes
from synthex_gui.io.meshes.topology import (
    Edges,
    Faces,
    closed_bodies,
    consistent_winding,
    edges_of,
    merge_equal,
    merge_near,
    without_degenerate,
)

# Points of one corner that were written with fewer digits than they had.
MERGE_SHARE = 1e-5
LEFT_OUT = "shown but left out of the image"


def repaired(points: Matrix, triangles: Faces) -> Mesh:
    """A mesh wound outwards and closed if that can be had; `points` (n, 3) mm.

    Equal points are merged, holes capped, winding made consistent, bodies turned outwards (a body
    wound inwards inside another one is a cavity and stays). Every change is a warning. A mesh that
    stays open has `is_closed` False.
    """
    warnings: list[str] = []
    points, triangles = merge_equal(points, triangles)
    triangles, _ = without_degenerate(triangles)
    if len(triangles) == 0:
        return _left_out(points, triangles, ["all its triangles are degenerate"])
    edges = edges_of(triangles)
    if not edges.is_closed:
        points, triangles = _closed_up(points, triangles, edges, warnings)
        edges = edges_of(triangles)
    if not edges.is_closed:
        text = f"the surface is not closed ({edges.open} open edges)"
        return _left_out(points, triangles, [*warnings, text])
    triangles, inverted = _outwards(points, triangles, edges)
    if inverted:
        warnings.append(f"{inverted} part(s) were inside out; turned")
    mesh = Mesh(points, triangles.astype(np.int32), True, tuple(warnings))
    if abs(mesh.volume_mm3) < 1e-10 * float(np.linalg.norm(np.ptp(points, axis=0))) ** 3:
        return _left_out(points, triangles, [*warnings, "the surface encloses no volume"])
    return mesh


def _closed_up(
    points: Matrix, triangles: Faces, edges: Edges, warnings: list[str]
) -> tuple[Matrix, Faces]:
    """Merge what nearly meets, make the winding consistent, cap the holes; adds to `warnings`."""
    open_edges = edges.open
    if open_edges:
        size = float(np.linalg.norm(np.ptp(points, axis=0)))
        points, triangles = merge_near(points, triangles, MERGE_SHARE * size)
        triangles, _ = without_degenerate(triangles)
        open_edges = edges_of(triangles).open
    triangles, turned = consistent_winding(triangles)
    if turned:
        warnings.append(f"{turned} triangles faced the other way than their neighbours; turned")
    if not edges_of(triangles).is_closed:
        points, triangles, widths = cap_holes(points, triangles)
        triangles, _ = without_degenerate(triangles)
        if widths and edges_of(triangles).is_closed:
            warnings.append(
                f"the surface had {open_edges} open edges; {len(widths)} hole(s) up to "
                f"{max(widths):.2g} mm wide were capped"
            )
    return points, triangles


def _left_out(points: Matrix, triangles: Faces, warnings: list[str]) -> Mesh:
    warnings[-1] += f"; {LEFT_OUT}"
    return Mesh(points, triangles.astype(np.int32), False, tuple(warnings))


def _outwards(points: Matrix, triangles: Faces, edges: Edges) -> tuple[Faces, int]:
    body = closed_bodies(triangles, edges)
    order = np.argsort(body, kind="stable")
    starts = np.searchsorted(body[order], np.arange(int(body.max()) + 1))
    members = np.split(order, starts[1:])
    middle = points.mean(axis=0)
    corners = points[triangles] - middle
    pieces = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    volumes = np.bincount(body, weights=pieces)
    low = np.stack([corners[faces].min(axis=(0, 1)) for faces in members])
    high = np.stack([corners[faces].max(axis=(0, 1)) for faces in members])
    result = triangles.copy()
    inverted = 0
    for index in np.flatnonzero(volumes < 0):
        around = np.flatnonzero((low <= low[index]).all(axis=1) & (high >= high[index]).all(axis=1))
        probe = corners[members[index][0], 0]
        inside = sum(
            abs(_winding_number(corners[members[other]] - probe)) > 0.5
            for other in around
            if other != index and abs(volumes[other]) > abs(volumes[index])
        )
        # Wound inwards within an odd number of bodies it is a cavity, and right as it is.
        if inside % 2 == 0:
            result[members[index]] = result[members[index]][:, ::-1]
            inverted += 1
    return result, inverted


def _winding_number(corners: Matrix) -> float:
    """How often triangles (m, 3, 3) wind round the origin (van Oosterom and Strackee 1983)."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    la, lb, lc = (np.linalg.norm(side, axis=1) for side in (a, b, c))
    triple = np.einsum("ij,ij->i", a, np.cross(b, c))
    ab, bc, ca = (np.einsum("ij,ij->i", p, q) for p, q in ((a, b), (b, c), (c, a)))
    angle = 2 * np.arctan2(triple, la * lb * lc + ab * lc + bc * la + ca * lb)
    return float(angle.sum() / (4 * np.pi))
