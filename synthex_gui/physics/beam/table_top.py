"""The table top under the patient, as an endless slab that each ray crosses."""

from __future__ import annotations

import numpy as np

from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.physics.backends.stages import Slab
from synthex_gui.physics.matter.materials import material
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.beam import TableTop
from synthex_gui.scene.model import Scene


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


def table_slab(table: TableTop, camera: Camera, top_y_mm: float, middle_x_mm: float) -> Slab:
    """The aluminium that stands for the table, as the camera's rays cross it.

    The table fills top_y .. top_y + thickness and middle_x +- width / 2 of the world, without end
    along z. Its aluminium equivalent holds across the thickness, so a ray has it times its path
    over the thickness; nothing behind the source counts.
    """
    source = camera.source_mm
    half = table.width_mm / 2
    per_mm = 0.1 * material("aluminium").density_g_cm3 * table.aluminium_equivalent_mm
    return Slab(
        # World direction of each pixel's ray, source to detector at parameter 1.
        rays=camera.detector_from_pixel - np.outer(source, [0.0, 0.0, 1.0]),
        x_span=np.array([middle_x_mm - half, middle_x_mm + half]) - source[0],
        y_span=np.array([top_y_mm, top_y_mm + table.thickness_mm]) - source[1],
        density=per_mm / table.thickness_mm,
    )
