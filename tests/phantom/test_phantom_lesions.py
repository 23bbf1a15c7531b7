"""Lung lesions: off by default, seeded, in the lungs, with the CT numbers that name them."""

from __future__ import annotations

import numpy as np
import pytest

from synthex_gui.core.errors import SynthexError
from synthex_gui.phantom import Phantom, PhantomParameters, build_phantom

NAMES = ("ground-glass", "consolidation")


def ill(**values: int) -> Phantom:
    return build_phantom(PhantomParameters(spacing_mm=3.0, lesions=12, **values), threads=2)


@pytest.fixture(scope="module")
def patient() -> Phantom:
    return ill()


def mask(phantom: Phantom, name: str) -> np.ndarray:
    return np.isin(phantom.labels.values, phantom.labels.ids_of(name))


def test_the_default_phantom_has_none(coarse: Phantom) -> None:
    assert coarse.parameters.lesions == 0
    assert not {label.name for label in coarse.labels.table} & set(NAMES)


def test_only_the_lungs_change(coarse: Phantom, patient: Phantom) -> None:
    lesion = mask(patient, "lung-lesions")
    lungs = np.isin(
        coarse.labels.values,
        [i for name in ("lungs", "lung-vessels", "airways") for i in coarse.labels.ids_of(name)],
    )
    assert lesion.sum() > 500
    assert (lungs[lesion]).mean() > 0.99
    other = patient.labels.values != coarse.labels.values
    assert np.array_equal(other, lesion)
    changed = patient.ct.values != coarse.ct.values
    # Voxels across the pleura hold lung too, though their label is another.
    assert (changed & ~lungs).sum() < 0.05 * changed.sum()
    assert patient.landmarks == coarse.landmarks


def test_numbers(patient: Phantom) -> None:
    glass = patient.ct.values[mask(patient, "ground-glass")]
    dense = patient.ct.values[mask(patient, "consolidation")]
    assert -680 < np.median(glass) < -420
    assert -150 < np.median(dense) < 60


def test_foci_lie_low_and_at_the_back(coarse: Phantom, patient: Phantom) -> None:
    lungs, lesion = mask(coarse, "lungs"), mask(patient, "lung-lesions")
    z, y = (np.nonzero(lungs)[axis].mean() for axis in (0, 1))
    at = np.nonzero(lesion)
    assert at[0].mean() < z
    assert at[1].mean() > y


def test_the_seed_places_them(patient: Phantom) -> None:
    again = ill()
    assert np.array_equal(again.labels.values, patient.labels.values)
    assert np.array_equal(again.ct.values, patient.ct.values)
    other = mask(ill(seed=1), "lung-lesions")
    both = other & mask(patient, "lung-lesions")
    assert both.sum() < 0.5 * other.sum()


def test_a_number_out_of_range_names_the_range() -> None:
    with pytest.raises(SynthexError, match="lesions must be 0 to 40"):
        PhantomParameters.checked({"lesions": 41})
