"""The panels of beam, detector, matter and image, each control on the image itself."""

import numpy as np
import pytest

from synthex_gui.physics.beam.dose import scene_dose
from synthex_gui.scene.beam import LabelFill
from synthex_gui.scene.edits import camera_of

pytestmark = pytest.mark.display


def settled(window, qtbot):
    """The full image of the present scene."""
    frames = []
    window.radiograph.frame_shown.connect(frames.append)
    window.commands["expose"].trigger()
    qtbot.waitUntil(
        lambda: (
            bool(frames) and frames[-1].is_full and frames[-1].scene is window.session.store.scene
        ),
        timeout=30_000,
    )
    window.radiograph.frame_shown.disconnect(frames.append)
    return frames[-1]


def test_each_look_shows_its_own_picture_in_its_own_window(window, qtbot):
    view = window.workspace.radiograph
    settled(window, qtbot)
    view.set_window(0.3, 5.0)
    logs = view.pixels
    window.panels.image._choose_look("raw")
    frame = settled(window, qtbot)
    assert np.array_equal(view.pixels, frame.radiograph.signal)
    assert view.window == (0.0, 1.0)
    window.panels.image._choose_look("clinical")
    settled(window, qtbot)
    assert view.pixels.min() >= 0
    assert view.pixels.max() <= 1
    window.panels.image._choose_look("log")
    settled(window, qtbot)
    assert view.window == (0.3, 5.0)
    assert np.array_equal(view.pixels, logs)


def test_polarity_belongs_to_the_scene_and_is_undone(window, qtbot):
    view = window.workspace.radiograph
    window.commands["invert"].trigger()
    assert view.is_inverted
    assert window.session.store.scene.processing.bone_dark
    window.commands["undo"].trigger()
    assert not view.is_inverted


def test_the_blades_stop_the_beam_and_the_dose_follows(window, qtbot):
    open_frame = settled(window, qtbot)
    window.panels.beam.apply(
        "Blade",
        lambda scene: scene.evolve(collimator=scene.collimator.evolve(left_mm=0.0)),
    )
    frame = settled(window, qtbot)
    signal = frame.radiograph.signal
    # Free-air columns at both sides: behind the blade there is scatter at most.
    assert signal[:, :40].mean() < 0.1 * signal[:, -40:].mean()
    ratio = frame.dose.dose_area_product_ugy_m2 / open_frame.dose.dose_area_product_ugy_m2
    assert ratio == pytest.approx(0.5, abs=0.03)
    assert window.panels.beam._dose["dap"].text.endswith("µGy·m²")


def test_exposure_control_shows_the_exposure_it_used(window, qtbot):
    window.panels.beam.apply(
        "Control", lambda scene: scene.evolve(beam=scene.beam.evolve(exposure_control=True))
    )
    frame = settled(window, qtbot)
    assert frame.radiograph.mas != frame.scene.beam.mas
    assert f"{frame.radiograph.mas:.3g} mAs" in window.workspace.radiograph.exposure_text
    dose = scene_dose(frame.scene, camera_of(frame.scene.carm), frame.radiograph.mas)
    assert window.panels.beam._dose["mas"].text == f"{dose.mas:.3g} mAs"


def test_a_structure_filled_with_metal_darkens_and_comes_back(window, qtbot):
    before = settled(window, qtbot).radiograph.signal
    window.panels.show_matter("rod")
    panel = window.panels.matter
    panel._material.setCurrentText("Ti6Al4V")
    panel._fill()
    assert window.session.store.scene.matter.fills == (
        LabelFill(structure="rod", material="Ti6Al4V"),
    )
    filled = settled(window, qtbot).radiograph.signal
    middle = (slice(760, 776), slice(760, 776))
    assert filled[middle].mean() < 0.5 * before[middle].mean()
    window.commands["undo"].trigger()
    again = settled(window, qtbot).radiograph.signal
    assert np.array_equal(again, before)


def test_an_unknown_material_is_refused_in_the_panel(window):
    panel = window.panels.matter
    before = window.session.store.scene
    panel._material.setCurrentText("unobtainium")
    panel._fill()
    assert "unobtainium" in panel.refused.text()
    assert not panel.refused.isHidden()
    assert window.session.store.scene is before


def test_the_same_seed_draws_the_same_image_twice(window, qtbot):
    first = settled(window, qtbot).radiograph.signal
    window.poses.go_to_preset("inlet")
    settled(window, qtbot)
    window.commands["undo"].trigger()
    assert np.array_equal(settled(window, qtbot).radiograph.signal, first)


def test_hu_over_the_limit_are_counted_in_the_panel(window, qtbot):
    panel = window.panels.matter
    window.panels.show_matter("rod")
    panel.apply(
        "Limit",
        lambda scene: scene.evolve(matter=scene.matter.evolve(metal_above_hu=900)),
    )
    rods = int((window.session.assets.ct.values > 900).sum())
    qtbot.waitUntil(lambda: f"{rods:,} voxels above 900 HU" in panel._unusual.text(), timeout=5000)
    before = settled(window, qtbot).radiograph.signal
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: panel._unusual.isHidden(), timeout=5000)
    assert settled(window, qtbot).radiograph.signal.min() > before.min()


def test_a_pulsed_beam_goes_on_with_new_noise_until_live_is_off(window, qtbot):
    settled(window, qtbot)
    view = window.workspace.radiograph
    frames = []
    window.radiograph.frame_shown.connect(frames.append)
    window.panels.beam.apply(
        "Pulses", lambda scene: scene.evolve(beam=scene.beam.evolve(pulses_per_s=15.0))
    )
    qtbot.waitUntil(lambda: sum(not f.is_full for f in frames) >= 4, timeout=20_000)
    pulses = [f.radiograph.signal for f in frames if not f.is_full][-2:]
    assert pulses[0].shape == pulses[1].shape
    assert not np.array_equal(*pulses)
    assert np.abs(pulses[0] - pulses[1]).mean() < 0.05
    assert [outline.name for outline in view.outlines] == ["rod"]
    window.commands["live"].trigger()
    qtbot.wait(300)
    count = len(frames)
    qtbot.wait(400)
    assert len(frames) == count
