"""HU maps: published figures, mixtures of two basis materials, and the error they leave."""

import numpy as np
import pytest

from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.physics.matter.basis import FIT_KEV, LIPID_BONE, WATER_BONE, mixture_of
from synthex_gui.physics.matter.fields import TISSUES, fields_of
from synthex_gui.physics.matter.hu_maps import partial_densities, schneider2000
from synthex_gui.physics.matter.materials import Material, MaterialError, material
from synthex_gui.scene.beam import HuMap, Matter

ZERO = 32768
MAPS = ("water-bone", "schneider", "deepdrr")
# Error of mu_eff in a radiograph (80 kVp, 3 mm Al, 15 cm water) of what a CT (120 kVp, 6 mm Al,
# 20 cm water) shows ideally, percent: water-bone, Schneider, DeepDRR.
PUBLISHED = {
    "lung": (-0.7, 2.7, 2.3),
    "adipose": (3.2, -0.2, 6.0),
    "water": (0.0, -1.8, 2.7),
    "muscle": (1.8, 0.1, 0.6),
    "blood": (2.1, 0.0, -0.3),
    "bone-trabecular": (0.1, 4.1, -17.6),
}


def table(kind):
    return fields_of(Matter(hu_map=HuMap(kind=kind)))


def mu_at(plan, hu, energy):
    """1/cm of what a map makes of a CT number."""
    index = hu + ZERO
    return sum(
        density[0, index] * item.mass_attenuation(energy)
        for density, item in zip(plan.tables, plan.materials, strict=True)
    )


def effective(mu_per_cm, beam, energy, water_cm):
    """mu_eff [1/cm] of a thin layer behind water, energy-integrating."""
    weight = beam.fluence * energy * np.exp(-material("water").mass_attenuation(energy) * water_cm)
    return float(weight @ mu_per_cm / weight.sum())


def ideal_hu(tissue):
    beam = spectrum(120, {"Al": 6.0})
    energy = beam.energy_kev
    own = effective(tissue.mass_attenuation(energy) * tissue.density_g_cm3, beam, energy, 20)
    water = effective(material("water").mass_attenuation(energy), beam, energy, 20)
    return round(1000 * (own / water - 1))


@pytest.mark.parametrize("tissue", PUBLISHED)
def test_the_error_of_each_map_is_what_was_measured(tissue):
    beam = spectrum(80, {"Al": 3.0})
    energy = beam.energy_kev
    what = material(tissue)
    truth = effective(what.mass_attenuation(energy) * what.density_g_cm3, beam, energy, 15)
    for kind, published in zip(MAPS, PUBLISHED[tissue], strict=True):
        got = effective(mu_at(table(kind), ideal_hu(what), energy), beam, energy, 15)
        # Lung's figures hang on half a CT number: 0.2 % of its density.
        assert 100 * (got / truth - 1) == pytest.approx(published, abs=0.5), kind


def test_cortical_bone_is_cortical_bone_in_the_default_map():
    plan = table("water-bone")
    assert plan.materials == (material("water"), material("bone-cortical"))
    assert plan.tables[:, 0, ZERO + 1682] == pytest.approx([0, 1.92])
    assert plan.tables[:, 0, ZERO] == pytest.approx([1, 0])
    assert plan.tables[:, 0, ZERO - 1000] == pytest.approx([0, 0])


@pytest.mark.parametrize("tissue", schneider2000().tissues, ids=lambda item: item.name)
def test_every_schneider_tissue_is_a_mixture_of_lipid_and_bone(tissue):
    mixture = mixture_of(tissue, LIPID_BONE)
    assert mixture.fits
    assert mixture.rms < 7e-4
    for kvp, water_cm in ((60, 20), (80, 15), (120, 0)):
        beam = spectrum(kvp, {"Al": 3.0})
        energy = beam.energy_kev
        parts = zip(mixture.amounts, LIPID_BONE, strict=True)
        mixed = sum(n * material(name).mass_attenuation(energy) for n, name in parts)
        exact = effective(tissue.mass_attenuation(energy), beam, energy, water_cm)
        assert effective(mixed, beam, energy, water_cm) == pytest.approx(exact, rel=5e-3)


# Rays through a body in g/cm2: pelvis AP, obese abdomen, chest, femur, all by Schneider's tissues
# (0 air ... 23 the densest bone).
RAYS = [
    {2: 3.0, 3: 4.0, 7: 14.0, 9: 2.0, 14: 1.5, 23: 1.2},
    {2: 14.0, 3: 8.0, 6: 6.0, 7: 12.0, 8: 1.0, 12: 2.0},
    {1: 3.5, 3: 2.0, 7: 4.0, 8: 1.0, 16: 0.8},
    {3: 2.0, 7: 8.0, 18: 2.0, 23: 4.0},
]


