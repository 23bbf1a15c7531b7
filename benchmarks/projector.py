"""How fast and how right the CPU projector is, next to what else there is, in one run.

    python benchmarks/projector.py [--json FILE] [--small]

The goals are ratios to the floor, one read of the volume at full memory bandwidth, and to RTK.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
from projector_peers import memory_of, plastimatch_exact, rtk_joseph, skipping
from projector_scene import (
    SHAPE,
    attenuation,
    best_of,
    camera,
    floor_s,
    grid,
    pelvis,
    reference,
    relative_rms,
)

from synthex_gui.physics.backends.base import Field, ProjectionRequest, Quality
from synthex_gui.physics.backends.cpu.backend import CpuBackend

NAMES = {Quality.DRAG: "drag", Quality.FAST: "pitch1", Quality.EXACT: "pitch05"}
SMALL = (100, 128, 128)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the numbers there")
    parser.add_argument("--small", action="store_true", help="a 64th of the volume, no memory test")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        print(measure_memory(arguments.memory_of))
        return 0
    numbers = measure(SMALL if arguments.small else SHAPE, arguments.small)
    if arguments.json:
        arguments.json.write_text(json.dumps(numbers, indent=2) + "\n")
    return 0


def measure(shape: tuple[int, int, int], is_small: bool) -> dict[str, Any]:
    print(f"building a CT of {shape[2]} x {shape[1]} x {shape[0]}", flush=True)
    field = attenuation(pelvis(shape))
    floor = floor_s(field.stored)
    print(f"floor (one read of the volume): {1e3 * floor:.1f} ms", flush=True)
    backend = CpuBackend()
    backend.upload_field("ct", field)
    image_s = time_images(backend)
    floor = min(floor, floor_s(field.stored))
    errors, peers, ratios = {}, {}, {}
    view = camera(384)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 384, (400, 2))
    truth = reference(field, view, pixels)
    for quality, name in NAMES.items():
        image = backend.project(ProjectionRequest(view, ("ct",), quality=quality)).fields["ct"]
        errors[name] = relative_rms(image, pixels, truth)
        print(f"  {name}: rms error {100 * errors[name]:.4f} %", flush=True)
    repeats = 3
    with skipping("RTK Joseph"):
        for size in (384, 1536):
            seconds, image = rtk_joseph(field, size, repeats)
            peers.setdefault("rtk-joseph", {})[str(size)] = seconds
            if size == 384:
                errors["rtk-joseph"] = relative_rms(image, pixels, truth)
        print(f"  RTK Joseph: {peers['rtk-joseph']}, rms error {100 * errors['rtk-joseph']:.4f} %")
        ratios["rtk_joseph_1536_over_pitch1"] = (
            peers["rtk-joseph"]["1536"] / image_s["1536"]["pitch1"]
        )
    with skipping("plastimatch"):
        for size in (384, 1536):
            peers.setdefault("plastimatch-exact", {})[str(size)] = plastimatch_exact(field, size)
        print(f"  plastimatch exact: {peers['plastimatch-exact']}")
    floor = min(floor, floor_s(field.stored))
    ratios["pitch1_1536_over_floor"] = image_s["1536"]["pitch1"] / floor
    ratios["drag_384_over_floor"] = image_s["384"]["drag"] / floor
    for name, ratio in ratios.items():
        print(f"  {name}: {ratio:.2f}")
    backend.close()
    memory = {}
    if not is_small:
        del field, truth
        for size in (512, 1024):
            with skipping(f"memory of {size}^3"):
                memory[str(size)] = memory_of(size)
                print(f"  CT of {size}^3: {memory[str(size)]}", flush=True)
    return {
        "backend": backend.name,
        "floor_s": floor,
        "image_s": image_s,
        "rms_error": errors,
        "peers": {name: value for name, value in peers.items() if value},
        "ratios": ratios,
        "memory": memory,
    }


def time_images(backend: CpuBackend) -> dict[str, dict[str, float]]:
    """Best times of one line-integral image, per size and quality."""
    result: dict[str, dict[str, float]] = {}
    for size in (192, 384, 768, 1536):
        result[str(size)] = {}
        for quality, name in NAMES.items():
            request = ProjectionRequest(camera(size), ("ct",), quality=quality)
            backend.project(request)
            result[str(size)][name] = best_of(10, lambda asked=request: backend.project(asked))
        text = ", ".join(f"{name} {1e3 * s:.1f} ms" for name, s in result[str(size)].items())
        print(f"  {size}^2: {text}", flush=True)
    return result


def measure_memory(size: int) -> float:
    """Peak memory of this process in GiB after one image of a noisy CT of size^3 (on macOS
    ru_maxrss counts bytes)."""
    rng = np.random.default_rng(0)
    stored = np.empty((size, size, size), np.int16)
    for slab in stored:
        slab[:] = 1000 + 15 * rng.standard_normal(slab.shape, np.float32)
    backend = CpuBackend()
    backend.upload_field("ct", Field(stored, 1e-5, grid(stored.shape)))
    backend.project(ProjectionRequest(camera(1536), ("ct",), quality=Quality.FAST))
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: on Linux a child starts with its parent's.
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**30


if __name__ == "__main__":
    sys.exit(main())
