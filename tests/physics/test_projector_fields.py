"""Line integrals through volumes: closed forms, and plain sampling for everything else."""

from __future__ import annotations

import numpy as np
import pytest
from reference import grid, pixel_subset, reference_integrals, relative_rms
from scenes import OBLIQUE, blobs, box_paths, c_arm, chords, project_field

from synthex_gui.geometry.angles import head_up_rotation
from synthex_gui.geometry.arrays import Grid
from synthex_gui.geometry.camera import Camera, look
from synthex_gui.geometry.transforms import rotation_about, unit
from synthex_gui.physics.backends.base import Field, ProjectionRequest, Quality
from synthex_gui.physics.backends.cpu.backend import CpuBackend


@pytest.fixture(scope="module")
def backend():
    made = CpuBackend(2)
    yield made
    made.close()


VIEWS = [(0, 0), (90, 0), (0, 89), (45, 0), (-45, 35.26), (45, 25), (20, -40), (180, 10), (135, 5)]


@pytest.mark.parametrize("linear", [np.eye(3), rotation_about([1, 1, 0], 30.0), OBLIQUE])
@pytest.mark.parametrize("view", [(0, 0), (45, 0), (30, 20), (-45, 35.26)])
def test_full_box_has_the_box_path(backend, linear, view):
    field = Field(
        np.full((40, 44, 48), 1000, np.uint16), 1e-3, grid((40, 44, 48), (1, 0.8, 1.2), linear)
    )
    camera = c_arm(*view)
    image = project_field(backend, field, camera)
    truth = box_paths(camera, np.array([48, 44, 40.0]), _box_frame(field.grid))
    assert truth.max() > 35
    assert relative_rms(image, truth) < 1e-2
    # A path that is cut by no edge within a voxel is exact.
    smooth = _flat(truth)
    assert smooth.sum() > 200
    np.testing.assert_allclose(image[smooth], truth[smooth], rtol=1e-3)


def _box_frame(on: Grid) -> np.ndarray:
    frame = on.world_from_voxel.copy()
    frame[:3, 3] = on.centre_mm
    return frame


def _flat(truth: np.ndarray) -> np.ndarray:
    """Pixels about which the path is nearly linear: no edge of the box there."""
    bend = np.full(truth.shape, np.inf)
    bend[2:-2, 2:-2] = np.abs(
        np.stack(
            [
                truth[2:-2, :-4] - 2 * truth[2:-2, 2:-2] + truth[2:-2, 4:],
                truth[:-4, 2:-2] - 2 * truth[2:-2, 2:-2] + truth[4:, 2:-2],
            ]
        )
    ).max(0)
    return (bend < 0.05) & (truth > 1)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("noise", [0.0, 15.0])
@pytest.mark.parametrize("linear", [np.eye(3), OBLIQUE])
def test_agrees_with_plain_sampling(backend, view, noise, linear):
    shape = (64, 72, 80)
    field = Field(blobs(shape, noise), 2e-5, grid(shape, (1.0, 1.0, 1.3), linear))
    camera = c_arm(*view)
    pixels = pixel_subset(camera, 150, 3)
    truth = reference_integrals(field, camera, pixels)
    allowed = {Quality.EXACT: 5e-4, Quality.FAST: 1.5e-3, Quality.DRAG: 4e-3}
    for quality, most in allowed.items():
        image = project_field(backend, field, camera, quality)
        # Errors average out over slabs: this volume has an eighth of a CT's.
        assert relative_rms(image[pixels[:, 1], pixels[:, 0]], truth) < most * (1 + noise / 15)


@pytest.mark.parametrize("size", [17, 48, 200])
def test_size_of_the_image_changes_no_ray(backend, size):
    field = Field(blobs((48, 48, 48)), 2e-5, grid((48, 48, 48), (1, 1, 1)))
    camera = c_arm(25, 15, size)
    image = project_field(backend, field, camera)
    pixels = pixel_subset(camera, 150, 5)
    truth = reference_integrals(field, camera, pixels)
    assert relative_rms(image[pixels[:, 1], pixels[:, 0]], truth) < 5e-4