@pytest.mark.parametrize("ray", RAYS)
@pytest.mark.parametrize("kvp", [60, 80, 120])
def test_a_ray_through_many_tissues_in_two_fields(ray, kvp):
    tissues = schneider2000().tissues
    beam = spectrum(kvp, {"Al": 3.0})
    weight = beam.fluence * beam.energy_kev
    exact = sum(areal * tissues[n].mass_attenuation(beam.energy_kev) for n, areal in ray.items())
    amounts = [
        sum(areal * mixture_of(tissues[n], LIPID_BONE).amounts[part] for n, areal in ray.items())
        for part in (0, 1)
    ]
    mixed = sum(
        amount * material(name).mass_attenuation(beam.energy_kev)
        for amount, name in zip(amounts, LIPID_BONE, strict=True)
    )
    logs = [np.log(weight @ np.exp(-total) / weight.sum()) for total in (exact, mixed)]
    assert logs[1] == pytest.approx(logs[0], rel=1e-3)


def test_no_partial_density_is_negative_and_the_mass_is_kept():
    for kind in MAPS:
        plan = table(kind)
        assert (plan.tables >= 0).all()
        mass = np.sum(list(partial_densities(HuMap(kind=kind)).values()), axis=0)
        # The mixture's mass may differ a little: its hydrogen does.
        assert plan.tables[:, 0].sum(axis=0) == pytest.approx(mass, rel=0.1)


def test_fat_needs_lipid_and_the_rest_of_the_body_does_not():
    assert not mixture_of(material("adipose"), WATER_BONE).fits
    for name in TISSUES - {"adipose", "lipid", "soft-tissue"}:
        assert mixture_of(material(name), WATER_BONE).fits, name
    for name in ("Ti6Al4V", "316L", "iohexol-350", "bone-cement", "tantalum"):
        assert not mixture_of(material(name), LIPID_BONE).fits, name


def test_the_mixture_is_the_best_one():
    mixture = mixture_of(material("muscle"), LIPID_BONE)
    columns = [material(name).mass_attenuation(FIT_KEV) for name in LIPID_BONE]
    wanted = material("muscle").mass_attenuation(FIT_KEV)

    def rms(a, b):
        return np.sqrt(np.mean(((a * columns[0] + b * columns[1]) / wanted - 1) ** 2))

    a, b = mixture.amounts
    assert rms(a, b) == pytest.approx(mixture.rms)
    assert all(rms(a + da, b + db) > mixture.rms for da in (-1e-3, 1e-3) for db in (-1e-3, 0, 1e-3))


def test_schneiders_densities_and_the_end_of_its_compositions():
    curve = schneider2000()
    hu = np.array([-1000.0, -98, -50, 20, 50, 500, 1600])
    # The published straight lines, g/cm3.
    lines = [
        0.00121, 0.93, 1.018 - 0.893e-3 * 50, 1.0307, 1.003 + 1.169e-3 * 50,
        1.017 + 0.592e-3 * 500, 1.017 + 0.592e-3 * 1600,
    ]  # fmt: skip
    assert curve.density(hu) == pytest.approx(lines, abs=2.5e-3)
    at_dense = [name for name, part in partial_densities(HuMap(kind="schneider")).items()
                if part[ZERO + 2500] > 0]  # fmt: skip
    assert [item.name for item in at_dense] == ["schneider-bone-15"]
    numbers = {z for z, _ in at_dense[0].fractions}
    assert numbers <= {1, 6, 7, 8, 11, 12, 15, 16, 20}


def test_deepdrrs_formula_and_thresholds():
    parts = {item.name: part for item, part in partial_densities(HuMap(kind="deepdrr")).items()}
    for hu, name, density in (
        (-800, "air", 1.03 - 0.8232),
        (-799, "muscle", 1.03 - 0.001029 * 799),
        (350, "muscle", 1.03 + 0.0005886 * 350),
        (351, "bone-cortical", 1.03 + 0.0005886 * 351),
        (-1024, "air", 0.0),
    ):
        assert parts[name][ZERO + hu] == pytest.approx(density, abs=1e-9)
        assert sum(part[ZERO + hu] for part in parts.values()) == pytest.approx(density, abs=1e-9)


def test_the_users_points_are_joined_by_straight_lines():
    points = ((-1000.0, 0.0, "air"), (0.0, 1.0, "water"), (2000.0, 2.0, "bone-cortical"))
    plan = fields_of(Matter(hu_map=HuMap(kind="points", points=points)))
    assert plan.basis == WATER_BONE
    assert plan.tables[:, 0, ZERO - 500] == pytest.approx([0.5, 0])
    assert plan.tables[:, 0, ZERO + 500] == pytest.approx([0.75, 0.5])
    assert plan.tables[:, 0, ZERO + 5000] == pytest.approx([0, 2])
    assert plan.tables[:, 0, 0] == pytest.approx([0, 0])


def test_a_point_of_metal_has_a_field_of_its_own():
    points = ((0.0, 1.0, "water"), (3000.0, 4.43, "Ti6Al4V"))
    plan = fields_of(Matter(hu_map=HuMap(kind="points", points=points)))
    assert [item.name for item in plan.materials] == ["water", "bone-cortical", "Ti6Al4V"]
    assert plan.tables[:, 0, ZERO + 1500] == pytest.approx([0.5, 0, 2.215])


def test_a_point_of_nothing_is_refused():
    with pytest.raises(MaterialError, match="unobtainium"):
        fields_of(Matter(hu_map=HuMap(kind="points", points=((0.0, 1.0, "unobtainium"),))))


def test_materials_are_told_apart_by_composition():
    assert isinstance(schneider2000().tissues[0], Material)
    assert len(set(schneider2000().tissues)) == 24
