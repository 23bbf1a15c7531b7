"""The scene that projectors are compared on: the phantom's pelvis with noise everywhere, AP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from synthex_gui.geometry.angles import head_up_rotation
from synthex_gui.geometry.arrays import Grid
from synthex_gui.geometry.camera import Camera, look
from synthex_gui.phantom import PhantomParameters, build_phantom
from synthex_gui.physics.backends.base import Field

SHAPE = (400, 512, 512)
SPACING_MM = (0.7, 0.7, 1.0)
MU_WATER_PER_MM = 0.02059
NOISE_HU = 15.0
SDD_MM, SOURCE_TO_AIM_MM, DETECTOR_MM = 1020.0, 565.0, 1536 * 0.194
STEP_MM = 0.05


def pelvis(shape: tuple[int, int, int] = SHAPE) -> NDArray[np.int16]:
    """The phantom's CT, 200 mm about its femoral heads, 15 HU of noise in every voxel."""
    phantom = build_phantom(PhantomParameters(extent="pelvis", spacing_mm=1.0))
    voxel_from_world = np.linalg.inv(phantom.ct.grid.world_from_voxel)
    rng = np.random.default_rng(0)
    volume = np.empty(shape, np.int16)
    world_from_voxel = grid(shape).world_from_voxel
    j, i = np.mgrid[: shape[1], : shape[2]]
    for k in range(shape[0]):
        voxels = np.stack([i.ravel(), j.ravel(), np.full(i.size, k)])
        world = world_from_voxel[:3, :3] @ voxels + world_from_voxel[:3, 3:]
        world[2] += 40.0
        at = voxel_from_world[:3, :3] @ world + voxel_from_world[:3, 3:]
        hu = map_coordinates(phantom.ct.values, at[::-1], np.float32, 1, cval=-1000)
        noisy = hu + NOISE_HU * rng.normal(size=i.size).astype(np.float32)
        volume[k] = np.round(noisy).reshape(i.shape)
    return volume


def grid(shape: tuple[int, int, int]) -> Grid:
    """0.7 x 0.7 x 1.0 mm about the origin (finer for a smaller or larger shape's same extent)."""
    matrix = np.eye(4)
    spacing = [s * full / n for s, full, n in zip(SPACING_MM, SHAPE[::-1], shape[::-1])]
    matrix[:3, :3] = np.diag(spacing)
    matrix[:3, 3] = [-s * (n - 1) / 2 for s, n in zip(spacing, shape[::-1])]
    return Grid(shape, matrix)


def attenuation(volume: NDArray[np.int16]) -> Field:
    """mu(HU) of the naive level as a field: stored HU + 1000."""
    return Field((volume + 1000).astype(np.int16), MU_WATER_PER_MM / 1000, grid(volume.shape))


def camera(size: int, moved_mm: float = 0.0) -> Camera:
    """AP on the Cios Fusion's detector, `size` pixels over its 298 mm; moved along the patient."""
    source = [0.0, SOURCE_TO_AIM_MM, moved_mm]
    return look(source, head_up_rotation([0, -1, 0]), SDD_MM, DETECTOR_MM / size, size, size)


def best_of(times: int, call: object) -> float:
    """Shortest wall time in seconds."""
    assert callable(call)
    seconds = []
    for _ in range(times):
        start = perf_counter()
        call()
        seconds.append(perf_counter() - start)
    return min(seconds)


def floor_s(volume: NDArray[np.int16]) -> float:
    """Best of 5 full reads of the volume with np.max on two threads."""
    flat = volume.reshape(-1)
    halves = (flat[: flat.size // 2], flat[flat.size // 2 :])
    with ThreadPoolExecutor(2) as pool:
        return best_of(5, lambda: list(pool.map(np.max, halves)))


def reference(field: Field, view: Camera, pixels: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) line integrals by float64 trilinear sampling every 0.05 mm, pixels (n, 2) col, row."""
    values = np.maximum(field.stored, 0)
    voxel_from_world = np.linalg.inv(field.grid.world_from_voxel)
    source = voxel_from_world[:3, :3] @ view.source_mm + voxel_from_world[:3, 3]
    size = np.array(values.shape[::-1])
    result = np.zeros(len(pixels))
    for n, (column, row) in enumerate(pixels):
        direction = voxel_from_world[:3, :3] @ view.ray(column, row)[1]
        direction = np.where(np.abs(direction) < 1e-12, 1e-12, direction)
        ends = np.stack([(-0.5 - source) / direction, (size - 0.5 - source) / direction])
        begin, end = max(ends.min(0).max(), 0.0), ends.max(0).min()
        if begin < end:
            count = int(np.ceil((end - begin) / STEP_MM))
            step = (end - begin) / count
            at = source[:, None] + direction[:, None] * (begin + step * (np.arange(count) + 0.5))
            samples = map_coordinates(values, at[::-1], np.float64, order=1, mode="nearest")
            result[n] = samples.sum() * step
    return result * field.scale


def relative_rms(image: NDArray[np.float32], pixels: NDArray[np.int64], truth: object) -> float:
    """rms error over rms value on the reference's pixels."""
    expected = np.asarray(truth, dtype=np.float64)
    error = image[pixels[:, 1], pixels[:, 0]] - expected
    return float(np.sqrt(np.mean(error**2) / np.mean(expected**2)))
