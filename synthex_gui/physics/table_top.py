"""The table top under the patient, as an endless slab that each ray crosses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.physics.backends.base import Image
from synthex_gui.physics.materials import material
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.beam import TableTop
from synthex_gui.scene.model import Scene

Array = NDArray[np.float64]


def table_place_mm(scene: Scene, assets: SceneAssets) -> tuple[float, float]:
    """(world y of the upper face, world x of the middle line) of the scene's table.

    The middle is that of the CT, else of the tools; so is the height, the lowest point (largest y)
    of the CT's outer faces or the tools, unless `top_y_mm` sets it. Without either both are 0.
    """
    if assets.ct is not None:
        corners = assets.ct.grid.corners_mm()
    else:
        placed = [
            transform_points(np.array(tool.world_from_tool), assets.meshes[tool.name].vertices)
            for tool in scene.tools
            if tool.name in assets.meshes
        ]
        corners = np.concatenate(placed) if placed else np.zeros((1, 3))
    top = scene.table.top_y_mm
    lowest = float(corners[:, 1].max()) if top is None else top
    return lowest, float(corners[:, 0].min() + corners[:, 0].max()) / 2


def table_areal(table: TableTop, camera: Camera, top_y_mm: float, middle_x_mm: float) -> Image:
    """(h, w) areal density [g/cm2] of the aluminium that stands for the table on each ray.

    The table fills top_y .. top_y + thickness and middle_x +- width / 2 of the world, without end
    along z. Its aluminium equivalent holds across the thickness, so a ray has it times its path
    over the thickness; nothing behind the source counts.
    """
    columns = np.arange(camera.width, dtype=np.float64)
    rows = np.arange(camera.height, dtype=np.float64)
    source = camera.source_mm
    # World direction of each pixel's ray, source to detector at parameter 1.
    matrix = camera.detector_from_pixel - np.outer(source, [0.0, 0.0, 1.0])

    def along(axis: int) -> Array:
        m = matrix[axis]
        result: Array = m[0] * columns[None, :] + m[1] * rows[:, None] + m[2]
        return result

    x, y, z = along(0), along(1), along(2)
    first, last = _between(y, source[1], top_y_mm, top_y_mm + table.thickness_mm)
    left, right = _between(
        x, source[0], middle_x_mm - table.width_mm / 2, middle_x_mm + table.width_mm / 2
    )
    entry = np.maximum(np.maximum(first, left), 0.0)
    length = np.sqrt(x**2 + y**2 + z**2)
    path_mm = np.maximum(np.minimum(last, right) - entry, 0.0) * length
    per_mm = 0.1 * material("aluminium").density_g_cm3 * table.aluminium_equivalent_mm
    return np.asarray(path_mm * (per_mm / table.thickness_mm), dtype=np.float32)


def _between(slope: Array, origin: float, low: float, high: float) -> tuple[Array, Array]:
    """Parameters at which origin + t slope enters and leaves [low, high]."""
    # A ray along the slab is inside it for ever or never; a tiny slope says the same.
    safe = np.where(np.abs(slope) < 1e-9, 1e-9, slope)
    one, two = (low - origin) / safe, (high - origin) / safe
    return np.minimum(one, two), np.maximum(one, two)
