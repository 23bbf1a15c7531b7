"""How many runs of columns an image's triangles have is guessed from the images before."""

import numpy as np
import pytest
from cuda_backends import on_fake
from cuda_on_cpu import needs_compiler
from fake_cupy import FakeCupy
from scenes import ball, box, c_arm

from synthex_gui.geometry.transforms import rigid
from synthex_gui.physics.backends.base import PlacedMesh, ProjectionRequest

SMALL, LARGE = c_arm(10, 20, 12), c_arm(10, 20, 150)


@pytest.fixture(autouse=True)
def compiler():
    needs_compiler()


def loaded(fake):
    backend = on_fake(fake)
    backend.upload_mesh("box", box(90, 80, 70))
    backend.upload_mesh("ball", ball(25, 2))
    return backend


def request(camera, *keys, mirrored=False, priority=0):
    place = rigid(None, [1, 2, 3.0])
    if mirrored:
        place = place @ np.diag([-1.0, 1.0, 1.0, 1.0])
    return ProjectionRequest(
        camera, meshes=tuple(PlacedMesh(key, place, n * priority) for n, key in enumerate(keys))
    )


def assert_as_alone(made, wanted):
    expected = loaded(FakeCupy()).project(wanted)
    for found, alone in zip(
        (*made.meshes_mm, *made.whole_mm, made.first_mm),
        (*expected.meshes_mm, *expected.whole_mm, expected.first_mm),
        strict=True,
    ):
        np.testing.assert_array_equal(found, alone)


def test_more_runs_than_before_are_counted_again():
    fake = FakeCupy()
    backend = loaded(fake)
    for camera, counts in ((SMALL, 2), (LARGE, 2), (SMALL, 1), (LARGE, 1)):
        wanted = request(camera, "box")
        fake.launched.clear()
        made = backend.project(wanted)
        assert fake.launched.count("count_hits") == counts
        assert fake.launched.count("place_hits") == 1
        assert_as_alone(made, wanted)
        assert made.whole_mm[0].max() > 60


def test_nothing_of_one_image_is_left_for_the_next():
    backend = loaded(FakeCupy())
    for wanted in (
        request(LARGE, "box", "ball"),
        request(LARGE, "box", "ball", priority=1),
        request(LARGE, "box", "ball", priority=-1),
        request(LARGE, "ball", "box"),
        request(SMALL, "ball", mirrored=True),
        request(SMALL, "ball"),
    ):
        assert_as_alone(backend.project(wanted), wanted)


@pytest.mark.parametrize("key", ["box", "ball"])
def test_a_mesh_that_was_replaced_is_joined_anew(key):
    backend = loaded(FakeCupy())
    wanted = request(LARGE, "box", "ball")
    backend.project(wanted)
    backend.upload_mesh(key, box(5, 6, 7))
    made = backend.project(wanted)
    assert 4 < made.whole_mm[("box", "ball").index(key)].max() < 11
