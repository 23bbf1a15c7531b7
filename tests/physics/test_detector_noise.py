"""Quantum noise: its generator, its moments at any number of photons, and that threads and size of
tiles leave no trace."""

import numpy as np
import pytest
from chain_scenes import camera, exposed, scene
from scipy.stats import poisson

from synthex_gui.numeric.philox import POISSON_BELOW, draw, key_of, to_normals, uniforms
from synthex_gui.physics.beam.energy_groups import groups_of_beam
from synthex_gui.physics.detector.response import Response
from synthex_gui.physics.matter.materials import material


def drawn(photons, count=400_000):
    """Numbers of photons drawn at an expected one."""
    key = key_of(1, 0)
    one, two, normal, noisy = (np.empty(count, np.float32) for _ in range(4))
    uniforms(0, 0, key[0], key[1], one, two)
    to_normals(one, two, normal)
    gain = np.full(count, 0.25, np.float32)
    draw(gain * np.float32(photons), gain, one, normal, noisy)
    return noisy / 0.25


@pytest.mark.parametrize("photons", [0.05, 0.7, 3, 12, 29, 31, 1000])
def test_few_or_many_photons_have_poissons_mean_and_variance(photons):
    found = drawn(photons)
    error = 4 / np.sqrt(len(found) * photons)
    assert found.mean() / photons == pytest.approx(1, abs=error)
    assert found.var() / photons == pytest.approx(1, abs=0.01 + 2 * error)


@pytest.mark.parametrize("photons", [0.05, 0.7, 3, 12, 29])
def test_few_photons_are_distributed_as_poissons_law(photons):
    assert photons < POISSON_BELOW
    found = drawn(photons)
    for k in range(int(photons + 3 * np.sqrt(photons)) + 1):
        expected = poisson.pmf(k, photons)
        error = 5 * np.sqrt(expected / len(found)) + 1e-6
        assert (np.abs(found - k) < 1e-3).mean() == pytest.approx(expected, abs=error)


def test_no_photon_makes_no_noise():
    assert not drawn(0.0, 1000).any()


@pytest.mark.parametrize("water", [0.0, 10.0, 25.0])
@pytest.mark.parametrize("kind", ["ideal-energy", "ideal-count"])
def test_variance_over_mean_is_the_compound_poisson_one(kind, water):
    photons = 2e4
    image = exposed(scene(kind, photons=photons), camera(256), {"water": water}).signal
    expected = exposed(scene(kind, photons=photons, noise=False), camera(256), {"water": water})
    mean = expected.signal.astype(np.float64)
    beam = scene(kind).beam
    groups = groups_of_beam(beam, Response(kind), [material("water")], 96)
    through = np.exp(-groups.mu[:, 0] * water)
    # Rays off the centre cross the same amount here: only the open field varies, by 0.1 %.
    variance = (groups.second[0] @ through) / photons
    assert image.mean() == pytest.approx(mean.mean(), rel=4 * variance**0.5 / mean.mean() / 256)
    assert (image - mean).var() == pytest.approx(variance, rel=0.03)


@pytest.mark.parametrize("kind", ["ideal-energy", "csi"])
def test_the_same_bytes_for_any_number_of_threads(kind):
    document = scene(kind, photons=300.0, scatter=True, heel_effect=True, gain_spread=0.02)
    images = [
        exposed(document, camera(200), {"water": 12.0}, threads=n, exit_gap_mm=50.0).signal
        for n in (1, 2, 5)
    ]
    assert np.array_equal(images[0], images[1])
    assert np.array_equal(images[0], images[2])


def test_another_image_of_a_series_has_other_noise():
    document = scene(photons=1e3)
    one, other = (exposed(document, camera(), {"water": 5.0}, image_index=n).signal for n in (0, 1))
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.03


def test_neighbours_of_an_ideal_detector_are_independent():
    image = exposed(scene(photons=1e4), camera(256), {}).signal
    noise = image - image.mean()
    for shifted in (np.roll(noise, 1, 0), np.roll(noise, 1, 1), np.roll(noise, 64, 0)):
        assert abs((noise * shifted).mean()) < 0.02 * noise.var()
