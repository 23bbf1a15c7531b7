"""The table top under the patient, as an endless slab that each ray crosses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.numeric.jit import kernel
from synthex_gui.numeric.tiles import run_tiles
from synthex_gui.physics.backends.base import Image
from synthex_gui.physics.backends.exposing import Slab
from synthex_gui.physics.matter.materials import material
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
        camera.detector_from_pixel - np.outer(source, [0.0, 0.0, 1.0]),
        np.array([middle_x_mm - half, middle_x_mm + half]) - source[0],
        np.array([top_y_mm, top_y_mm + table.thickness_mm]) - source[1],
        per_mm / table.thickness_mm,
    )


def table_areal(
    table: TableTop, camera: Camera, top_y_mm: float, middle_x_mm: float, threads: int = 1
) -> Image:
    """(h, w) areal density [g/cm2] of `table_slab` on each ray."""
    slab = table_slab(table, camera, top_y_mm, middle_x_mm)
    out = np.empty((camera.height, camera.width), dtype=np.float32)
    run_tiles(
        lambda first, last: _paths(
            slab.rays, slab.x_span, slab.y_span, slab.density, first, last, out
        ),
        camera.height,
        threads,
    )
    return out


@kernel
def _paths(
    rays: Array, x_span: Array, y_span: Array, scale: float, first: int, last: int, out: Image
) -> None:
    for row in range(first, last):
        for column in range(out.shape[1]):
            x = rays[0, 0] * column + rays[0, 1] * row + rays[0, 2]
            y = rays[1, 0] * column + rays[1, 1] * row + rays[1, 2]
            z = rays[2, 0] * column + rays[2, 1] * row + rays[2, 2]
            # A ray along a face is inside for ever or never; a tiny slope says the same.
            dx = x if abs(x) > 1e-9 else 1e-9
            dy = y if abs(y) > 1e-9 else 1e-9
            x0, x1 = x_span[0] / dx, x_span[1] / dx
            y0, y1 = y_span[0] / dy, y_span[1] / dy
            entry = max(max(min(x0, x1), min(y0, y1)), 0.0)
            leaving = min(max(x0, x1), max(y0, y1))
            path_mm = max(leaving - entry, 0.0) * np.sqrt(x * x + y * y + z * z)
            out[row, column] = path_mm * scale
