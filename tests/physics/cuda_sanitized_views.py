"""Run with AddressSanitizer preloaded: random views of tiny scenes through the CUDA kernels."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from cuda_backends import on_fake
from cuda_on_cpu import Kernels
from fake_cupy import FakeCupy
from reference import grid
from scenes import ball, box

from synthex_gui.geometry.angles import head_up_rotation
from synthex_gui.geometry.camera import look
from synthex_gui.geometry.transforms import rigid, rotation_about, unit
from synthex_gui.physics.backends.base import Field, PlacedMesh, ProjectionRequest, Quality


def main() -> None:
    fake = FakeCupy()
    fake.kernels = Kernels(Path(sys.argv[1]))
    backend = on_fake(fake)
    backend.upload_mesh("box", box(3, 2, 4))
    backend.upload_mesh("ball", ball(2.0, 2))
    for seed in range(30):
        rng = np.random.default_rng(seed)
        shape = tuple(int(n) for n in rng.integers(1, 20, 3))
        linear = rotation_about(rng.normal(size=3), rng.uniform(0, 180))
        on = grid(shape, tuple(rng.uniform(0.5, 2, 3)), linear)
        for key, dtype in (("a", np.uint8), ("b", np.int16), ("c", np.uint16), ("d", np.uint16)):
            values = rng.integers(0, 200, shape).astype(dtype)
            values[rng.random(shape) < 0.3] = 0
            backend.upload_field(key, Field(values, 0.01, on))
        direction = unit(rng.normal(size=3))
        source = [rng.uniform(-3, 3, 3), -direction * 8, -direction * 60.0][seed % 3]
        width, height = (int(n) for n in rng.integers(1, 40, 2))
        sdd = [4.0, 10.0, 100.0][seed % 3]
        camera = look(source, head_up_rotation(direction), sdd, 1.5, width, height)
        placed = tuple(
            PlacedMesh(key, rigid(rotation_about(rng.normal(size=3), 50.0), rng.uniform(-3, 3, 3)))
            for key in ("box", "ball", "box")
        )
        for quality in Quality:
            request = ProjectionRequest(camera, ("b", "c", "a", "d"), ("a",), placed, quality)
            result = backend.project(request)
            assert all(np.isfinite(image).all() for image in result.fields.values())
    print("views are finite, and nothing read or wrote elsewhere")


main()
