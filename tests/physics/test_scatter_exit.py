"""The patient's exit: the compiled walk against the same steps in plain Python."""

import numpy as np
import pytest

from synthex_gui.geometry.arrays import Grid, Volume
from synthex_gui.geometry.camera import look
from synthex_gui.physics.scatter import exit as scatter_exit
from synthex_gui.physics.scatter.exit import CoarseMatter

SHEARED = np.array([[6.0, 0.5, 0, -90], [0, 5.5, 1.0, -80], [0.3, 0, 7.0, -120], [0, 0, 0, 1]])


def matter(share=0.05):
    rng = np.random.default_rng(3)
    values = np.where(rng.uniform(size=(30, 28, 26)) < share, 300, -1000).astype(np.int16)
    # Empty layers around, so that less is walked than the volume's box.
    values[:4] = values[-3:] = -1000
    values[:, :, :6] = -1000
    return CoarseMatter.of(Volume(values, Grid(values.shape, SHEARED)))


def view(direction, away_mm, size=(90, 60)):
    z = np.asarray(direction, float) / np.linalg.norm(direction)
    x = np.cross([0.3, 0.2, 0.9], z)
    x /= np.linalg.norm(x)
    rotation = np.stack([x, np.cross(z, x), z])
    return look(-away_mm * z, rotation, 800.0, 4.0, *size)


def plain_gap_mm(coarse, camera):
    """Every step of every ray, as the module says it."""
    step_mm, behind = scatter_exit.STEP_MM, scatter_exit.BEHIND_G_CM2
    count = scatter_exit.RAYS / max(camera.width, camera.height)
    gaps, weights = [], []
    for row in range(round(camera.height * count)):
        for column in range(round(camera.width * count)):
            end = camera.pixel_to_world((column + 0.5) / count - 0.5, (row + 0.5) / count - 0.5)
            along = end - camera.source_mm
            length = np.linalg.norm(along)
            steps = max(int(length / step_mm), 1)
            shares = 1 - (np.arange(steps) + 0.5) / steps
            places = camera.source_mm + shares[:, None] * along
            blocks = places @ coarse.block_from_world[:3, :3].T + coarse.block_from_world[:3, 3]
            at = np.floor(blocks + 0.5).astype(int)
            inside = ((at >= 0) & (at < coarse.density.shape[::-1])).all(axis=1)
            dense = np.zeros(steps)
            x, y, z = at[inside].T
            dense[inside] = coarse.density[z, y, x]
            met = np.cumsum(dense * step_mm * 0.1)
            if met[-1] < behind:
                continue
            first = np.argmax(met >= behind)
            exit_mm = shares[first] * length - step_mm / 2 + 10 * (met[first] - behind)
            exit_mm += 10 * behind
            if exit_mm > 0:
                gaps.append(camera.sdd_mm * (1 - exit_mm / length))
                weights.append(met[-1] * np.exp(-scatter_exit.WATER_PER_CM * met[-1]))
    return max(np.average(gaps, weights=weights), 0.0) if gaps else camera.sdd_mm


@pytest.mark.parametrize(
    ("direction", "away_mm"),
    [
        ((0, -1, 0.1), 500.0),
        ((0, 0, 1), 400.0),
        ((1, 0, 0), 300.0),
        ((1, 1, -0.7), 350.0),
        ((-1, 0.4, 0.2), 10.0),  # source in the matter
        ((0.2, 1, 0.1), 700.0),  # matter reaches behind the detector
        ((0, 1, 0), -200.0),  # all of it behind the source
    ],
)
def test_the_walk_is_the_plain_one(direction, away_mm):
    coarse, camera = matter(), view(direction, away_mm)
    assert coarse.exit_gap_mm(camera) == pytest.approx(plain_gap_mm(coarse, camera), rel=1e-9)


def test_what_is_walked_holds_all_matter_and_no_more():
    coarse = matter()
    first, last = coarse.filled
    inner = tuple(slice(a, b) for a, b in zip(first[::-1], last[::-1], strict=True))
    assert np.count_nonzero(coarse.density[inner]) == np.count_nonzero(coarse.density)
    assert coarse.density[inner].size < 0.7 * coarse.density.size
    for axis in range(3):
        assert coarse.density[inner].any(axis=tuple({0, 1, 2} - {axis}))[[0, -1]].all()
    assert (matter(0.0).filled == 0).all()
