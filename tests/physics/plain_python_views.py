"""Run with NUMBA_DISABLE_JIT=1: random views of tiny scenes, each index checked by NumPy."""

from __future__ import annotations

import numba
import numpy as np
from reference import grid, pixel_subset, reference_integrals
from scenes import box

from synthex_gui.geometry.angles import head_up_rotation
from synthex_gui.geometry.camera import look
from synthex_gui.geometry.transforms import rotation_about, unit
from synthex_gui.physics.backends.base import Field, PlacedMesh, ProjectionRequest, Quality
from synthex_gui.physics.backends.cpu import slab_plan
from synthex_gui.physics.backends.cpu.backend import CpuBackend


def main() -> None:
    assert numba.config.DISABLE_JIT
    # Tiny scenes would all be integrated ray by ray.
    slab_plan.MARCH_BELOW = dict.fromkeys(Quality, 0)
    slab_plan.NEAREST_FACE_VOXELS = 3.0
    slab_plan.REFINE_BELOW = 0
    backend = CpuBackend(1)
    backend.upload_mesh("box", box(3, 2, 4))
    for seed in range(18):
        rng = np.random.default_rng(seed)
        shape = tuple(int(n) for n in rng.integers(1, 12, 3))
        dtype = (np.uint8, np.int16, np.uint16)[seed % 3]
        values = rng.integers(0, 200, shape).astype(dtype)
        values[rng.random(shape) < 0.3] = 0
        linear = rotation_about(rng.normal(size=3), rng.uniform(0, 180))
        field = Field(values, 0.01, grid(shape, tuple(rng.uniform(0.5, 2, 3)), linear))
        backend.upload_field("field", field)
        direction = unit(rng.normal(size=3))
        source = [rng.uniform(-3, 3, 3), -direction * 8, -direction * 60.0][seed % 3]
        size = rng.integers(1, 12, 2)
        sdd = [4.0, 10.0, 100.0][seed % 3]
        camera = look(source, head_up_rotation(direction), sdd, 1.5, int(size[0]), int(size[1]))
        for quality in Quality:
            request = ProjectionRequest(
                camera, ("field",), ("field",), (PlacedMesh("box", np.eye(4)),), quality
            )
            result = backend.project(request)
        exact = backend.project(ProjectionRequest(camera, ("field",))).fields["field"]
        pixels = pixel_subset(camera, 8, seed)
        truth = reference_integrals(field, camera, pixels)
        error = np.abs(exact[pixels[:, 1], pixels[:, 0]] - truth)
        assert np.isfinite(result.fields["field"]).all()
        # A handful of random voxels: only the order of magnitude is tested here.
        assert np.median(error) < 0.1 * truth.max() + 0.01, (seed, error, truth)
    print("views agree with plain sampling")


main()
