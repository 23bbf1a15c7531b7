"""Do a scene's parts lie where its CT is? Labels and landmarks of another frame are said."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthex_gui.geometry.arrays import Grid, LabelMap, Volume
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.loading.remembered import Remembered
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.model import Scene

Points = NDArray[np.float64]

# Less of the labelled voxels or of the landmarks inside the CT: another frame, or another patient.
LEAST_INSIDE = 0.5
# Tools stand beside a patient, but not in the next room.
FAR_MM = 500.0
# Labelled voxels, and points of a mesh, looked at.
SAMPLES = 20_000
_label_warnings = Remembered()


def fit_warnings(scene: Scene, assets: SceneAssets) -> tuple[str, ...]:
    """One line for whatever does not lie where the CT is, with its distance; none without a CT."""
    if assets.ct is None:
        return ()
    found = []
    if assets.labels is not None:
        ct, labels = assets.ct, assets.labels
        where = ct.grid.shape, ct.grid.world_from_voxel.tobytes()
        found.append(_label_warnings.answer(labels, where, lambda: _labels(ct, labels)))
    found.append(_landmarks(assets.ct, [(item.name, item.position) for item in scene.landmarks]))
    for tool in scene.tools:
        mesh = assets.meshes.get(tool.name)
        if mesh is not None and len(mesh.vertices):
            # Asked on the window's thread, too: all of 2.5 million points held it for a second.
            some = mesh.vertices[:: max(1, len(mesh.vertices) // SAMPLES)]
            placed = transform_points(np.array(tool.world_from_tool), some)
            away = apart_mm(assets.ct.grid, placed)
            if away > FAR_MM:
                found.append(f"tool {tool.name} lies {away:.0f} mm from the CT")
    return tuple(text for text in found if text)


def share_inside(grid: Grid, points_mm: ArrayLike) -> float:
    """Share of the points (n, 3) LPS mm that lie within the grid's outer voxel faces."""
    places = _places(grid, points_mm)
    size = np.array(grid.shape[::-1])
    return float(((places >= -0.5) & (places <= size - 0.5)).all(axis=1).mean())


def apart_mm(grid: Grid, points_mm: ArrayLike) -> float:
    """Distance [mm] between the grid's box and the points' box along the grid's own axes; 0 where
    the two meet.
    """
    places = _places(grid, points_mm)
    size = np.array(grid.shape[::-1])
    below = -0.5 - places.max(axis=0)
    above = places.min(axis=0) - (size - 0.5)
    gap = np.maximum(np.maximum(below, above), 0.0)
    return float(np.linalg.norm(gap * grid.spacing_mm))


def _places(grid: Grid, points_mm: ArrayLike) -> Points:
    inverse = np.linalg.inv(grid.world_from_voxel)
    return transform_points(inverse, np.asarray(points_mm, dtype=np.float64).reshape(-1, 3))


def _labels(ct: Volume, labels: LabelMap) -> str:
    found = np.flatnonzero(labels.values)
    if not len(found):
        return ""
    chosen = found[:: max(1, len(found) // SAMPLES)]
    k, j, i = np.unravel_index(chosen, labels.values.shape)
    points = transform_points(labels.grid.world_from_voxel, np.stack([i, j, k], axis=1))
    inside = share_inside(ct.grid, points)
    if inside >= LEAST_INSIDE:
        return ""
    away = apart_mm(ct.grid, points)
    if inside == 0.0:
        where = f"{away:.0f} mm away" if away else "beside it"
        return f"the labels lie outside the CT, {where}: another frame, or another patient's?"
    return (
        f"only {100 * inside:.0f} % of the labelled voxels lie inside the CT: another frame, or "
        "another patient's?"
    )


def _landmarks(ct: Volume, items: list[tuple[str, tuple[float, float, float]]]) -> str:
    outside = [
        (name, apart_mm(ct.grid, [position]))
        for name, position in items
        if share_inside(ct.grid, [position]) == 0.0
    ]
    if not items or len(outside) <= (1 - LEAST_INSIDE) * len(items):
        return ""
    name, away = max(outside, key=lambda item: item[1])
    return (
        f"{len(outside)} of {len(items)} landmarks lie outside the CT ({name} {away:.0f} mm away): "
        "another frame (RAS for LPS), or another patient's?"
    )
