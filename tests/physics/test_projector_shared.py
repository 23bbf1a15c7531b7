"""Axis copies that processes share: made once, mapped by the rest, and nothing else changes."""

import numpy as np
import pytest
from reference import grid
from scenes import blobs, c_arm

from synthex_gui.physics.backends.base import BackendError, Field, ProjectionRequest, Quality
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.backends.cpu.slab_shelf import SlabShelf

SHAPE = (40, 36, 44)
FIELD = Field(blobs(SHAPE, 30.0), 1e-3, grid(SHAPE, (1, 1.1, 0.9)))


def image_of(quality, shelf=None):
    backend = CpuBackend(1, shelf)
    backend.upload_field("ct", FIELD)
    request = ProjectionRequest(c_arm(20, 10, 64), fields=("ct",), quality=quality)
    return backend.project(request).fields["ct"]


@pytest.mark.parametrize("quality", list(Quality))
def test_shared_copies_give_the_same_bytes(quality, tmp_path):
    alone = image_of(quality)
    for _ in range(2):
        assert np.array_equal(image_of(quality, SlabShelf(tmp_path)), alone)


def test_a_copy_is_made_once_and_mapped_by_the_next(tmp_path):
    made = []

    def make():
        made.append(1)
        return np.arange(12, dtype=np.uint16).reshape(3, 4)

    first = SlabShelf(tmp_path).shared("ct 0 1", make)
    second = SlabShelf(tmp_path).shared("ct 0 1", make)
    assert len(made) == 1
    assert np.array_equal(first, second)
    assert isinstance(second.base, np.memmap)
    assert len(list(tmp_path.glob("*.npy"))) == 1
    assert SlabShelf(tmp_path).shared("ct 1 1", make).base is not None
    assert len(made) == 2


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(BackendError, match="axis copies cannot be shared"):
        SlabShelf(tmp_path / "file").shared("ct", lambda: np.zeros(3))
