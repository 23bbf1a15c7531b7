"""Air kerma against SpekPy's figures; dose-area product against closed forms."""

import json
import math

import numpy as np
import pytest

from synthex_gui.geometry.camera import look
from synthex_gui.physics.beam.dose import air_kerma_ugy_per_mas, dose_of
from synthex_gui.physics.beam.shape import exposure_map
from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.scene.beam import Beam, Collimator

# SpekPy casim, 12 degrees, 3 mm Al: uGy per mAs at 1 m.
KERMA = {
    40: 14.4, 50: 26.7, 60: 40.3, 70: 54.6, 80: 70.2, 90: 86.9,
    100: 104.5, 110: 123.3, 120: 142.2, 130: 162.0, 140: 182.7, 150: 203.7,
}  # fmt: skip
COPPER = {0.1: 35.8, 0.2: 23.1, 0.3: 16.5, 0.6: 7.8, 0.9: 4.4}
FLAT = Beam(kvp=80, filtration_mm={"Al": 3.0}, heel_effect=False, focal_spot_mm=0.0)


def camera(size=200, field_mm=10.0, sdd_mm=1000.0):
    return look([0, 0, 0], np.eye(3), sdd_mm, field_mm / size, size, size)


@pytest.mark.parametrize("kvp", KERMA)
def test_kerma_per_mas_is_spekpys(kvp):
    assert air_kerma_ugy_per_mas(spectrum(kvp, {"Al": 3.0})) == pytest.approx(KERMA[kvp], rel=0.02)


@pytest.mark.parametrize("copper", COPPER)
def test_behind_copper_too(copper):
    rays = spectrum(80, {"Al": 3.0, "Cu": copper})
    assert air_kerma_ugy_per_mas(rays) == pytest.approx(COPPER[copper], rel=0.03)


def test_a_small_field_has_the_central_kerma_times_its_area():
    dose = dose_of(FLAT, Collimator(), camera(), 530.0, mas=2.0)
    at_1_m = air_kerma_ugy_per_mas(spectrum(80, {"Al": 3.0})) * 2.0
    assert dose.dose_area_product_ugy_m2 == pytest.approx(at_1_m * 0.01**2, rel=1e-4)
    assert dose.reference_distance_mm == 380.0
    assert dose.reference_kerma_ugy == pytest.approx(at_1_m / 0.38**2)
    assert dose.mas == 2.0


def test_the_product_does_not_change_with_the_distance_of_the_detector():
    near = dose_of(FLAT, Collimator(), camera(field_mm=250, sdd_mm=1000), 530.0, 1.0)
    far = dose_of(FLAT, Collimator(), camera(field_mm=300, sdd_mm=1200), 530.0, 1.0)
    assert near.dose_area_product_ugy_m2 == pytest.approx(far.dose_area_product_ugy_m2, rel=1e-6)


def test_over_a_wide_field_it_is_the_solid_angle():
    """Kerma times SDD^2 / r^2 times the cosine, summed over a square, is its solid angle."""
    bare = FLAT.evolve(filtration_mm={})
    half = 150.0
    dose = dose_of(bare, Collimator(), camera(300, 2 * half, 500.0), 400.0, 1.0)
    solid = 4 * math.asin(half**2 / (half**2 + 500.0**2))
    expected = air_kerma_ugy_per_mas(spectrum(80, {})) * solid
    assert dose.dose_area_product_ugy_m2 == pytest.approx(expected, rel=1e-4)


def test_blades_cut_the_product_and_not_the_kerma():
    blades = Collimator(
        left_mm=2, right_mm=3, top_mm=1, bottom_mm=1.5, transmission=0.0, source_distance_mm=250
    )
    whole = dose_of(FLAT, Collimator(), camera(), 530.0, 1.0)
    cut = dose_of(FLAT, blades, camera(), 530.0, 1.0)
    ratio = cut.dose_area_product_ugy_m2 / whole.dose_area_product_ugy_m2
    assert ratio == pytest.approx(5 * 2.5 / 100, rel=1e-3)
    assert cut.reference_kerma_ugy == whole.reference_kerma_ugy


def test_the_heel_takes_from_the_product_what_it_takes_from_the_field():
    beam = Beam(kvp=80, filtration_mm={"Al": 3.0}, anode_deg=8, focal_spot_mm=0.0)
    cam = camera(100, 300.0)
    flat = dose_of(beam.evolve(heel_effect=False), Collimator(), cam, 530.0, 1.0)
    heel = dose_of(beam, Collimator(), cam, 530.0, 1.0)
    shapes = [exposure_map(b, cam).mean() for b in (beam, beam.evolve(heel_effect=False))]
    ratio = heel.dose_area_product_ugy_m2 / flat.dose_area_product_ugy_m2
    assert ratio == pytest.approx(shapes[0] / shapes[1], rel=1e-6)
    assert ratio < 0.95


def test_pulses_give_rates_and_mas_scales_all():
    one = dose_of(FLAT.evolve(pulses_per_s=15.0), Collimator(), camera(), 530.0, 1.0)
    two = dose_of(FLAT, Collimator(), camera(), 530.0, 2.0)
    assert one.kerma_rate_ugy_s == pytest.approx(15 * one.reference_kerma_ugy)
    assert one.dose_area_rate_ugy_m2_s == pytest.approx(15 * one.dose_area_product_ugy_m2)
    assert two.kerma_rate_ugy_s is None
    assert two.reference_kerma_ugy == pytest.approx(2 * one.reference_kerma_ugy)


def test_a_reference_point_behind_the_tube_has_no_kerma():
    dose = dose_of(FLAT, Collimator(), camera(), 150.0, 1.0)
    assert dose.reference_kerma_ugy is None
    assert dose.reference_distance_mm is None


def test_the_record_says_what_it_rests_on():
    record = dose_of(FLAT, Collimator(), camera(), 530.0, 1.0).to_json()
    assert "not measured" in record["basis"]
    assert json.loads(json.dumps(record, allow_nan=False)) == record
