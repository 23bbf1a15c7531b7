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
from synthex_gui.geometry.arrays import Volume
from synthex_gui.geometry.camera import look
from synthex_gui.geometry.transforms import rigid, rotation_about, unit
from synthex_gui.physics.backends.base import Field, PlacedMesh, ProjectionRequest, Quality
from synthex_gui.physics.backends.cuda.look import CudaLook
from synthex_gui.physics.look.looks import look_stage
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.beam import Collimator, TableTop
from synthex_gui.scene.detector import Detector, Processing
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import BuiltInTool


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
    renderer = Renderer(backend, 1)
    shape = (7, 6, 9)
    ct = Volume(np.full(shape, 40, np.int16), grid(shape, (9, 9, 9)))
    renderer.set_assets(SceneAssets(ct=ct, meshes={"ball": ball(9.0, 2)}))
    tool = Tool(name="ball", source=BuiltInTool(tool="k-wire"), material="CoCr")
    for width, height in ((1, 1), (1, 33), (33, 1), (23, 31), (130, 5)):
        camera = look([0, -400, 0], head_up_rotation([0.0, 1, 0]), 900.0, 1.5, width, height)
        for kind in ("csi", "ideal-count"):
            detector = Detector(kind=kind, gain_spread=0.1, dead_pixels=0.01, lag=0.1)
            scene = Scene(
                tools=(tool,),
                detector=detector,
                table=TableTop(is_shown=True),
                collimator=Collimator(left_mm=9),
            )
            previous = np.ones((height, width), np.float32)
            image = renderer.render(scene, camera=camera, previous=previous)
            assert np.isfinite(image.signal).all()
    looks = CudaLook(backend._device)
    for height, width in ((1, 1), (2, 40), (5, 7), (97, 31), (60, 200), (41, 770)):
        stage = look_stage(Processing(look="clinical"), height, width, hide_below=0.3)
        signal = np.random.default_rng(0).uniform(0, 1, (height, width)).astype(np.float32)
        with backend._device.running("show"):
            there = backend._device.upload(signal)
            assert np.isfinite(looks.shown(there, stage, there).get()).all()
    print("views are finite, and nothing read or wrote elsewhere")


main()
