"""Resources: every folder says where its content comes from, and the makers make what is there."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
RESOURCES = ROOT / "resources"
sys.path.append(str(ROOT / "packaging"))


@pytest.mark.parametrize("folder", sorted(RESOURCES.iterdir()), ids=lambda path: path.name)
def test_every_folder_names_its_source(folder):
    assert folder.is_dir()
    text = (folder / "SOURCE.md").read_text(encoding="utf-8")
    assert len(text.split()) >= 8
    # What is computed names its maker, which exists.
    for path in folder.glob("*.npz"):
        assert path.name in text
        makers = [word.strip("`:,.") for word in text.split() if "packaging/make_" in word]
        assert makers
        assert all((ROOT / maker).is_file() for maker in makers)


def test_the_scatter_table_is_what_its_maker_makes():
    import make_scatter_kernels as maker
    from scatter_transport import pencil, water_data

    table = np.load(RESOURCES / "scatter" / "water.npz")
    for key, values in (
        ("energy_kev", maker.ENERGIES_KEV),
        ("water_cm", maker.WATER_CM),
        ("gap_cm", maker.GAPS_CM),
        ("radius_cm", maker.EDGES_CM[1:]),
    ):
        np.testing.assert_allclose(table[key], values)
    water = water_data()
    responses = maker.responses_of(water)
    e, t = 6, 3
    kev, thickness = float(maker.ENERGIES_KEV[e]), float(maker.WATER_CM[t])
    tally = pencil(5, 200_000, kev, thickness, maker.GAPS_CM, maker.EDGES_CM, responses, water)
    within = maker.within_of(tally, responses, kev)
    # 60 keV through 10 cm, gaps to 5 cm, radii from 2 cm: within 1 % of noise at this many photons.
    np.testing.assert_allclose(within[:, :4, 13:], table["within"][:, e, t, :4, 13:], rtol=0.03)
