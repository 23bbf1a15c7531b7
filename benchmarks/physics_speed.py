"""How long a realistic image takes next to a line integral of the same scene."""

from __future__ import annotations

import numpy as np
import trimesh
from projector_scene import SHAPE, best_of, camera, grid, pelvis

from synthex_gui.geometry.arrays import Mesh, Volume
from synthex_gui.physics.backends.base import Quality
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.look.looks import picture
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.detector import Processing
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import BuiltInTool

REPEATS = 8


def measure_speed() -> dict[str, float]:
    """Seconds: a CT of 512 x 512 x 400 with one tool of 51,200 triangles, scatter and noise on."""
    volume = pelvis(SHAPE)
    ct = Volume(volume, grid(SHAPE))
    rod = trimesh.creation.capsule(height=80.0, radius=4.0, count=[160, 160])
    mesh = Mesh(np.asarray(rod.vertices, np.float64), np.asarray(rod.faces, np.int32))
    tool = Tool(name="rod", source=BuiltInTool(tool="k-wire"), material="Ti6Al4V")
    renderer = Renderer(CpuBackend())
    renderer.set_assets(SceneAssets(ct=ct, meshes={"rod": mesh}))
    times = {}
    for size, quality, name in (
        (1536, Quality.EXACT, "still"),
        (384, Quality.DRAG, "drag"),
    ):
        for level in ("naive", "realistic"):
            scene = Scene(tools=(tool,), level=level)
            view = camera(size)
            renderer.render(scene, camera=view, quality=quality)
            times[f"{name} {size} {level}"] = best_of(
                REPEATS,
                lambda s=scene, v=view, q=quality: renderer.render(s, camera=v, quality=q),
            )
    signal = renderer.render(Scene(tools=(tool,)), camera=camera(1536)).signal
    threads = renderer.threads
    for look in ("log", "clinical"):
        processing = Processing(look=look)
        picture(signal, processing, None, threads)
        times[f"look 1536 {look}"] = best_of(
            REPEATS, lambda p=processing: picture(signal, p, None, threads)
        )
    renderer.backend.close()
    return times
