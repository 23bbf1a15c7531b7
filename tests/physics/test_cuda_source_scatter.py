"""Scatter and exposure control on the CUDA kernels next to the CPU's, on the same coarse grids."""

from __future__ import annotations

import numpy as np
import pytest
from chain_scenes import scatter_of, scene
from cuda_backends import KINDS, make_backend, on_fake
from fake_cupy import FakeCupy
from test_scatter_spread import matter

from synthex_gui.physics.backends.cuda.scatter import CudaScatter
from synthex_gui.physics.detector.response import Response
from synthex_gui.physics.scatter.kernels import scatter_kernels
from synthex_gui.physics.scatter.spread import scatter_stage

KERNELS = scatter_kernels(scene().beam, Response("csi", 200.0))


class Scatters:
    """`CudaScatter` with arrays of the host on both ends."""

    def __init__(self, backend) -> None:
        self.device = backend._device
        self.scatter = CudaScatter(self.device)

    def __call__(self, primary, water, gap_cm, cell_cm, passing=1.0):
        stage = scatter_stage(KERNELS, primary.shape, gap_cm, cell_cm, 102.0, passing)
        with self.device.running("scatter"):
            coarse = self.device.upload(np.stack([primary, water]))
            return self.device.download(self.scatter.arriving(coarse, stage))


@pytest.fixture(scope="module", params=KINDS)
def scatters(request):
    backend = make_backend(request.param)
    yield Scatters(backend)
    backend.close()


def coarse(kind, shape):
    water = matter(shape, kind).astype(np.float32)
    return np.exp(-0.2 * water) * np.linspace(0.5, 1, shape[1], dtype=np.float32), water


@pytest.mark.parametrize("kind", ["body", "slab", "thin", "anything"])
@pytest.mark.parametrize(
    ("shape", "cell_cm"), [((96, 96), 0.31), ((48, 37), 0.62), ((3, 20), 1.0), ((1, 1), 1.0)]
)
@pytest.mark.parametrize("gap_cm", [0.0, 17.0, 95.0])
def test_scatter_is_the_cpus(scatters, kind, shape, cell_cm, gap_cm):
    primary, water = coarse(kind, shape)
    expected = scatter_of(KERNELS, primary, water, gap_cm, cell_cm, 102.0)
    found = scatters(primary, water, gap_cm, cell_cm)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-6 * expected.max())
    assert (expected.max() > 0) == water.any()


def test_nothing_scatters_in_air(scatters):
    assert not scatters(*(np.full((20, 30), n, np.float32) for n in (1, 0)), 5.0, 1.0).any()


def test_a_grid_lets_its_share_through(scatters):
    given = (*coarse("body", (30, 40)), 20.0, 0.9)
    np.testing.assert_allclose(scatters(*given, 0.25), 0.25 * scatters(*given), rtol=1e-6)


def test_tables_are_taken_across_once(scatters):
    """The next pose has another gap between the same two nodes."""
    fake = FakeCupy()
    scatters = Scatters(on_fake(fake))
    first = coarse("body", (40, 40))
    scatters(*first, 22.0, 0.7)
    sizes, allocate = [], fake._take
    fake._take = lambda size: (sizes.append(size), allocate(size))[1]
    scatters(*first, 27.0, 0.7)
    taken = [np.prod(KERNELS.water_cm.shape) * 40 * 40 * 4] * 2
    assert sizes.count(taken[0]) == len(taken), "parts and blended kernels alone"


@pytest.mark.parametrize("kind", ["body", "anything"])
def test_same_bytes_in_any_order_of_threads(kind):
    seen = []
    for backwards in (False, True):
        fake = FakeCupy()
        fake.kernels.backwards = backwards
        try:
            seen.append(Scatters(on_fake(fake))(*coarse(kind, (50, 37)), 17.0, 0.6).tobytes())
        finally:
            fake.kernels.backwards = False
    assert seen[0] == seen[1]
