"""The named beams: what their standards state, and that each is a beam."""

import pytest

from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.beam_presets import beam_preset, beam_presets
from synthex_gui.scene.devices import UnknownName


@pytest.mark.parametrize("preset", beam_presets().values(), ids=lambda item: item.id)
def test_every_preset_is_a_beam_with_its_half_value_layer(preset):
    Beam(kvp=preset.kvp, filtration_mm=preset.filtration_mm)
    layer = spectrum(preset.kvp, preset.filtration_mm).half_value_layer_mm_al()
    if preset.hvl_mm_al is not None:
        assert layer == pytest.approx(preset.hvl_mm_al, rel=0.025)


@pytest.mark.parametrize(("name", "hvl", "mean"), [
    # DeepDRR's filters with SpekPy casim spectra at 12 degrees.
    ("deepdrr-60", 2.49, 37.46), ("deepdrr-90", 3.97, 48.74), ("deepdrr-120", 5.46, 57.50),
])  # fmt: skip
def test_deepdrrs_voltages_and_filters(name, hvl, mean):
    preset = beam_preset(name)
    rays = spectrum(preset.kvp, preset.filtration_mm)
    assert rays.half_value_layer_mm_al() == pytest.approx(hvl, rel=0.01)
    assert rays.mean_kev == pytest.approx(mean, abs=0.1)


def test_an_unknown_beam_names_those_there_are():
    with pytest.raises(UnknownName, match="rqa-5"):
        beam_preset("mammography")
