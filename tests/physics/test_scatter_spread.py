"""The scatter of a coarse primary against the model's sum written out plainly in float64."""

import numpy as np
import pytest
from chain_scenes import scatter_of, scene
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import gaussian_filter

from synthex_gui.physics.detector.response import Response
from synthex_gui.physics.scatter import spread as scatter
from synthex_gui.physics.scatter.kernels import scatter_kernels

KERNELS = scatter_kernels(scene().beam, Response("csi", 200.0))


def shares_of(nodes, thickness):
    """Linear between the nodes, and from 0 to the first."""
    bounds = np.concatenate([[0.0], nodes])
    hats = np.eye(len(bounds))
    return [np.interp(thickness, bounds, hat) for hat in hats[1:]]


def kernel_of(node, gap, shape, cell_cm, sdd_cm):
    before = scatter.GAP_PART * KERNELS.gap_cm[gap] + scatter.WATER_PART * KERNELS.water_cm[node]
    apart = max(1 - before / sdd_cm, 0.3) * cell_cm
    away = [np.minimum(np.arange(n), n - np.arange(n)) for n in shape]
    distance = np.hypot(*np.meshgrid(*away, indexing="ij"))
    return KERNELS.density(node, gap, apart * distance, apart) * cell_cm**2


def plainly(primary, water, gap_cm, cell_cm, sdd_cm):
    nodes, gaps = KERNELS.water_cm, KERNELS.gap_cm
    thickness = np.clip(water.astype(float), 0, nodes[-1])
    around = gaussian_filter(thickness, scatter.SMOOTH_CM / cell_cm, mode="nearest")
    shares = shares_of(nodes, thickness)
    arriving = [
        np.exp(-np.where(around > t, scatter.THICKER, scatter.THINNER) * (around - t))
        for t in nodes
    ]
    own = sum(s * a for s, a in zip(shares, arriving, strict=True))
    source = primary * np.maximum(sum(shares), 1e-6) / np.maximum(own, 1e-6)
    shape = tuple(next_fast_len(2 * n - 1) for n in primary.shape)
    total = np.zeros(primary.shape)
    between = [
        np.interp(np.clip(gap_cm, gaps[0], gaps[-1]), gaps, hat) for hat in np.eye(len(gaps))
    ]
    for t, (share, arrives) in enumerate(zip(shares, arriving, strict=True)):
        waves = rfft2(source * share, shape)
        kernel = sum(
            weight * kernel_of(t, g, shape, cell_cm, sdd_cm) for g, weight in enumerate(between)
        )
        spread = irfft2(waves * rfft2(kernel), shape)
        total += spread[: primary.shape[0], : primary.shape[1]] * arrives
    return np.maximum(total, 0)


def matter(shape, kind):
    down, across = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    rng = np.random.default_rng(5)
    if kind == "body":
        return np.maximum(24 * (1.1 - across**2 - 0.4 * down**2), 0) * rng.uniform(0.95, 1, shape)
    if kind == "slab":
        return np.full(shape, 18.0)
    if kind == "thin":
        return 0.9 * (across > 0.2)
    return np.where(rng.uniform(size=shape) < 0.3, rng.uniform(0, 60, shape), 0.0)


@pytest.mark.parametrize("kind", ["body", "slab", "thin", "anything"])
@pytest.mark.parametrize(("shape", "cell_cm"), [((96, 96), 0.31), ((48, 37), 0.62), ((3, 20), 1.0)])
@pytest.mark.parametrize("gap_cm", [0.0, 17.0, 95.0])
def test_scatter_is_the_plain_sum(kind, shape, cell_cm, gap_cm):
    water = matter(shape, kind).astype(np.float32)
    primary = np.exp(-0.2 * water) * np.linspace(0.5, 1, shape[1], dtype=np.float32)
    expected = plainly(primary, water, gap_cm, cell_cm, 102.0)
    found = scatter_of(KERNELS, primary, water, gap_cm, cell_cm, 102.0)
    assert found.dtype == np.float32
    assert found == pytest.approx(expected, rel=2e-6, abs=1e-6 * expected.max())


def test_what_comes_in_is_left_alone():
    water = matter((20, 30), "anything").astype(np.float32)
    primary = np.ones((20, 30), np.float32)
    primary.setflags(write=False)
    before = water.copy()
    scatter_of(KERNELS, primary, water, 5.0, 1.0, 100.0)
    assert (water == before).all()
