"""What the host adds to an image of the CUDA backend: the whole path with the kernels left out.

    python benchmarks/gpu_host.py [--profile]

Needs no GPU, but the tests beside this folder, whose stand-in for CuPy does nothing here. On a GPU
each launch and copy adds its own call into the driver, and the host waits for the device once, with
tools twice.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from gpu_scene import assets_of, scene_of
from projector_scene import camera

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "physics"))

import fake_cupy

from synthex_gui.physics.backends.base import Quality
from synthex_gui.physics.backends.cuda.backend import CudaBackend
from synthex_gui.physics.backends.process.worker import WorkerBackend
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.detector import Processing
from synthex_gui.scene.model import Scene

SHAPE = (400, 512, 512)
REPEATS = 40


class _Nothing:
    """Kernels that do nothing."""

    def words(self, name: str) -> Any:
        return fake_cupy.kernels().words(name)

    def launch(self, *_: Any) -> None:
        pass


class _Array(fake_cupy.Array):
    """Nothing is copied, but the count of hits, 0."""

    def __getitem__(self, key: Any) -> Any:
        return _Array(self.cupy, self.values[key], _OWNER)

    def get(
        self, stream: Any = None, order: str = "C", out: Any = None, blocking: bool = True
    ) -> Any:
        if out.dtype.kind in "iu":
            out[...] = 0
        return out

    def set(self, values: Any, stream: Any = None) -> None:
        pass


class _Device(fake_cupy.FakeCupy):
    """Memory is given out at once, the same for the same shape."""

    def __init__(self) -> None:
        super().__init__(memory=64 << 30)
        self.kernels = _Nothing()  # type: ignore[assignment]
        # CUDA's pool has page-locked memory at hand, not filled.
        self.cuda.alloc_pinned_memory = lambda size: np.empty(size, np.uint8)
        self._pool: dict[Any, np.ndarray] = {}

    def empty(self, shape: Any, dtype: Any) -> Any:
        key = (tuple(np.atleast_1d(shape)), np.dtype(dtype))
        if key not in self._pool:
            self._pool[key] = np.zeros(shape, dtype)
        # Owned by another: nothing is counted.
        return _Array(self, self._pool[key], _OWNER)

    zeros = empty


_OWNER: Any = object()


def make() -> CudaBackend:
    """The CUDA backend on a device that does nothing."""
    sys.modules["cupy"] = _Device()
    return CudaBackend()


def image_ms(renderer: Renderer, scene: Scene, size: int, quality: Quality, shows: bool) -> float:
    """Median milliseconds of an image of a moving arm."""

    def image(step: int) -> None:
        moved = camera(size, 0.1 * step)
        renderer.render(scene, camera=moved, quality=quality, with_look=True)

    for step in range(REPEATS):
        image(step)
    seconds = []
    for step in range(REPEATS):
        start = perf_counter()
        image(step)
        seconds.append(perf_counter() - start)
    if shows:
        profile = cProfile.Profile()
        for step in range(REPEATS):
            profile.runcall(image, step)
        pstats.Stats(profile).sort_stats("tottime").print_stats(15)
    return 1e3 * median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="store_true", help="where the time goes")
    options = parser.parse_args()
    assets = assets_of(SHAPE)
    for where, backend in (("process", WorkerBackend(make)), ("here", make())):
        renderer = Renderer(backend)
        renderer.set_assets(assets)
        with_tool = scene_of("realistic").evolve(processing=Processing(look="clinical"))
        for tool, scene in (("no tool", with_tool.evolve(tools=())), ("a tool", with_tool)):
            for size, quality in ((1536, Quality.FAST), (384, Quality.DRAG), (384, Quality.EXACT)):
                profiled = options.profile and where == "here"
                took = image_ms(renderer, scene, size, quality, profiled)
                print(f"{where}, {tool}, {quality.value} {size}: {took:.2f} ms", flush=True)
        backend.close()


if __name__ == "__main__":
    main()
