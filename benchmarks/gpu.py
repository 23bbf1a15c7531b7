"""How fast the CUDA backend is, from a pose to the display and to disk, in one run.

    python benchmarks/gpu.py [--json FILE] [--small] [--backend cuda:N|cpu] [--deepdrr PYTHON]

Where there is no CUDA device it says so and what it would measure. `--backend cpu` measures the
same on the CPU. DiffDRR is measured where it is installed (extra ``[bench-gpu]``), DeepDRR with the
interpreter of an environment of its own, since it needs NumPy 1.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
from datetime import date
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from gpu_peers import deepdrr_s, diffdrr_s
from gpu_scene import assets_of, scene_of
from projector_peers import skipping
from projector_scene import SHAPE, attenuation, best_of, camera

from synthex_gui.physics.backends.base import Backend, BackendError, ProjectionRequest, Quality
from synthex_gui.physics.backends.choice import cuda_devices
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.cuda.backend import CudaBackend
from synthex_gui.physics.backends.process.worker import WorkerBackend
from synthex_gui.physics.look.display import grey_bytes
from synthex_gui.physics.look.looks import LOG_WINDOW
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.detector import Processing

SIZES = (384, 768, 1536)
SMALL = (100, 128, 128)
REPEATS = 10
BATCH = 200
WINDOWS = {"clinical": (0.0, 1.0), "log": LOG_WINDOW}
MEASURES = """\
first image (start, compile, upload, project); naive and realistic images with a tool and masks at
384, 768 and 1536 pixels, still and moving; projection alone, with the voxels read a second; pose to
display buffer; images a second to arrays with masks and to disk; memory of the device; the 3D view
and CUDA on one card at once; a drag in the window, hand to screen; DiffDRR and DeepDRR on the same
device."""
GOALS = {
    "realistic 1536, pose to display buffer": "<= 5 ms",
    "images a second at 384 to arrays with masks": ">= 200",
    "rate over DeepDRR's at equal step": ">= 20",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the numbers there")
    parser.add_argument("--small", action="store_true", help="a 64th of the volume")
    parser.add_argument("--backend", default="cuda:0", help="cuda:N or cpu")
    parser.add_argument("--deepdrr", metavar="PYTHON", help="interpreter that has DeepDRR")
    options = parser.parse_args()
    numbers: dict[str, Any] = {"date": date.today().isoformat(), "versions": versions()}
    try:
        number, device = device_of(options.backend)
    except BackendError as error:
        print(f"no CUDA device: {error}\nWith one, this measures:\n{MEASURES}")
        numbers |= {"device": None, "reason": str(error)}
    else:
        print(f"device: {device}", flush=True)
        numbers |= {"device": device, "goals": GOALS}
        numbers |= measure(number, SMALL if options.small else SHAPE, options)
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=2) + "\n")
    return 0


def device_of(name: str) -> tuple[int | None, str]:
    """(number of a GPU, None for the CPU; its name)."""
    if name == "cpu":
        return None, platform.processor() or platform.machine()
    number = int(name.partition(":")[2] or 0)
    names = cuda_devices()
    if number >= len(names):
        raise BackendError(f"CUDA: there is no device {number}; there are {len(names)}")
    return number, names[number]


def versions() -> dict[str, str]:
    """Of what matters here and is installed."""
    found = {"python": platform.python_version()}
    for name in ("numpy", "cupy-cuda12x", "cupy-cuda13x", "torch", "diffdrr", "vtk"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def measure(number: int | None, shape: tuple[int, int, int], options: Any) -> dict[str, Any]:
    print(f"building a CT of {shape[2]} x {shape[1]} x {shape[0]}", flush=True)
    assets = assets_of(shape)
    make: Any = CpuBackend if number is None else partial(CudaBackend, number)
    start = perf_counter()
    backend: Backend = CpuBackend() if number is None else WorkerBackend(make)
    renderer = Renderer(backend)
    renderer.set_assets(assets)
    renderer.render(scene_of("realistic"), camera=camera(384))
    numbers: dict[str, Any] = {"first_image_s": perf_counter() - start}
    print(f"first image: {numbers['first_image_s']:.2f} s", flush=True)
    numbers["images_ms"] = time_images(renderer)
    numbers["display_ms"] = time_display(renderer)
    numbers["arrays_per_s"] = arrays_rate(renderer)
    numbers["together"] = with_vtk(renderer)
    numbers["disk_per_s"] = disk_rate("cpu" if number is None else "cuda")
    backend.close()
    numbers["projection_ms"], numbers["memory_gib"] = time_projection(make, assets)
    numbers["drag"] = drag(options.backend)
    numbers["peers_ms"] = peers(assets, options)
    return numbers


def time_images(renderer: Renderer) -> dict[str, float]:
    """Milliseconds of whole images with a tool and three masks."""
    found = {}
    for level in ("naive", "realistic"):
        scene = scene_of(level)
        for quality in (Quality.EXACT, Quality.FAST, Quality.DRAG):
            for size in SIZES:
                render = partial(
                    renderer.render,
                    scene,
                    camera=camera(size),
                    quality=quality,
                    structures=("one", "two", "three") if quality is Quality.EXACT else (),
                )
                render()
                name = f"{level} {quality.value} {size}"
                found[name] = 1e3 * best_of(REPEATS, render)
                print(f"  {name}: {found[name]:.2f} ms", flush=True)
    return found


def time_display(renderer: Renderer) -> dict[str, float]:
    """Milliseconds from a pose to 8-bit grey, as the window shows it."""
    found = {}
    for look in ("clinical", "log"):
        scene = scene_of("realistic").evolve(processing=Processing(look=look))
        for size, quality in ((384, Quality.DRAG), (1536, Quality.FAST)):

            def show(
                scene: Any = scene,
                size: int = size,
                quality: Quality = quality,
                window: tuple[float, float] = WINDOWS[look],
            ) -> Any:
                image = renderer.render(scene, camera=camera(size), quality=quality, with_look=True)
                assert image.shown is not None
                return grey_bytes(image.shown, *window, False)

            show()
            name = f"{look} {quality.value} {size}"
            found[name] = 1e3 * best_of(REPEATS, show)
            print(f"  pose to display buffer, {name}: {found[name]:.2f} ms", flush=True)
    return found


def arrays_rate(renderer: Renderer) -> float:
    """Realistic images a second at 384 pixels, with the masks of three structures and a tool."""
    scene = scene_of("realistic")
    start = perf_counter()
    for index in range(BATCH):
        image = renderer.render(
            scene, camera=camera(384), structures=("one", "two", "three"), image_index=index
        )
        for path in (*image.structures_mm.values(), *image.tools_mm.values()):
            np.greater(path, 0.5)
    rate = BATCH / (perf_counter() - start)
    print(f"  {rate:.1f} images a second at 384 to arrays with masks", flush=True)
    return rate


def disk_rate(backend: str) -> float:
    """Images a second of a series of the phantom's pelvis at 384 pixels, written with all masks."""
    from synthex_gui.export.run import export_series
    from synthex_gui.loading.opening import posed_for_phantom
    from synthex_gui.loading.resolve import resolve_now
    from synthex_gui.scene.model import Scene
    from synthex_gui.scene.plan import around_current_view
    from synthex_gui.scene.sources import PhantomSource

    source = PhantomSource(parameters={})
    resolved = resolve_now(Scene(ct=source, labels=source))
    posed = posed_for_phantom(
        Scene(ct=source, labels=source), resolved.assets, resolved.phantom_landmarks
    )
    plan = around_current_view().evolve(count=40, size=384, backend=backend)
    with tempfile.TemporaryDirectory() as folder:
        moments = [
            perf_counter()
            for done, _, _ in export_series(posed.evolve(plan=plan), Path(folder) / "series")
            if done
        ]
    # The first image uploads; the last moment is after the manifest.
    rate = (len(moments) - 3) / (moments[-2] - moments[0])
    print(f"  {rate:.1f} images a second at 384 to disk with all masks", flush=True)
    return rate