def test_tiny_magnified_field(backend):
    """A 2 mm field seen by many pixels: far finer than the voxels."""
    shape = (64, 64, 64)
    field = Field(blobs(shape, 15.0), 2e-5, grid(shape, (1, 1, 1)))
    camera = c_arm(20, 10, 120, detector_mm=4.0)
    image = project_field(backend, field, camera)
    pixels = pixel_subset(camera, 100, 5)
    truth = reference_integrals(field, camera, pixels)
    assert relative_rms(image[pixels[:, 1], pixels[:, 0]], truth) < 5e-4


def test_gaussian_blob_has_its_closed_form(backend):
    shape, sigma = (60, 64, 68), 7.0
    on = grid(shape, (1, 1, 1), OBLIQUE)
    k, j, i = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    world = np.stack([i, j, k], -1) @ on.world_from_voxel[:3, :3].T + on.world_from_voxel[:3, 3]
    values = 30000 * np.exp(-(world**2).sum(-1) / (2 * sigma**2))
    camera = c_arm(35, 20, detector_mm=60)
    image = project_field(backend, Field(np.round(values).astype(np.uint16), 1 / 30000, on), camera)
    rows, columns = np.mgrid[: camera.height, : camera.width]
    rays = camera.pixel_to_world(columns, rows) - camera.source_mm
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    miss2 = (camera.source_mm**2).sum() - (rays @ camera.source_mm) ** 2
    truth = sigma * np.sqrt(2 * np.pi) * np.exp(-miss2 / (2 * sigma**2))
    # Trilinear interpolation itself widens the blob: about (voxel / sigma)^2 / 12.
    assert relative_rms(image, truth) < 5e-3


@pytest.mark.parametrize("kind", ["sphere", "shell", "cylinder"])
def test_voxelised_solids(backend, kind):
    shape = (80, 80, 80)
    on = grid(shape, (0.5, 0.5, 0.5))
    z, y, x = np.meshgrid(*[(np.arange(n) - 39.5) * 0.5 for n in shape], indexing="ij")
    r = np.sqrt(x**2 + y**2 + (0 if kind == "cylinder" else z**2))
    soft = np.clip((15.0 - r) / 0.5 + 0.5, 0, 1)
    if kind == "shell":
        soft -= np.clip((11.0 - r) / 0.5 + 0.5, 0, 1)
    camera = c_arm(30, 0 if kind == "cylinder" else 20, 64, detector_mm=20)
    image = project_field(
        backend, Field(np.round(soft * 20000).astype(np.uint16), 5e-5, on), camera
    )
    if kind == "cylinder":
        rays = camera.pixel_to_world(*np.meshgrid(np.arange(64), np.arange(64))) - camera.source_mm
        flat = rays[..., :2] / np.linalg.norm(rays[..., :2], axis=-1, keepdims=True)
        miss = flat[..., 0] * camera.source_mm[1] - flat[..., 1] * camera.source_mm[0]
        across = 2 * np.sqrt(np.maximum(15.0**2 - miss**2, 0))
        truth = across * np.linalg.norm(rays, axis=-1) / np.linalg.norm(rays[..., :2], axis=-1)
    else:
        truth = chords(camera, np.zeros(3), 15.0)
        if kind == "shell":
            truth = truth - chords(camera, np.zeros(3), 11.0)
    core = truth > 0.3 * truth.max()
    np.testing.assert_allclose(image[core].mean(), truth[core].mean(), rtol=3e-3)
    assert relative_rms(image[core], truth[core]) < 1e-2


