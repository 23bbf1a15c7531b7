"""Compiles every kernel of the CPU backend ahead of its first use, as an installer does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthex_gui.geometry.angles import direction_from_angles, head_up_rotation
from synthex_gui.geometry.arrays import Grid, Mesh
from synthex_gui.geometry.camera import Camera, look
from synthex_gui.physics.backends.base import Field, PlacedMesh, ProjectionRequest, Quality
from synthex_gui.physics.backends.cpu.backend import CpuBackend

_CUBE = np.array([[x, y, z] for x in (-3.0, 3) for y in (-3.0, 3) for z in (-3.0, 3)])
_FACES = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]


def warm_up(progress: Callable[[str], None] | None = None) -> None:
    """Project a small scene of every stored type in every way; the compiled code is cached on
    disk. `progress` is told what is being compiled.
    """
    say = progress or (lambda text: None)
    backend = CpuBackend(1)
    quads = np.array(_FACES)
    cube = Mesh(_CUBE, np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]]).astype(np.int32))
    backend.upload_mesh("cube", cube)
    metal = (PlacedMesh("cube", np.eye(4)),)
    matrix = np.eye(4)
    matrix[:3, 3] = -23.5
    grid = Grid((48, 48, 48), matrix)
    for stored in (np.int16, np.uint16, np.uint8):
        say(f"projection of {np.dtype(stored).name} volumes")
        backend.upload_field("field", Field(np.ones(grid.shape, stored), 1.0, grid))
        for view in ((0.0, 0.0), (90.0, 0.0), (0.0, 89.0), (45.0, 35.0)):
            for quality in Quality:
                request = ProjectionRequest(_camera(*view, 64), ("field",), quality=quality)
                backend.project(request)
        backend.project(ProjectionRequest(_camera(0, 0, 4), ("field",)))
        say(f"metal in {np.dtype(stored).name} volumes")
        backend.project(ProjectionRequest(_camera(0, 0, 64), ("field",), meshes=metal))
    say("metal around the source")
    inside = look([0, 1, 0], head_up_rotation([0, -1, 0]), 10.0, 1.0, 8, 8)
    backend.project(ProjectionRequest(inside, meshes=metal))
    backend.close()


def _camera(primary_deg: float, secondary_deg: float, size: int) -> Camera:
    direction = direction_from_angles(primary_deg, secondary_deg)
    rotation = head_up_rotation(direction)
    return look(-500 * direction, rotation, 1000.0, 120 / size, size, size)
