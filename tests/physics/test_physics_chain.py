"""Spectra, attenuation, the polychromatic sum and noise against published and closed-form truth."""

import sys
from pathlib import Path

import numpy as np
import pytest

from synthex_gui.numeric.philox import philox
from synthex_gui.physics.beam.energy_groups import energy_groups
from synthex_gui.physics.beam.spectra import SpectrumError, spectrum
from synthex_gui.physics.detector.response import Response
from synthex_gui.physics.matter.hu import MU_WATER_PER_MM
from synthex_gui.physics.matter.materials import MaterialError, material, material_names

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
from known_matter import transmitted

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


ENERGY = Response("ideal-energy")


def transmission(beam, amounts, groups=48):
    """Signals of single pixels behind {material: g/cm2}."""
    materials = [material(name) for name in amounts]
    found = energy_groups([beam], [12.0], ENERGY, materials, groups)
    areal = np.stack([np.atleast_2d(np.float32(amount)) for amount in amounts.values()])
    return transmitted(found, areal, np.full(areal.shape[1], 12.0))[0]


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
    for centimetres, expected in WATER[beam].items():
        signal = transmission(spectrum(kvp, {"Al": aluminium}), {"water": centimetres})
        assert np.log(signal[0, 0]) == pytest.approx(np.log(expected), rel=0.01)


@pytest.mark.parametrize(("name", "millimetres"), METAL)
def test_metal_transmits_what_the_direct_calculation_says(name, millimetres):
    areal = millimetres * 0.1 * material(name).density_g_cm3
    signal = transmission(spectrum(80, {"Al": 3.0}), {name: areal})
    assert np.log(signal[0, 0]) == pytest.approx(np.log(METAL[name, millimetres]), rel=0.01)


@pytest.mark.parametrize(("groups", "tolerance"), [(16, 0.005), (24, 0.002), (48, 0.0006)])
def test_few_groups_lose_little_of_ln_t(groups, tolerance):
    beam = spectrum(80, {"Al": 2.5})
    energy, weight = beam.energy_kev, beam.fluence * beam.energy_kev
    rng = np.random.default_rng(0)
    water, bone = rng.uniform(0.5, 45, (1, 300)), rng.uniform(0, 15, (1, 300))
    signal = transmission(beam, {"water": water, "bone-cortical": bone}, groups)
    mu = [material(m).mass_attenuation(energy) for m in ("water", "bone-cortical")]
    expected = np.exp(-np.outer(water, mu[0]) - np.outer(bone, mu[1])) @ weight / weight.sum()
    assert np.abs(np.log(signal[0]) / np.log(expected) - 1).max() < tolerance


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