@pytest.mark.parametrize("seed", range(24))
def test_random_views_sources_inside_and_detectors_that_cut(backend, seed):
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(20, 60, 3))
    linear = rotation_about(rng.normal(size=3), rng.uniform(0, 180)) @ np.diag(
        rng.choice([-1, 1], 3)
    )
    field = Field(
        blobs(shape, 5.0, seed), 2e-5, grid(shape, tuple(rng.uniform(0.7, 1.5, 3)), linear)
    )
    direction = unit(rng.normal(size=3))
    extent = 0.5 * min(shape)
    source = [
        rng.uniform(-0.6, 0.6, 3) * extent,
        -direction * extent * rng.uniform(0.8, 1.6),
        -direction * 400.0,
    ][seed % 3]
    # A wide field about near sources: every axis and side takes part.
    sdd = [30.0, 60.0, 800.0][seed % 3]
    camera = look(source, head_up_rotation(direction), sdd, 1.6, 60, 52)
    camera = (
        camera
        if seed % 2
        else Camera(
            np.diag([-1.0, 1, 1]) @ camera.k + _mirrored(camera), camera.r, camera.t, 60, 52, sdd
        )
    )
    image = project_field(backend, field, camera)
    pixels = pixel_subset(camera, 150, seed)
    truth = reference_integrals(field, camera, pixels)
    assert np.isfinite(image).all()
    assert (truth > 0).any()
    error = image[pixels[:, 1], pixels[:, 0]] - truth
    assert np.sqrt((error**2).mean()) < 2e-3 * np.sqrt((truth**2).mean())


def _mirrored(camera: Camera) -> np.ndarray:
    """What turns K's first row round and leaves the principal point where it was."""
    change = np.zeros((3, 3))
    change[0, 2] = 2 * camera.k[0, 2]
    return change


def test_box_around_the_source(backend):
    """Every direction of a uniform box as seen from inside: distance to the wall."""
    field = Field(np.full((41, 41, 41), 1000, np.int16), 1e-3, grid((41, 41, 41), (1, 1, 1)))
    for direction in np.vstack([np.eye(3), -np.eye(3), [[1, 1, 1], [1, -1, 0.2]]]):
        camera = look([3.3, -5.1, 2.2], head_up_rotation(unit(direction)), 20.0, 1.0, 41, 41)
        image = project_field(backend, field, camera)
        truth = box_paths(camera, np.full(3, 41.0), np.eye(4))
        np.testing.assert_allclose(image, truth, rtol=0.02)
        assert relative_rms(image, truth) < 2e-3


def test_nothing_behind_the_source(backend):
    field = Field(blobs((40, 40, 40)), 1e-3, grid((40, 40, 40), (1, 1, 1)))
    away = look([0, 100, 0], head_up_rotation([0, 1, 0]), 500.0, 2.0, 32, 32)
    assert not project_field(backend, field, away).any()


def test_negative_counts_as_nothing_and_the_crop_changes_nothing(backend):
    values = np.full((50, 50, 50), -300, np.int16)
    values[20:31, 18:33, 22:29] = 900
    camera = c_arm(10, 30, 64, detector_mm=80)
    cropped = project_field(backend, Field(values, 1e-3, grid((50, 50, 50), (1, 1, 1))), camera)
    pixels = pixel_subset(camera, 200, 1)
    truth = reference_integrals(Field(values, 1e-3, grid((50, 50, 50), (1, 1, 1))), camera, pixels)
    assert relative_rms(cropped[pixels[:, 1], pixels[:, 0]], truth) < 2e-3


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 30, 40), (30, 1, 40), (30, 40, 1), (2, 2, 2)])
def test_thin_fields(backend, shape):
    field = Field(np.full(shape, 200, np.uint8), 0.005, grid(shape, (2, 2, 2)))
    for view in ((0, 0), (60, 20), (90, 0)):
        camera = c_arm(*view, 48, detector_mm=120)
        image = project_field(backend, field, camera)
        truth = box_paths(camera, 2.0 * np.array(shape[::-1]), np.eye(4))
        np.testing.assert_allclose(image.sum(), truth.sum(), rtol=0.03, atol=0.5)


def test_empty_field_and_label(backend):
    backend.upload_field(
        "empty", Field(np.zeros((9, 9, 9), np.uint8), 1.0, grid((9, 9, 9), (1, 1, 1)))
    )
    mask = np.zeros((40, 40, 40), np.uint8)
    mask[10:30, 10:30, 10:30] = 1
    backend.upload_field("label", Field(mask, 1.0, grid((40, 40, 40), (1, 1, 1))))
    camera = c_arm(0, 0, 65, detector_mm=100)
    result = backend.project(ProjectionRequest(camera, ("empty",), ("label",)))
    assert not result.fields["empty"].any()
    assert result.labels_mm["label"].dtype == np.float32
    assert abs(result.labels_mm["label"][32, 32] - 20.0) < 0.02
    assert result.first_mm is None
