"""What is drawn for an image: by its number alone, and as the distributions say."""

import numpy as np
import pytest
from scipy import stats

from synthex_gui.experiment.draws import draw_factors, grid_count, value_at
from synthex_gui.scene.distributions import Fixed, Listed, Normal, TruncatedNormal, Uniform
from synthex_gui.scene.study import Study

SPREADS = {
    "patient.rx_deg": Uniform(low=-45, high=45),
    "view.primary_deg": Normal(mean=10, sigma=2.5),
    "beam.kvp": TruncatedNormal(mean=80, sigma=20, low=60, high=90),
    "processing.look": Listed(values=("log", "clinical", "raw")),
    "source_isocentre_mm": Fixed(value=816),
}
N = 4000


def drawn(design, name, count=N, seed=1):
    study = Study(factors=SPREADS, design=design)
    return [draw_factors(study, seed, count, index)[name] for index in range(count)]


@pytest.mark.parametrize("design", ["random", "sobol", "latin-hypercube"])
def test_values_follow_their_distributions(design):
    low, high = (60 - 80) / 20, (90 - 80) / 20
    for name, curve in (
        ("patient.rx_deg", stats.uniform(-45, 90)),
        ("view.primary_deg", stats.norm(10, 2.5)),
        ("beam.kvp", stats.truncnorm(low, high, 80, 20)),
    ):
        assert stats.kstest(drawn(design, name), curve.cdf).pvalue > 0.001, name
    looks = drawn(design, "processing.look")
    assert min(looks.count(look) for look in ("log", "clinical", "raw")) > 0.3 * N
    assert set(drawn(design, "source_isocentre_mm")) == {816.0}


@pytest.mark.parametrize("design", ["sobol", "latin-hypercube"])
def test_even_designs_are_more_even_than_chance(design):
    even = np.sort(drawn(design, "patient.rx_deg", 256))
    chance = np.sort(drawn("random", "patient.rx_deg", 256))
    wanted = -45 + 90 * (np.arange(256) + 0.5) / 256
    assert np.abs(even - wanted).max() < 0.5 < np.abs(chance - wanted).max()


@pytest.mark.parametrize("design", ["random", "sobol", "latin-hypercube"])
def test_a_value_depends_on_the_seed_and_the_index_alone(design):
    study = Study(factors=SPREADS, design=design)
    turned = Study(factors=dict(reversed(SPREADS.items())), design=design)
    alone = draw_factors(study, 7, 100, 63)
    assert [draw_factors(study, 7, 100, index) for index in range(100)][63] == alone
    assert draw_factors(turned, 7, 100, 63) == alone
    assert draw_factors(study, 8, 100, 63) != alone
    assert draw_factors(study, 7, 100, 62) != alone


def test_a_random_series_that_is_longer_begins_as_the_shorter_one():
    study = Study(factors=SPREADS)
    assert draw_factors(study, 3, 10, 9) == draw_factors(study, 3, 10_000, 9)


def test_a_grid_takes_every_combination_once():
    factors = {
        "view.primary_deg": Uniform(low=-30, high=30),
        "view.secondary_deg": Uniform(low=0, high=10),
        "processing.look": Listed(values=("log", "raw")),
        "beam.kvp": Fixed(value=70),
    }
    steps = {"view.primary_deg": 3, "view.secondary_deg": 1}
    study = Study(factors=factors, design="grid", steps=steps)
    assert grid_count(study) == 6
    found = [draw_factors(study, 0, 6, index) for index in range(6)]
    assert {row["view.primary_deg"] for row in found} == {-30.0, 0.0, 30.0}
    assert {row["view.secondary_deg"] for row in found} == {5.0}
    assert len({tuple(row.items()) for row in found}) == 6


def test_a_truncated_curve_keeps_its_ends_even_far_out():
    spread = TruncatedNormal(mean=0, sigma=1, low=6, high=7.5)
    values = [value_at(spread, u) for u in (0.0, 0.25, 0.5, 0.75, 1 - 2**-53)]
    assert values == sorted(values)
    assert 6 <= values[0] < values[2] < 6.2 < values[-1] <= 7.5
    curve = stats.truncnorm(6, 7.5)
    assert values[1:4] == pytest.approx(curve.ppf([0.25, 0.5, 0.75]), rel=1e-6)
    mirrored = TruncatedNormal(mean=0, sigma=1, low=-7.5, high=-6)
    assert value_at(mirrored, 0.25) == pytest.approx(-values[3], rel=1e-9)


@pytest.mark.parametrize("u", [0.0, 2**-60, 1 - 2**-53])
def test_no_draw_is_infinite(u):
    assert abs(value_at(Normal(sigma=1), u)) < 9
    assert value_at(Listed(values=(1.0, 2.0)), u) in (1.0, 2.0)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"factors": {"patient.roll": Fixed(value=1)}}, "no factor called patient.roll"),
        ({"factors": {"beam.kv": Fixed(value=1)}}, "no factor called beam.kv"),
        ({"factors": {"view.primary_deg": Normal(sigma=1)}, "design": "grid"}, "grid needs steps"),
        ({"steps": {"beam.kvp": 3}}, "does not vary"),
        ({"levels": ("naive", "naive")}, "named twice"),
        ({"anchor": {"kind": "midpoint", "names": ["FH-l"]}}, "2 to 99 names"),
    ],
)
def test_a_study_that_cannot_be_is_refused(fields, said):
    with pytest.raises(ValueError, match=said):
        Study(**fields)
