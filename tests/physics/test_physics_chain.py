"""Spectra, attenuation, the polychromatic sum and noise against published and closed-form truth."""

import numpy as np
import pytest

from synthex_gui.physics.hu import MU_WATER_PER_MM
from synthex_gui.physics.materials import MaterialError, material, material_names
from synthex_gui.physics.noise import add_quantum_noise, philox
from synthex_gui.physics.polychromatic import (
    add_metal,
    binned,
    signal_from_table,
    transmission_table,
)
from synthex_gui.physics.spectra import SpectrumError, spectrum

# SpekPy casim, 12 degrees, 3 mm Al: kVp -> (half-value layer mm Al, mean energy keV).
SPEKPY = {60: (2.31, 36.8), 80: (3.03, 43.8), 100: (3.82, 50.1), 120: (4.62, 55.4)}
# Water, energy-integrating, xraylib and SpekPy: (kVp, mm Al) -> {cm: transmission}.
WATER = {
    (60, 3.5): {1: 0.7417, 10: 6.423e-2, 20: 5.303e-3, 30: 4.854e-4},
    (80, 3.0): {1: 0.7695, 10: 8.884e-2, 20: 9.668e-3, 30: 1.144e-3},
    (100, 3.0): {1: 0.7884, 10: 0.1077, 20: 1.358e-2, 30: 1.833e-3},
    (120, 4.3): {1: 0.8050, 10: 0.1251, 20: 1.750e-2, 30: 2.595e-3},
}
METAL = {("Ti6Al4V", 1): 0.4998, ("Ti6Al4V", 10): 2.171e-2, ("316L", 1): 0.1919}


def image(value):
    return np.full((1, 4), value, dtype=np.float32)


def test_water_at_60_kev_is_the_attenuation_of_the_line_integral():
    # NIST XCOM: 0.2059 cm2/g.
    assert material("water").attenuation_per_mm(60.0) == pytest.approx(MU_WATER_PER_MM, rel=1e-3)


@pytest.mark.parametrize("kvp", SPEKPY)
def test_half_value_layer_and_mean_energy_are_spekpys(kvp):
    beam = spectrum(kvp, {"Al": 3.0})
    hvl, mean = SPEKPY[kvp]
    assert beam.half_value_layer_mm_al() == pytest.approx(hvl, rel=0.02)
    assert beam.mean_kev == pytest.approx(mean, abs=0.3)


@pytest.mark.parametrize("beam", WATER)
def test_water_transmits_what_the_direct_calculation_says(beam):
    kvp, aluminium = beam
    table = transmission_table(spectrum(kvp, {"Al": aluminium}))
    for centimetres, expected in WATER[beam].items():
        signal, _ = signal_from_table(table, image(centimetres), image(0))
        assert np.log(signal[0, 0]) == pytest.approx(np.log(expected), rel=0.01)


def test_the_table_is_the_direct_sum_within_1e_3_of_ln_t():
    beam = spectrum(80, {"Al": 2.5})
    energy, weight = beam.energy_kev, beam.fluence / beam.fluence.sum()
    rng = np.random.default_rng(0)
    water = rng.uniform(0, 45, 300).astype(np.float32)[None]
    bone = rng.uniform(0, 15, 300).astype(np.float32)[None]
    signal, _ = signal_from_table(transmission_table(beam), water, bone)
    mu = [material(m).mass_attenuation(energy) for m in ("water", "bone-cortical")]
    through = np.exp(-np.outer(water[0], mu[0]) - np.outer(bone[0], mu[1]))
    expected = through @ (weight * energy) / (weight @ energy)
    assert np.abs(np.log(signal[0]) / np.log(expected) - 1).max() < 1e-3


@pytest.mark.parametrize(("name", "millimetres"), METAL)
def test_metal_transmits_what_the_direct_calculation_says(name, millimetres):
    metal = material(name)
    zero = image(0)
    signal, variance = np.ones_like(zero), np.ones_like(zero)
    areal = image(millimetres * 0.1 * metal.density_g_cm3)
    add_metal(spectrum(80, {"Al": 3.0}), 64, zero, zero, [(metal, areal)], signal, variance)
    assert np.log(signal[0, 0]) == pytest.approx(np.log(METAL[name, millimetres]), rel=0.01)


def test_sixty_four_bins_lose_less_than_a_thousandth_of_ln_t():
    beam = spectrum(80, {"Al": 2.5})
    water = material("water")
    energy, weight, mu = binned(beam, 64, [water])
    binned_t = weight * energy @ np.exp(-mu[:, 0] * 20) / (weight @ energy)
    fine = beam.fluence * beam.energy_kev
    exact = fine @ np.exp(-water.mass_attenuation(beam.energy_kev) * 20) / fine.sum()
    assert np.log(binned_t) == pytest.approx(np.log(exact), rel=1e-3)


def test_photon_numbers_match_the_open_field_of_a_published_tube():
    # 80 kVp, 3 mm Al, 0.194 mm pixel at 1 m: 5.18e4 photons per mAs (SpekPy).
    assert spectrum(80, {"Al": 3.0}).photons_per_pixel(1.0, 1000.0, 0.194) == pytest.approx(
        5.18e4, rel=0.05
    )


def test_philox_gives_the_published_known_answers():
    # Random123 known-answer file, philox4x32 with 10 rounds.
    assert [int(v) for v in philox(0, 0, 0, 0, 0, 0)] == [
        0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8,
    ]  # fmt: skip
    ones = 0xFFFFFFFF
    assert [int(v) for v in philox(ones, ones, ones, ones, ones, ones)] == [
        0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD,
    ]  # fmt: skip


def test_noise_has_the_compound_poisson_variance_and_no_memory_of_threads():
    beam = spectrum(80, {"Al": 2.5})
    table = transmission_table(beam)
    water = np.full((512, 512), 10.0, dtype=np.float32)
    signal, variance = signal_from_table(table, water, np.zeros_like(water))
    noisy = [
        add_quantum_noise(signal, variance, 1e4, table.variance_factor, 7, 3, threads)
        for threads in (1, 2, 4)
    ]
    assert np.array_equal(noisy[0], noisy[1])
    assert np.array_equal(noisy[0], noisy[2])
    expected = float(variance[0, 0]) * table.variance_factor / 1e4
    assert noisy[0].var() == pytest.approx(expected, rel=0.02)
    assert noisy[0].mean() == pytest.approx(float(signal[0, 0]), rel=1e-3)
    other = add_quantum_noise(signal, variance, 1e4, table.variance_factor, 7, 4)
    assert abs(np.corrcoef(noisy[0].ravel(), other.ravel())[0, 1]) < 0.01


def test_every_named_material_attenuates_and_formulas_work():
    for name in material_names():
        assert material(name).attenuation_per_mm() > 0
    assert material("H2O@1.0").attenuation_per_mm() == pytest.approx(
        material("water").attenuation_per_mm(), rel=1e-3
    )


@pytest.mark.parametrize("name", ["unobtainium", "Xx@1", "H2O@0", "H2O@heavy"])
def test_what_is_no_material_is_refused(name):
    with pytest.raises(MaterialError):
        material(name)


@pytest.mark.parametrize("kvp", [20, 200])
def test_a_voltage_outside_the_table_is_refused(kvp):
    with pytest.raises(SpectrumError, match="outside the table"):
        spectrum(kvp, {})
