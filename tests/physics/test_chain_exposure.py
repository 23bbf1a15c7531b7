"""The chain as a whole: open field, heel, exposure control, preview against still, lag, panel."""

import sys
from pathlib import Path

import numpy as np
import pytest
from chain_scenes import camera, exposed, scene

from synthex_gui.physics.backends.base import Quality
from synthex_gui.physics.beam.energy_groups import energy_groups
from synthex_gui.physics.beam.shape import exposure_map
from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.physics.detector.response import Response
from synthex_gui.physics.matter.materials import material
from synthex_gui.scene.beam import Collimator

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
from known_matter import expose, transmitted
from physics_checks import fine_spectrum
from physics_gate import compare_gate
from physics_reference import NIST, NIST_KEV

WIDE = {"pitch_mm": 300 / 96}


@pytest.mark.parametrize("kind", ["ideal-energy", "ideal-count", "csi"])
@pytest.mark.parametrize("side", ["top", "left"])
def test_an_open_field_is_one_everywhere_whatever_the_heel(kind, side):
    document = scene(kind, noise=False, heel_effect=True, anode_side=side)
    view = camera(96, **WIDE)
    assert exposure_map(document.beam, view).min() < 0.9
    signal = exposed(document, view, {"water": 0.0}).signal
    assert np.abs(signal - 1).max() < (2e-3 if kind == "csi" else 1e-5)


@pytest.mark.parametrize(("side", "axis"), [("top", 0), ("bottom", 0), ("left", 1), ("right", 1)])
def test_the_heel_hardens_the_beam_towards_the_anode(side, axis):
    document = scene(noise=False, heel_effect=True, anode_side=side)
    signal = exposed(document, camera(96, **WIDE), {"water": 10.0}).signal
    line = signal.mean(axis=1 - axis)
    first, last = (line[0], line[-1]) if side in ("top", "left") else (line[-1], line[0])
    # Flat-fielded, what is left is the spectrum's shape: 8.5 degrees nearer the anode ln T is
    # 2 to 3 % smaller.
    centre = np.log(line[48])
    assert -0.04 < np.log(first) / centre - 1 < -0.015
    assert 0.003 < np.log(last) / centre - 1 < 0.015


def test_the_heel_shows_in_the_noise():
    document = scene(photons=1e4, heel_effect=True, anode_side="top")
    signal = exposed(document, camera(96, **WIDE), {}).signal
    assert signal[:12].std() > 1.07 * signal[-12:].std()


def test_each_angles_weights_sum_to_one_and_interpolate():
    rays = [spectrum(80, {"Al": 2.5}, angle) for angle in (6.0, 12.0)]
    groups = energy_groups(rays, [6.0, 12.0], Response("csi", 200.0), [material("water")], 48)
    first, second = groups.at_angles(np.array([5.0, 6.0, 8.0, 12.0, 20.0]))
    assert first.sum(axis=1) == pytest.approx(1)
    assert first[0] == pytest.approx(first[1])
    assert (second.sum(axis=1) > 1).all()


@pytest.mark.parametrize("kvp", [60, 120])
@pytest.mark.parametrize(("name", "cm"), [("water", 30), ("bone-cortical", 5), ("316L", 1)])
def test_transmission_against_a_tenth_of_a_kev(kvp, name, cm):
    rays = spectrum(kvp, {"Al": 3.0})
    what = material(name)
    areal = cm * what.density_g_cm3
    groups = energy_groups([rays], [12.0], Response("ideal-energy"), [what], 48)
    found = transmitted(groups, np.full((1, 1, 1), areal, np.float32), np.array([12.0]))[0][0, 0]
    energy, fluence = fine_spectrum(rays.energy_kev, rays.fluence)
    weight = energy * fluence
    exact = weight @ np.exp(-areal * what.mass_attenuation(energy)) / weight.sum()
    assert np.log(found) == pytest.approx(np.log(exact), rel=0.005)


@pytest.mark.parametrize("name", NIST)
def test_attenuation_is_nists_at_its_nodes(name):
    found = material(name).mass_attenuation(np.array(NIST_KEV, dtype=float))
    assert found == pytest.approx(np.array(NIST[name]), rel=0.002)


@pytest.mark.data
def test_gates_images_of_spheres(data_folder):
    rows = compare_gate(data_folder)
    assert len(rows) > 25
    assert max(abs(row["error"]) for row in rows) < 0.01


def test_blades_stay_visible():
    document = scene(noise=False).evolve(collimator=Collimator(left_mm=50.0))
    row = exposed(document, camera(96, **WIDE), {}).signal[48]
    assert row[60] == pytest.approx(1, abs=1e-5)
    assert row[4] < 0.01


