"""Path lengths through meshes: closed forms, overlaps, sources inside, displacement of fields."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from reference import grid
from scenes import ball, blobs, box, box_paths, c_arm, chords, closed

from synthex_gui.geometry.angles import head_up_rotation
from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.camera import Camera, look
from synthex_gui.geometry.transforms import rigid, rotation_about, unit
from synthex_gui.physics.backends.base import (
    BackendError,
    Field,
    PlacedMesh,
    Projection,
    ProjectionRequest,
)
from synthex_gui.physics.backends.cpu.backend import CpuBackend


@pytest.fixture
def backend():
    made = CpuBackend(2)
    yield made
    made.close()


def paths(backend: CpuBackend, camera: Camera, *placed: tuple[Mesh, np.ndarray, int]) -> Projection:
    for n, (mesh, _, _) in enumerate(placed):
        backend.upload_mesh(f"mesh{n}", mesh)
    meshes = tuple(PlacedMesh(f"mesh{n}", at, rank) for n, (_, at, rank) in enumerate(placed))
    return backend.project(ProjectionRequest(camera, meshes=meshes))


def turned_round(camera: Camera) -> Camera:
    """The same rays in mirrored columns: the other sign of fx."""
    k = np.diag([-1.0, 1, 1]) @ camera.k
    k[0, 2] = camera.width - 1 - camera.k[0, 2]
    return Camera(k, camera.r, camera.t, camera.width, camera.height, camera.sdd_mm)


def test_closed_box_is_ten_millimetres(backend):
    camera = c_arm(0, 0, 97)
    result = paths(backend, camera, (box(10, 10, 10), np.eye(4), 0))
    assert abs(result.meshes_mm[0][48, 48] - 10.0) < 0.01
    assert abs(result.first_mm[48, 48] - 555.0) < 0.01


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("view", [(0, 0), (45, 30), (-100, 12)])
def test_tilted_box_and_sphere(backend, view, mirrored):
    camera = turned_round(c_arm(*view, 111)) if mirrored else c_arm(*view, 111)
    at = rigid(rotation_about([1, -1, 2], 33.0), [4, -3, 8])
    image = paths(backend, camera, (box(20, 30, 14), at, 0)).meshes_mm[0]
    truth = box_paths(camera, np.array([20, 30, 14.0]), at)
    np.testing.assert_allclose(image, truth, atol=2e-4)
    image = paths(backend, camera, (ball(25, 6), at, 0)).meshes_mm[0]
    truth = chords(camera, at[:3, 3], 25.0)
    assert abs(image - truth).max() < 0.8
    assert abs(image - truth).mean() < 0.01


def test_an_axis_aligned_box_on_pixel_centres_is_watertight(backend):
    """Edges, diagonals and corners exactly on rays: each counts once."""
    k = np.array([[100.0, 0, 20], [0, 100.0, 20], [0, 0, 1]])
    camera = Camera(k, np.eye(3), [0, 0, 0], 41, 41, 100.0)
    result = paths(backend, camera, (box(20, 20, 20), rigid(None, [0, 0, 110]), 0))
    image = result.meshes_mm[0]
    # The front face, at 100 mm, covers pixels 10 to 30; its border belongs to one side only.
    assert (image[11:30, 11:30] > 1).all()
    assert not image[:10].any()
    assert not image[31:].any()
    assert abs(image[20, 20] - 20.0) < 1e-4
    truth = box_paths(camera, np.array([20.0] * 3), rigid(None, [0, 0, 110]))
    inner = np.s_[11:30, 11:30]
    np.testing.assert_allclose(image[inner], truth[inner], atol=1e-3)


def test_no_ray_leaks_through_a_fine_mesh(backend):
    camera = c_arm(12, 34, 301, detector_mm=100)
    image = paths(backend, camera, (ball(20, 5), np.eye(4), 0)).meshes_mm[0]
    truth = chords(camera, np.zeros(3), 20.0)
    assert abs(image - truth)[truth > 5].max() < 0.1
    assert not image[truth == 0].any()


def test_screw_in_a_plate_by_priority(backend):
    camera = c_arm(0, 0, 97)
    plate, screw = box(40, 10, 40), box(6, 30, 6)
    for plate_rank, screw_rank, plate_owned in ((0, 1, 0.0), (1, 0, 10.0), (0, 0, 0.0)):
        result = paths(
            backend, camera, (plate, np.eye(4), plate_rank), (screw, np.eye(4), screw_rank)
        )
        assert abs(result.meshes_mm[0][48, 48] - plate_owned) < 1e-3
        assert abs(result.meshes_mm[1][48, 48] - (30.0 - plate_owned)) < 1e-3
        assert abs(result.whole_mm[0][48, 48] - 10.0) < 1e-3
        assert abs(result.whole_mm[1][48, 48] - 30.0) < 1e-3
        assert abs(result.first_mm[48, 48] - 545.0) < 1e-3


def test_overlapping_bodies_of_one_mesh_count_once(backend):
    a = trimesh.creation.box((10, 10, 10))
    b = a.copy()
    b.apply_translation([0, 6, 0])
    camera = c_arm(0, 0, 97)
    result = paths(backend, camera, (closed(trimesh.util.concatenate([a, b])), np.eye(4), 0))
    assert abs(result.whole_mm[0][48, 48] - 16.0) < 1e-3


def test_cavity_and_inside_out(backend):
    outer = trimesh.creation.icosphere(4, 20)
    inner = trimesh.creation.icosphere(4, 12)
    inner.invert()
    camera = c_arm(0, 0, 97)
    shell = closed(trimesh.util.concatenate([outer, inner]))
    result = paths(backend, camera, (shell, np.eye(4), 0))
    assert abs(result.whole_mm[0][48, 48] - 16.0) < 0.1
    flipped = Mesh(shell.vertices, shell.triangles[:, ::-1].copy())
    again = paths(backend, camera, (flipped, np.eye(4), 0))
    np.testing.assert_allclose(again.whole_mm[0], result.whole_mm[0], atol=1e-4)
    mirror = np.diag([-1.0, 1, 1, 1])
    mirrored = paths(backend, camera, (shell, mirror, 0))
    np.testing.assert_allclose(mirrored.whole_mm[0][48, 48], result.whole_mm[0][48, 48], atol=0.1)


@pytest.mark.parametrize("seed", range(6))
def test_source_inside_and_triangles_behind_it(backend, seed):
    rng = np.random.default_rng(seed)
    camera = look(
        rng.uniform(-4, 4, 3), head_up_rotation(unit(rng.normal(size=3))), 20.0, 1.0, 51, 45
    )
    at = rigid(rotation_about(rng.normal(size=3), 50.0), rng.uniform(-2, 2, 3))
    result = paths(backend, camera, (box(30, 24, 18), at, 0))
    np.testing.assert_allclose(
        result.meshes_mm[0], box_paths(camera, np.array([30, 24, 18.0]), at), atol=1e-3
    )
    assert not result.first_mm.any()


def test_everything_behind_the_source(backend):
    camera = look([0, 50, 0], head_up_rotation([0, 1, 0]), 500.0, 2.0, 32, 32)
    result = paths(backend, camera, (ball(10), np.eye(4), 0))
    assert not result.meshes_mm[0].any()
    assert np.isinf(result.first_mm).all()


def test_an_open_mesh_is_refused(backend):
    whole = box(1, 2, 3)
    with pytest.raises(BackendError, match="not closed"):
        backend.upload_mesh("lid", Mesh(whole.vertices, whole.triangles[:-1], is_closed=False))
    assert not backend.has("lid")


@pytest.mark.parametrize("view", [(0, 0), (40, 20)])
def test_metal_displaces_water_but_no_label(backend, view):
    shape = (50, 50, 50)
    on = grid(shape, (2, 2, 2), rotation_about([0, 1, 1], 20.0))
    camera = c_arm(*view, 97)
    backend.upload_field("water", Field(np.full(shape, 1000, np.int16), 1e-3, on))
    backend.upload_field("label", Field(np.ones(shape, np.uint8), 1.0, on))
    backend.upload_mesh("plate", box(30, 12, 24))
    backend.upload_mesh("screw", box(6, 50, 6))
    at = rigid(rotation_about([1, 0, 0], 15.0), [3, 2, -4])
    meshes = (PlacedMesh("plate", at, 0), PlacedMesh("screw", at, 1))
    result = backend.project(ProjectionRequest(camera, ("water",), ("label",), meshes))
    alone = backend.project(ProjectionRequest(camera, ("water",)))
    metal = result.meshes_mm[0] + result.meshes_mm[1]
    np.testing.assert_allclose(result.fields["water"], alone.fields["water"] - metal, atol=1e-3)
    assert metal.max() > 20
    np.testing.assert_allclose(result.labels_mm["label"], alone.fields["water"], atol=1e-3)


def test_metal_displaces_what_is_really_there(backend):
    shape = (60, 60, 60)
    values = blobs(shape, 20.0)
    on = grid(shape, (1, 1, 1))
    emptied = values.copy()
    emptied[20:40, 20:40, 20:40] = 0
    camera = c_arm(15, 25, 64, detector_mm=60)
    for key, stored in (("all", values), ("emptied", emptied)):
        backend.upload_field(key, Field(stored, 1e-3, on))
    # The emptied voxels' values fade over one voxel: the faces half-way out.
    backend.upload_mesh("block", box(20, 20, 20))
    block = (PlacedMesh("block", np.eye(4)),)
    displaced = backend.project(ProjectionRequest(camera, ("all",), meshes=block)).fields["all"]
    truth = backend.project(ProjectionRequest(camera, ("emptied",))).fields["emptied"]
    assert np.abs(displaced - truth).mean() < 0.01 * truth.mean()


def test_unknown_keys_are_named(backend):
    camera = c_arm(0, 0, 16)
    with pytest.raises(BackendError, match="bone"):
        backend.project(ProjectionRequest(camera, ("bone",)))
    with pytest.raises(BackendError, match="nail"):
        backend.project(ProjectionRequest(camera, meshes=(PlacedMesh("nail", np.eye(4)),)))
