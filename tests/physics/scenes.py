"""Cameras, volumes and meshes shared by the projector tests."""

from __future__ import annotations

import numpy as np
import trimesh

from synthex_gui.geometry.angles import direction_from_angles, head_up_rotation
from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.camera import Camera, look
from synthex_gui.geometry.transforms import rotation_about
from synthex_gui.physics.backends.base import Field, Image, ProjectionRequest, Quality
from synthex_gui.physics.backends.cpu.backend import CpuBackend

# A shear, a mirror and a permutation of axes on top of a rotation: as bad as an affine may be.
OBLIQUE = (
    rotation_about([1, 2, 3], 25.0)
    @ np.array([[0, 1, 0], [1, 0.2, 0], [0, 0.1, 1.0]])
    @ np.diag([1.0, 1, -1])
)


def c_arm(
    primary_deg: float,
    secondary_deg: float,
    size: int = 96,
    source_mm: float = 560.0,
    detector_mm: float = 160.0,
    centre_mm: tuple[float, float, float] = (0, 0, 0),
    roll_deg: float = 0.0,
) -> Camera:
    """A C-arm camera (mirrored, fx < 0) around a point, SDD 1020."""
    d = direction_from_angles(primary_deg, secondary_deg)
    r = head_up_rotation(d)
    r = r @ rotation_about(d, roll_deg).T
    return look(np.array(centre_mm) - source_mm * d, r, 1020.0, detector_mm / size, size, size)


def project_field(
    backend: CpuBackend, field: Field, camera: Camera, quality: Quality = Quality.EXACT
) -> Image:
    """The field's line integrals."""
    backend.upload_field("field", field)
    request = ProjectionRequest(camera, ("field",), quality=quality)
    return backend.project(request).fields["field"]


def blobs(shape: tuple[int, int, int], noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """int16 volume of smooth blobs up to about 1500, 0 at its faces, the noise everywhere."""
    rng = np.random.default_rng(seed)
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    total = 1200 * np.exp(-((x - 0.1) ** 2 / 0.3 + (y + 0.1) ** 2 / 0.4 + z**2 / 0.5))
    for _ in range(4):
        centre = rng.uniform(-0.5, 0.5, 3)
        radius = rng.uniform(0.1, 0.3)
        r2 = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
        total += 300 * np.exp(-r2 / radius**2)
    for along in (x, y, z):
        total *= np.clip((1 - np.abs(along)) * 6, 0, 1)
    return np.round(total + noise * rng.normal(size=shape)).astype(np.int16)


def closed(shape: trimesh.Trimesh) -> Mesh:
    """A trimesh shape as a mesh."""
    return Mesh(
        np.array(shape.vertices, np.float64),
        np.array(shape.faces, np.int32),
        bool(shape.is_watertight),
    )


def ball(radius_mm: float, subdivisions: int = 4) -> Mesh:
    """An icosphere about the origin."""
    return closed(trimesh.creation.icosphere(subdivisions, radius_mm))


def box(x_mm: float, y_mm: float, z_mm: float) -> Mesh:
    """A box about the origin."""
    return closed(trimesh.creation.box((x_mm, y_mm, z_mm)))


def chords(camera: Camera, centre_mm: np.ndarray, radius_mm: float) -> np.ndarray:
    """(height, width) float64 path lengths of each pixel's ray through a sphere."""
    rows, columns = np.mgrid[: camera.height, : camera.width]
    rays = camera.pixel_to_world(columns, rows) - camera.source_mm
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    to_centre = np.asarray(centre_mm) - camera.source_mm
    along = rays @ to_centre
    miss2 = to_centre @ to_centre - along**2
    half = np.sqrt(np.maximum(radius_mm**2 - miss2, 0.0))
    return np.maximum(along + half, 0) - np.maximum(along - half, 0)


def box_paths(camera: Camera, size_mm: np.ndarray, world_from_box: np.ndarray) -> np.ndarray:
    """(height, width) float64 path lengths through a box of any affine, from the source."""
    rows, columns = np.mgrid[: camera.height, : camera.width]
    rays = camera.pixel_to_world(columns, rows) - camera.source_mm
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    inverse = np.linalg.inv(world_from_box)
    source = inverse[:3, :3] @ camera.source_mm + inverse[:3, 3]
    direction = rays @ inverse[:3, :3].T
    direction = np.where(np.abs(direction) < 1e-12, 1e-12, direction)
    half = np.asarray(size_mm) / 2
    one, two = (-half - source) / direction, (half - source) / direction
    begin = np.maximum(np.minimum(one, two).max(-1), 0.0)
    end = np.maximum(one, two).min(-1)
    return np.maximum(end - begin, 0.0)