def controlled(water, **changes):
    document = scene("csi", photons=None, exposure_control=True, target_photons=500.0, **changes)
    return document, exposed(document, camera(96, 1.0), {"water": water})


@pytest.mark.parametrize("water", [5.0, 15.0, 25.0])
def test_exposure_control_gives_the_middle_its_target(water):
    document, found = controlled(water)
    wanted = 500.0 * (1.0 / 0.2) ** 2
    middle = found.signal[32:64, 32:64].mean(dtype=float) * found.photons
    assert middle == pytest.approx(wanted, rel=0.02)
    again = exposed(
        document.evolve(
            beam=document.beam.evolve(mas=found.mas, exposure_control=False),
        ),
        camera(96, 1.0),
        {"water": water},
    )
    assert again.photons == pytest.approx(found.photons, rel=1e-9)
    assert np.array_equal(again.signal, found.signal)


def test_exposure_control_stops_at_what_a_generator_gives():
    _, found = controlled(200.0)
    assert found.mas == pytest.approx(1000.0, rel=1e-12)


@pytest.mark.parametrize("quality", [Quality.FAST, Quality.DRAG])
def test_previews_look_like_stills(quality):
    document = scene("csi", noise=False, scatter=True, heel_effect=True)
    view = camera(96, **WIDE)
    y, x = np.mgrid[:96, :96]
    water = (12 + 8 * np.sin(x / 9) * np.cos(y / 7)).astype(np.float32)
    still, preview = (
        exposed(document, view, {"water": water}, exit_gap_mm=200.0, quality=each).signal
        for each in (Quality.EXACT, quality)
    )
    assert np.abs(np.log(preview) / np.log(still) - 1).max() < 0.01


def test_lag_keeps_a_part_of_the_last_frame():
    view = camera(64)
    document = scene("csi", noise=False, lag=0.2)
    dark = exposed(document, view, {"water": 20.0}).signal
    bright = exposed(document, view, {}).signal
    after = exposed(document, view, {"water": 20.0}, previous=bright).signal
    assert after == pytest.approx(0.8 * dark + 0.2 * bright, rel=1e-4)
    # Without a frame before it, as in every single image, nothing lags.
    assert np.array_equal(dark, exposed(document.evolve(
        detector=document.detector.evolve(lag=0.0)), view, {"water": 20.0}).signal)  # fmt: skip


def test_the_flat_field_takes_the_gains_out():
    view = camera(128)
    plain = scene("csi", noise=False)
    uneven = scene("csi", noise=False, gain_spread=0.1, saturation=10.0)
    one, other = (exposed(each, view, {"water": 5.0}).signal for each in (plain, uneven))
    assert other == pytest.approx(one, rel=1e-5)


def test_bright_signal_saturates_and_counts_are_whole():
    document = scene("csi", saturation=0.5, bit_depth=8, photons=1e6)
    signal = exposed(document, camera(64), {}).signal
    assert signal.max() < 0.503
    dark = exposed(document, camera(64), {"water": 3.0}).signal
    open_field = exposure_map(document.beam, camera(64))
    counts = np.sqrt(dark * open_field / 0.5) * 255
    assert np.abs(counts - np.rint(counts)).max() < 1e-2


def test_dead_pixels_take_their_neighbours_median():
    view = camera(128)
    clean = exposed(scene("csi", photons=1e3, dead_pixels=0.0), view, {}).signal
    mended = exposed(scene("csi", photons=1e3, dead_pixels=0.01), view, {}).signal
    changed = np.argwhere(clean != mended)
    assert 0.005 < len(changed) / clean.size < 0.015
    assert np.isfinite(mended).all()
    row, column = next(at for at in changed if 1 < at[0] < 126 and 1 < at[1] < 126)
    near = clean[row - 1 : row + 2, column - 1 : column + 2].ravel()
    assert near.min() <= mended[row, column] <= near.max()


def test_the_focal_spot_blurs_what_stands_far_from_the_detector():
    view = camera(128)
    plate = np.where(np.arange(128) > 64, 20.0, 0.0).astype(np.float32)[None] * np.ones((128, 1))
    document = scene(noise=False, focal_spot_mm=1.0)
    near, far = (
        exposed(document, view, {"water": plate}, object_mm=at).signal[64] for at in (990.0, 500.0)
    )
    assert np.abs(np.diff(near)).max() > 2 * np.abs(np.diff(far)).max()
    assert far.mean() == pytest.approx(near.mean(), rel=2e-3)


def test_metal_alone_scatters_nothing():
    view = camera(64)
    steel = np.full((64, 64), 2.0, np.float32)
    both = []
    for scatter in (True, False):
        document = scene(noise=False, scatter=scatter)
        both.append(expose(document, view, [], [(material("316L"), steel)]).signal)
    assert np.array_equal(*both)
