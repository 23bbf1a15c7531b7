"""What the panels of beam, matter and image do to the image itself, by mouse and keys."""

import numpy as np
import pytest
from hands import click, controls_of, pick, type_number, type_text

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


def panel_of(window, name):
    """The controls of a panel that is in front."""
    panel = getattr(window.panels, name)
    window.panels.show_panel(panel)
    return controls_of(panel)


def test_each_look_shows_its_own_picture_in_its_own_window(window, qtbot):
    view, controls = window.workspace.radiograph, panel_of(window, "image")
    settled(window, qtbot)
    view.set_window(0.3, 5.0)
    logs = view.pixels
    click(controls["choice:Raw"])
    frame = settled(window, qtbot)
    assert np.array_equal(view.pixels, frame.radiograph.signal)
    assert view.window == (0.0, 1.0)
    click(controls["choice:Clinical"])
    settled(window, qtbot)
    assert view.pixels.min() >= 0
    assert view.pixels.max() <= 1
    click(controls["choice:Log"])
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
    type_number(panel_of(window, "beam")["box:Left"], 0)
    frame = settled(window, qtbot)
    signal = frame.radiograph.signal
    # Free-air columns at both sides: behind the blade there is scatter at most.
    assert signal[:, :40].mean() < 0.1 * signal[:, -40:].mean()
    ratio = frame.dose.dose_area_product_ugy_m2 / open_frame.dose.dose_area_product_ugy_m2
    assert ratio == pytest.approx(0.5, abs=0.03)
    assert window.panels.beam._dose["dap"].text.endswith("µGy·m²")


def test_exposure_control_shows_the_exposure_it_used(window, qtbot):
    click(panel_of(window, "beam")["check:Exposure control"])
    frame = settled(window, qtbot)
    assert frame.radiograph.mas != frame.scene.beam.mas
    assert f"{frame.radiograph.mas:.3g} mAs" in window.workspace.radiograph.exposure_text
    dose = scene_dose(frame.scene, camera_of(frame.scene.carm), frame.radiograph.mas)
    assert window.panels.beam._dose["mas"].text == f"{dose.mas:.3g} mAs"


def test_a_structure_filled_with_metal_darkens_and_comes_back(window, qtbot):
    before = settled(window, qtbot).radiograph.signal
    window.panels.show_matter("rod")
    controls = controls_of(window.panels.matter)
    type_text(controls["combo:Material"], "Ti6Al4V")
    click(controls["button:Fill structure"])
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
    window.panels.show_matter("rod")
    controls = controls_of(panel)
    type_text(controls["combo:Material"], "unobtainium")
    click(controls["button:Fill structure"])
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
    # Below what the slider offers: the rod of this CT has 1000 HU.
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
    type_number(panel_of(window, "beam")["box:Pulses"], 15)
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


def test_own_beam_keeps_the_preset_s_values_and_stays_own_while_they_are_edited(window, qtbot):
    panel, store = window.panels.beam, window.session.store
    window.panels.show_panel(panel)
    controls = controls_of(panel)
    preset = controls["combo:Preset"]
    pick(preset, "Chest PA")
    chest, steps = store.scene, store.history.index()
    pick(preset, "Own")
    assert preset.currentText() == "Own"
    assert (store.scene, store.history.index()) == (chest, steps)
    type_number(controls["box:Tube voltage"], 110)
    assert (store.scene.beam.kvp, preset.currentText()) == (110.0, "Own")
    # The preset's own values again, but by hand.
    type_number(controls["box:Tube voltage"], 125)
    assert store.scene.beam == chest.beam
    assert preset.currentText() == "Own"
    pick(preset, "Chest PA")
    assert preset.currentText() == "Chest PA"
    pick(preset, "Own")
    window.session.document_replaced.emit()
    assert preset.currentText() == "Chest PA"
