"""The window, driven as a person drives it, on a real screen."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolBar, QToolButton
from screen import drag

from synthex_gui.ui.commands.menus import (
    MENUS,
    OPEN_MENUS,
    SEPARATOR,
    SUBMENUS,
    TOOLBAR,
    TOOLBAR_END,
)
from synthex_gui.ui.commands.table import ACTIONS
from synthex_gui.ui.style import theme

pytestmark = pytest.mark.display


def test_a_project_opens_and_shows_its_radiograph(window):
    view = window.workspace.radiograph
    assert view.message == ""
    assert view.pixels.max() > 1.0
    assert {mark.name for mark in view.marks} == {"middle", "far"}
    assert [item.name for item in view.outlines] == ["rod"]
    assert [item.name for item in view.tool_outlines] == ["wire"]


def test_dragging_a_joint_slider_is_one_undo_step_and_renders(window, qtbot):
    store = window.session.store
    track = window.panels.carm.track_of("angulation_deg")
    before = store.scene.carm.joints["angulation_deg"]
    steps = store.history.count()
    middle = track.rect().center()
    with qtbot.waitSignal(window.radiograph.frame_shown, timeout=20_000):
        drag(qtbot, track, middle, 6, QPoint(3, 0))
    assert store.scene.carm.joints["angulation_deg"] > before
    assert store.history.count() == steps + 1
    window.commands["undo"].trigger()
    assert store.scene.carm.joints["angulation_deg"] == before


def test_escape_restores_the_pose_before_the_drag(window, qtbot):
    store = window.session.store
    track = window.panels.carm.track_of("orbital_deg")
    before = store.scene
    qtbot.mousePress(track, Qt.MouseButton.LeftButton, pos=track.rect().center())
    qtbot.mouseMove(track, track.rect().center() + QPoint(20, 0))
    assert store.scene != before
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert store.scene == before
    qtbot.mouseRelease(track, Qt.MouseButton.LeftButton, pos=track.rect().center())
    assert store.scene == before


def test_arrow_keys_nudge_the_arm(window, qtbot):
    store, view = window.session.store, window.workspace.radiograph
    joints = store.scene.carm.joints
    for _ in range(3):
        qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: not store.is_moving, timeout=5000)
    after = store.scene.carm.joints
    assert after["orbital_deg"] == pytest.approx(joints["orbital_deg"] + 3)
    assert after["angulation_deg"] == pytest.approx(joints["angulation_deg"] + 0.1)
    window.commands["undo"].trigger()
    assert store.scene.carm.joints["orbital_deg"] == after["orbital_deg"]


def test_a_view_turns_the_arm_and_undo_turns_it_back(window):
    store = window.session.store
    before = store.scene
    window.poses.go_to_preset("inlet")
    assert store.scene.carm.joints["angulation_deg"] == pytest.approx(25)
    window.commands["undo"].trigger()
    assert store.scene == before


def test_a_beam_that_misses_says_so_and_offers_the_aim_that_mends_it(window, qtbot):
    from synthex_gui.scene.edits import move_joints

    store, view = window.session.store, window.workspace.radiograph
    store.apply("Off", lambda s: s.evolve(carm=move_joints(s.carm, longitudinal_mm=900.0)))
    store.apply("No tools", lambda s: s.evolve(tools=()))
    qtbot.waitUntil(lambda: "misses the CT" in view.message, timeout=20_000)
    assert view.message_action == "Aim at the CT"
    window.poses.aim_at_ct()
    qtbot.waitUntil(lambda: view.message == "", timeout=20_000)


def test_a_tool_dragged_on_the_radiograph_follows_the_pointer(window, qtbot):
    view, store = window.workspace.radiograph, window.session.store
    before = np.array(store.scene.tools[0].world_from_tool)
    line = view.tool_outlines[0].lines[0]
    from PySide6.QtCore import QPointF

    at = view.widget_from_image().map(QPointF(*line.mean(axis=0))).toPoint()
    drag(qtbot, view, at, 5, QPoint(4, 0))
    moved = np.array(store.scene.tools[0].world_from_tool)[:3, 3] - before[:3, 3]
    assert moved[0] > 1.0  # to the right of an AP image is the patient's left
    assert np.abs(moved[1:]).max() < 0.5
    assert window.selection.tool == "wire"


def test_save_and_open_again_gives_the_same_scene(window, tmp_path):
    path = tmp_path / "again.synthex"
    window.poses.go_to_preset("outlet")
    assert window.session.save(path)
    from synthex_gui.scene.project import read_project

    saved, _ = read_project(path)
    assert saved.carm == window.session.store.scene.carm
    assert saved.tools == window.session.store.scene.tools


@pytest.mark.trust("I1")
def test_a_file_that_cannot_be_read_leaves_the_scene_and_says_why(window, qtbot, tmp_path):
    bad = tmp_path / "broken.nii.gz"
    bad.write_bytes(b"not a volume")
    before = window.session.store.scene
    with qtbot.waitSignal(window.session.problem, timeout=60_000) as said:
        window.files.open_path(bad)
    assert "broken.nii.gz" in said.args[0]
    assert window.session.store.scene is before


def test_every_action_stands_in_a_menu_and_the_lists_name_no_others():
    lists = [*MENUS.values(), TOOLBAR, TOOLBAR_END, *(ids for _, ids in SUBMENUS.values())]
    named = {entry for ids in lists for entry in ids} - {SEPARATOR}
    assert named == set(ACTIONS) | set(SUBMENUS) | set(OPEN_MENUS)


def test_no_two_actions_share_a_shortcut_and_each_does_one_thing():
    keys = [row.shortcut for row in ACTIONS.values() if row.shortcut]
    assert len(set(keys)) == len(keys)
    assert all((row.do is None) != (row.switch is None) for row in ACTIONS.values())


def test_nothing_repaints_when_idle(window, qtbot):
    qtbot.waitUntil(lambda: not window.session.is_busy() and window.session.live.is_idle())
    qtbot.wait(800)
    painted = window.workspace.room._last_paint_s
    qtbot.wait(700)
    assert window.workspace.room._last_paint_s == painted


def test_another_theme_leaves_the_toolbar_its_words_and_colours_its_icons(window, qtbot):
    buttons = [
        button
        for button in window.findChild(QToolBar, "toolbar").findChildren(QToolButton)
        if button.text()
    ]
    before = [(button.text(), button.icon().cacheKey()) for button in buttons]
    assert "Add landmark" in dict(before)
    other = "light" if theme.current().name == "dark" else "dark"
    window.commands[f"theme:{other}"].trigger()
    qtbot.waitUntil(
        lambda: all(b.icon().cacheKey() != key for b, (_, key) in zip(buttons, before)),
        timeout=5_000,
    )
    assert [button.text() for button in buttons] == [text for text, _ in before]
