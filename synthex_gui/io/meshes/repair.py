"""From a soup of triangles to a mesh with an inside, or the news that it has none."""

from __future__ import annotations

import numpy as np

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.io.meshes.capping import cap_holes
from synthex_gui.io.meshes.nesting import nesting
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

    Equal points are merged, holes capped, winding made consistent, bodies turned outwards, or
    inwards within an odd number of others: there they are cavities. Every change is a warning. A
    mesh that stays open has `is_closed` False.
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
    triangles = _outwards(points, triangles, edges, warnings)
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


def _outwards(points: Matrix, triangles: Faces, edges: Edges, warnings: list[str]) -> Faces:
    """Parts turned so that what lies within an odd number of others is a cavity, all else solid;
    adds to `warnings`.
    """
    body = closed_bodies(triangles, edges)
    order = np.argsort(body, kind="stable")
    starts = np.searchsorted(body[order], np.arange(int(body.max()) + 1))
    members = np.split(order.astype(np.int64), starts[1:])
    corners = points[triangles] - points.mean(axis=0)
    pieces = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6
    volumes = np.bincount(body, weights=pieces)
    place = nesting(corners, members, np.abs(volumes))
    is_cavity = place.depth % 2 == 1
    wrong = np.flatnonzero(np.where(is_cavity, volumes > 0, volumes < 0))
    result = triangles.copy()
    for index in wrong:
        result[members[index]] = result[members[index]][:, ::-1]
    inverted, equal = int((~is_cavity[wrong]).sum()), int(is_cavity[wrong].sum())
    if inverted:
        warnings.append(f"{inverted} part(s) were inside out; turned")
    if equal:
        # Else what is within them would count twice.
        warnings.append(
            f"{equal} part(s) lie inside another and were wound as it is; taken as cavities"
        )
    if place.crosses.any():
        crossing = int(place.crosses.sum())
        warnings.append(f"{crossing} part(s) cross another; what both fill counts twice")
    return result
