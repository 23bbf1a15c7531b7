"""Which triangles meet at which edges: merging, winding, closedness. Arrays in, arrays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.spatial import cKDTree

from synthex_gui.geometry.transforms import Matrix

Faces = NDArray[np.int64]
# Odd 64-bit constants (splitmix64 and the golden ratio).
HASH_FACTORS = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


@dataclass(frozen=True, eq=False)
class Edges:
    """Undirected edges of a mesh: `ends` (e, 2) low and high vertex, `faces` how many triangles
    use each, `balance` how often it is walked low-to-high minus high-to-low; `of_face` (m, 3) the
    edge of each triangle side and `forward` (m, 3) whether that side walks it low-to-high.
    """

    ends: Faces
    faces: Faces
    balance: Faces
    of_face: Faces
    forward: NDArray[np.bool_]

    @property
    def open(self) -> int:
        """Edges with an odd number of triangles: 0 in a watertight mesh."""
        return int((self.faces % 2 == 1).sum())

    @property
    def is_closed(self) -> bool:
        """True when every edge is walked as often one way as the other."""
        return bool((self.balance == 0).all())


def edges_of(triangles: Faces) -> Edges:
    """The edges of (m, 3) triangles."""
    sides = triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    low, high = sides.min(axis=1), sides.max(axis=1)
    span = int(high.max(initial=0)) + 1
    # One 64-bit key an edge: sorting pairs takes many times as long.
    keys, inverse = np.unique(low * span + high, return_inverse=True)
    forward = sides[:, 0] == low
    faces = np.bincount(inverse, minlength=len(keys))
    ahead = np.bincount(inverse[forward], minlength=len(keys))
    ends = np.stack([keys // span, keys % span], axis=1)
    return Edges(ends, faces, 2 * ahead - faces, inverse.reshape(-1, 3), forward.reshape(-1, 3))


def merge_equal(points: Matrix, triangles: Faces) -> tuple[Matrix, Faces]:
    """Points with the same coordinates made one, unused ones dropped, their order kept."""
    used = np.zeros(len(points), bool)
    used[triangles.ravel()] = True
    compact = (np.cumsum(used) - 1)[triangles]
    kept = points[used] + 0.0
    first, inverse = _first_equal([np.ascontiguousarray(column) for column in kept.T])
    order = np.argsort(first)
    place = np.empty(len(first), np.int64)
    place[order] = np.arange(len(first))
    return kept[first[order]], place[inverse[compact]].reshape(-1, 3)


def merge_near(points: Matrix, triangles: Faces, tolerance: float) -> tuple[Matrix, Faces]:
    """Points on open edges that lie within `tolerance` of each other made one."""
    edges = edges_of(triangles)
    border = np.unique(edges.ends[edges.faces % 2 == 1])
    if len(border) == 0:
        return points, triangles
    pairs = cKDTree(points[border]).query_pairs(tolerance, output_type="ndarray")
    if len(pairs) == 0:
        return points, triangles
    count = len(points)
    a, b = border[pairs[:, 0]], border[pairs[:, 1]]
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(count, count))
    _, group = connected_components(graph, directed=False)
    _, first = np.unique(group, return_index=True)
    return merge_equal(points[first], group[triangles].astype(np.int64))


def without_degenerate(triangles: Faces) -> tuple[Faces, int]:
    """(triangles with three different corners, each once; how many were dropped)."""
    a, b, c = triangles.T
    real = triangles[(a != b) & (b != c) & (c != a)]
    turn = np.argmin(real, axis=1)[:, None]
    turned = np.take_along_axis(real, (turn + np.arange(3)) % 3, axis=1)
    first, _ = _first_equal([turned[:, 0], turned[:, 1], turned[:, 2]])
    return real[np.sort(first)], len(triangles) - len(first)


def bodies(triangles: Faces, edges: Edges) -> NDArray[np.int32]:
    """(m,) number of the body of each triangle; triangles hang together by shared edges of two."""
    first, second, _ = _neighbours(edges)
    count = len(triangles)
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    result: NDArray[np.int32] = labels
    return result


def closed_bodies(triangles: Faces, edges: Edges) -> NDArray[np.int32]:
    """(m,) number of the closed body of each triangle of a closed mesh.

    Where more than two triangles meet (a wall that two parts share), pieces that are open on their
    own belong together: turning one of them alone would open the mesh.
    """
    piece = bodies(triangles, edges)
    count = int(piece.max(initial=-1)) + 1
    side = np.where(edges.forward, 1, -1).ravel()
    key, inverse = np.unique(
        edges.of_face.ravel() * count + np.repeat(piece, 3), return_inverse=True
    )
    is_open = np.bincount(inverse, weights=side) != 0
    edge, part = key[is_open] // count, key[is_open] % count
    same = edge[1:] == edge[:-1]
    graph = coo_array(
        (np.ones(int(same.sum())), (part[1:][same], part[:-1][same])), shape=(count, count)
    )
    _, group = connected_components(graph, directed=False)
    result: NDArray[np.int32] = group[piece]
    return result


def consistent_winding(triangles: Faces) -> tuple[Faces, int]:
    """(triangles turned so that neighbours agree, how many were turned).

    A body keeps the sense of the majority. A one-sided surface stays inconsistent.
    """
    edges = edges_of(triangles)
    first, second, clash = _neighbours(edges)
    if not clash.any():
        return triangles, 0
    count = len(triangles)
    # Stored weights must not be 0: 1 means the neighbours agree, 2 that they clash.
    weight = np.where(clash, 2, 1)
    graph: Any = coo_array((weight, (first, second)), shape=(count, count)).tocsr()
    graph = graph.maximum(graph.T).tocsr()
    _, labels = connected_components(graph, directed=False)
    turn = np.zeros(count, bool)
    _, starts = np.unique(labels, return_index=True)
    for start in starts:
        order, parent = breadth_first_order(graph, int(start), directed=False)
        for face in order[1:]:
            up = parent[face]
            turn[face] = turn[up] ^ (graph[up, face] == 2)
        members = labels == labels[start]
        if turn[members].sum() * 2 > members.sum():
            turn[members] ^= True
    result = triangles.copy()
    result[turn] = result[turn][:, ::-1]
    return result, int(turn.sum())


def _first_equal(columns: list[NDArray[Any]]) -> tuple[Faces, Faces]:
    """(index of the first row of each different row, which of those each row equals).

    Rows are given by columns of 8-byte numbers, compared bit by bit. Sorting one 64-bit hash a row
    takes a tenth of the time of sorting rows; were two rows to share a hash, rows are sorted.
    """
    mixed = np.zeros(len(columns[0]), np.uint64)
    for column, factor in zip(columns, HASH_FACTORS):
        mixed = (mixed ^ column.view(np.uint64)) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(29)
    _, first, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    if any((column[first[inverse]] != column).any() for column in columns):
        rows = np.stack([column.view(np.int64) for column in columns], axis=1)
        _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first, inverse.ravel()


def _neighbours(edges: Edges) -> tuple[Faces, Faces, NDArray[np.bool_]]:
    """Pairs of triangles that share an edge of exactly two, and whether both walk it one way."""
    flat = edges.of_face.ravel()
    order = np.argsort(flat, kind="stable")
    order = order[edges.faces[flat[order]] == 2]
    sides = order.reshape(-1, 2)
    ahead = edges.forward.ravel()
    return sides[:, 0] // 3, sides[:, 1] // 3, ahead[sides[:, 0]] == ahead[sides[:, 1]]