def with_vtk(renderer: Renderer) -> dict[str, float]:
    """Milliseconds of a 3D view's frame and of an image, each alone and both at once."""
    import pyvista as pv

    plotter = pv.Plotter(off_screen=True, window_size=[1280, 800])
    plotter.add_mesh(pv.ParametricRandomHills().triangulate().subdivide(3))
    plotter.show(auto_close=False)
    scene, view = scene_of("realistic"), camera(768)

    def frame() -> None:
        plotter.camera.azimuth += 3.0
        plotter.render()

    def image() -> None:
        renderer.render(scene, camera=view, quality=Quality.FAST)

    image()
    found = {"view alone": 1e3 * best_of(REPEATS, frame), "image alone": 1e3 * best_of(5, image)}
    is_over = threading.Event()
    seconds: list[float] = []

    def images() -> None:
        while not is_over.is_set():
            start = perf_counter()
            image()
            seconds.append(perf_counter() - start)

    thread = threading.Thread(target=images)
    thread.start()
    frames = [best_of(1, frame) for _ in range(4 * REPEATS)]
    is_over.set()
    thread.join()
    plotter.close()
    found |= {"view with images": 1e3 * float(np.median(frames))}
    found |= {"image with views": 1e3 * float(np.median(seconds))}
    print("  3D view and image on one card: " + ", ".join(f"{k} {v:.1f}" for k, v in found.items()))
    return found


def time_projection(make: Any, assets: Any) -> tuple[dict[str, float], float | None]:
    """(milliseconds of line integrals alone, in this process; GiB of the device that they take)."""
    backend = make()
    device = getattr(backend, "_device", None)
    with_device = device is not None
    before = device.free_bytes() if with_device else 0
    backend.upload_field("ct", attenuation(assets.ct.values))
    found = {}
    for quality in Quality:
        for size in SIZES:
            request = ProjectionRequest(camera(size), ("ct",), quality=quality)
            backend.project(request)
            name = f"{quality.value} {size}"
            found[name] = 1e3 * best_of(REPEATS, partial(backend.project, request))
            print(f"  projection {name}: {found[name]:.2f} ms", flush=True)
    taken = (before - device.free_bytes()) / 2**30 if with_device else None
    backend.close()
    return found, taken


def drag(backend: str) -> str | None:
    """What `drag.py` says of a drag in the window, hand to screen; None without a screen."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        print("  no screen: run this under xvfb-run to measure a drag in the window")
        return None
    script = Path(__file__).with_name("drag.py")
    command = [sys.executable, str(script), "--backend", backend]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    print(f"  drag of the phantom: {said[-1] if said else 'nothing was said'}", flush=True)
    return "\n".join(said)


def peers(assets: Any, options: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for size in SIZES[:2]:
        with skipping(f"DiffDRR {size}"):
            found[f"DiffDRR trilinear {size}"] = 1e3 * diffdrr_s(assets.ct, size, REPEATS)
        with skipping(f"DeepDRR {size}"):
            found[f"DeepDRR {size}"] = 1e3 * deepdrr_s(assets.ct, size, options.deepdrr)
    for name, value in found.items():
        print(f"  {name}: {value:.1f} ms", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
