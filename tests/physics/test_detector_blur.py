"""The CsI panel as it is measured: slanted-edge MTF, noise power, electronic noise, quanta."""

import sys
from pathlib import Path

import numpy as np
import pytest
from chain_scenes import camera, exposed, scene

from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.physics.detector.mtf import blur_filter, mtf, transfer
from synthex_gui.physics.detector.response import csi_absorbed
from synthex_gui.physics.matter.materials import material
from synthex_gui.scene.detector import Detector

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
from detector_measures import noise_power, slanted_edge_mtf


def edge(size, degrees=3.0):
    """(size, size) 3 mm of tungsten on one side of a slanted line."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.where(x + np.tan(np.radians(degrees)) * y > 0.3, 5.8, 0.0).astype(np.float32)


@pytest.mark.parametrize("h_mm2", [0.0, 0.25, 1.0])
def test_the_mtf_is_the_set_curve_at_one_and_two_line_pairs(h_mm2):
    view = camera(256)
    document = scene("csi", noise=False, mtf_h_mm2=h_mm2)
    image = exposed(document, view, {"tungsten": edge(256)}).signal
    frequency, found = slanted_edge_mtf(image.astype(np.float64), view.pixel_pitch_mm)
    for at in (1.0, 2.0):
        expected = mtf(document.detector, view.pixel_pitch_mm, at)[0]
        assert np.interp(at, frequency, found) == pytest.approx(expected, rel=0.05)


def test_the_default_curve_is_the_lorentzian_times_the_pixels_sinc():
    expected = 1 / (1 + 0.25 * 2.0**2) * np.sinc(2.0 * 0.194)
    assert mtf(Detector(), 0.194, 2.0)[0] == pytest.approx(expected)


@pytest.mark.parametrize("pixel_mm", [0.15, 0.194, 0.388, 0.776])
def test_the_filter_has_the_curve_along_every_direction(pixel_mm):
    blur = blur_filter(0.25, pixel_mm)
    f = np.linspace(0, 0.4, 9)
    for angle in np.radians([0, 30, 45, 90]):
        down, across = f * np.sin(angle), f * np.cos(angle)
        wanted = np.sinc(down) * np.sinc(across) / (1 + 0.25 * (f / pixel_mm) ** 2)
        assert np.abs(transfer(blur, down, across) / wanted - 1).max() < 0.02


def test_noise_power_follows_the_square_of_the_mtf():
    view = camera(512)
    document = scene("csi", photons=1e5, electronic_noise_photons=0.0)
    images = [
        exposed(document, view, {"water": 5.0}, image_index=n).signal.astype(np.float64)
        for n in range(4)
    ]
    frequency, power = noise_power(images, view.pixel_pitch_mm)
    shape = mtf(document.detector, view.pixel_pitch_mm, frequency) ** 2
    ratio = power / shape
    band = ratio[frequency < 2.0]
    assert np.abs(band / band.mean() - 1).max() < 0.12
    assert np.polyfit(frequency[frequency < 2.0], band / band.mean(), 1)[0] == pytest.approx(
        0, abs=0.03
    )


def test_electronic_noise_is_white_and_as_large_as_set():
    view = camera(512)
    document = scene("csi", photons=1e4, electronic_noise_photons=200.0, mtf_h_mm2=5.0)
    # 10 cm of water leave 900 photons, whose noise this blur nearly takes away.
    image = exposed(document, view, {"water": 10.0}).signal.astype(np.float64)
    assert image.std() * 1e4 == pytest.approx(200.0, rel=0.02)
    _, power = noise_power([image], view.pixel_pitch_mm)
    assert power[20:].mean() == pytest.approx(power[:8].mean(), rel=0.08)


def test_a_binned_preview_has_the_noise_of_its_larger_pixels():
    full, small = camera(256), camera(64, pitch_mm=0.776)
    document = scene("csi", photons=None, electronic_noise_photons=0.0, mtf_h_mm2=0.0)
    document = document.evolve(beam=document.beam.evolve(mas=0.05))
    one = exposed(document, full, {"water": 15.0})
    other = exposed(document, small, {"water": 15.0})
    assert other.photons == pytest.approx(16 * one.photons, rel=1e-6)
    assert other.signal.std() == pytest.approx(one.signal.std() / 4, rel=0.06)


# CsI absorbed fraction of the fluence behind 20 cm water, by kVp and mg/cm2 (xraylib, SpekPy).
ABSORBED = {
    60: (0.77, 0.88, 0.94, 0.97),
    80: (0.63, 0.75, 0.83, 0.90),
    120: (0.46, 0.58, 0.66, 0.75),
}


@pytest.mark.parametrize("kvp", ABSORBED)
def test_quantum_efficiency_is_the_published_one(kvp):
    rays = spectrum(kvp, {"Al": {60: 3.5, 80: 3.0, 120: 4.3}[kvp]})
    behind = rays.fluence * np.exp(-20.0 * material("water").mass_attenuation(rays.energy_kev))
    for mg, expected in zip((100, 150, 200, 270), ABSORBED[kvp], strict=True):
        found = csi_absorbed(rays.energy_kev, mg) @ behind / behind.sum()
        assert found == pytest.approx(expected, rel=0.02)


# T behind water, CsI 200 mg/cm2 (xraylib, SpekPy).
CSI_WATER = {
    (60, 3.5): {1: 0.7420, 10: 6.440e-2, 20: 5.288e-3, 30: 4.798e-4},
    (80, 3.0): {1: 0.7660, 10: 8.539e-2, 20: 8.968e-3, 30: 1.028e-3},
    (120, 4.3): {1: 0.7965, 10: 0.1137, 20: 1.466e-2, 30: 2.022e-3},
}


@pytest.mark.parametrize("beam", CSI_WATER)
def test_csi_weighs_energies_as_the_direct_sum_does(beam):
    document = scene("csi", kvp=beam[0], noise=False)
    document = document.evolve(beam=document.beam.evolve(filtration_mm={"Al": beam[1]}))
    for water, expected in CSI_WATER[beam].items():
        signal = exposed(document, camera(16), {"water": float(water)}).signal
        assert np.log(signal[8, 8]) == pytest.approx(np.log(expected), rel=0.005)
