"""What every caller relies on: determinism, honest bounds, landmarks that lie where images do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from reference import grid
from scenes import OBLIQUE, ball, blobs, box, c_arm, project_field

from synthex_gui.geometry.angles import head_up_rotation
from synthex_gui.geometry.arrays import Grid
from synthex_gui.geometry.camera import Camera, look
from synthex_gui.geometry.carm import camera_from_joints
from synthex_gui.geometry.device import Device, Joints, Range
from synthex_gui.geometry.transforms import rigid, unit
from synthex_gui.physics.backends.base import (
    BackendError,
    Field,
    PlacedMesh,
    ProjectionRequest,
    Quality,
)
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.cpu.warm_up import warm_up

HERE = Path(__file__).parent


@pytest.mark.parametrize("quality", list(Quality))
@pytest.mark.parametrize("view", [(0, 0), (45, 35)])
def test_same_bytes_for_any_number_of_threads(quality, view):
    shape = (60, 50, 70)
    field = Field(blobs(shape, 30.0), 1e-3, grid(shape, (1, 1.1, 0.9), OBLIQUE))
    camera = c_arm(*view, 150)
    request = ProjectionRequest(
        camera,
        ("field",),
        ("field",),
        (PlacedMesh("ball", np.eye(4)), PlacedMesh("box", rigid(None, [9, 2, 3.0]), 2)),
        quality,
    )
    seen = set()
    for threads in (1, 2, 4):
        backend = CpuBackend(threads)
        backend.upload_field("field", field)
        backend.upload_mesh("ball", ball(12))
        backend.upload_mesh("box", box(10, 20, 30))
        result = backend.project(request)
        images = [result.fields["field"], result.labels_mm["field"], result.first_mm]
        images += [*result.meshes_mm, *result.whole_mm]
        assert all(image.dtype == np.float32 and image.shape == (150, 150) for image in images)
        seen.add(b"".join(image.tobytes() for image in images))
        backend.close()
    assert len(seen) == 1


def test_a_projection_does_not_depend_on_the_ones_before():
    shape = (40, 44, 48)
    field = Field(blobs(shape, 30.0), 1e-3, grid(shape, (1, 1, 1)))
    fresh, used = CpuBackend(1), CpuBackend(1)
    used.upload_field("field", field)
    for view in ((90, 0), (45, 35), (0, 89)):
        for quality in Quality:
            used.project(ProjectionRequest(c_arm(*view, 64), ("field",), quality=quality))
    camera = c_arm(10, 5, 64)
    again = used.project(ProjectionRequest(camera, ("field",))).fields["field"]
    np.testing.assert_array_equal(project_field(fresh, field, camera), again)
    fresh.close()
    used.close()


def test_every_index_is_checked_in_plain_python():
    """The kernels with the compiler off, where NumPy refuses an index out of bounds."""
    finished = subprocess.run(
        [sys.executable, str(HERE / "plain_python_views.py")],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert finished.stdout.startswith("views agree")


DEVICE = Device(
    id="test-arm",
    name="Test arm",
    chain="orbital-in-angulation",
    form="mobile-c",
    base_side="right",
    columns=200,
    rows=160,
    pixel_pitch_mm=1.0,
    home=Joints(),
    limits={name: Range(-1e6, 1e6) for name in Joints().as_dict()},
)


def _outside_camera(fx: float) -> Camera:
    r = head_up_rotation(unit([0.3, -1.0, 0.2]))
    source = np.array([5.0, -3, 8]) - 500 * r[2]
    k = np.array([[fx, 0, 95.0], [0, abs(fx), 83.0], [0, 0, 1]])
    return Camera(k, r, -r @ source, 200, 160, 1000.0)


CAMERAS = {
    "c-arm": camera_from_joints(
        DEVICE, Joints(orbital_deg=25, angulation_deg=-12), rigid(None, [5.0, -3, 8])
    ),
    "outside, fx > 0": _outside_camera(1000.0),
    "outside, fx < 0": _outside_camera(-1000.0),
}


@pytest.mark.parametrize("name", CAMERAS)
@pytest.mark.parametrize("point", [(5.0, -3, 8), (30.0, 10, -20), (-25, -30, 30)])
def test_a_landmark_lies_on_the_ball_rendered_about_it(name, point):
    camera = CAMERAS[name]
    point = np.array(point)
    pixel, _ = camera.project(point)
    backend = CpuBackend(1)
    offsets = np.indices((9, 9, 9)).transpose(1, 2, 3, 0)[..., ::-1] - 4.0
    radius = np.linalg.norm(offsets * 0.25, axis=-1)
    soft = np.clip((1.0 - radius) / 0.25 + 0.5, 0, 1)
    matrix = np.diag([0.25, 0.25, 0.25, 1.0])
    matrix[:3, 3] = point - 1.0
    field = Field(np.round(soft * 200).astype(np.uint8), 1 / 200, Grid((9, 9, 9), matrix))
    backend.upload_field("ball", field)
    backend.upload_mesh("ball-mesh", ball(1.0, 3))
    placed = (PlacedMesh("ball-mesh", rigid(None, point)),)
    for image in (
        backend.project(ProjectionRequest(camera, ("ball",))).fields["ball"],
        backend.project(ProjectionRequest(camera, meshes=placed)).meshes_mm[0],
    ):
        rows, columns = np.mgrid[: camera.height, : camera.width]
        total = image.sum()
        assert total > 1
        centroid = [(image * columns).sum() / total, (image * rows).sum() / total]
        np.testing.assert_allclose(centroid, pixel[0], atol=0.1)
    backend.close()


def test_keys_come_and_go():
    backend = CpuBackend(2)
    assert backend.name == "CPU, 2 threads"
    field = Field(np.ones((4, 4, 4), np.uint8), 1.0, grid((4, 4, 4), (1, 1, 1)))
    backend.upload_field("a", field)
    assert backend.has("a")
    backend.release("a")
    backend.release("a")
    assert not backend.has("a")
    with pytest.raises(BackendError, match="float64"):
        backend.upload_field("b", Field(np.ones((4, 4, 4)), 1.0, field.grid))
    with pytest.raises(BackendError, match="voxels"):
        backend.upload_field("b", Field(np.ones((4, 4, 5), np.uint8), 1.0, field.grid))
    with pytest.raises(BackendError, match="threads"):
        CpuBackend(0)
    backend.close()


def test_warm_up_says_what_it_compiles():
    said: list[str] = []
    warm_up(said.append)
    assert len(said) >= 3


def test_image_of_one_pixel_and_of_one_row():
    field = Field(np.full((30, 30, 30), 100, np.int16), 0.01, grid((30, 30, 30), (1, 1, 1)))
    backend = CpuBackend(1)
    for width, height in ((1, 1), (64, 1), (1, 64)):
        camera = look([0, 500, 0], head_up_rotation([0, -1, 0]), 1000.0, 1.0, width, height)
        image = project_field(backend, field, camera)
        assert image.shape == (height, width)
        assert abs(image[height // 2, width // 2] - 30.0) < 0.05
    backend.close()
