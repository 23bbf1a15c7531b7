"""Every action of the table is triggered: it edits its part of the document and is undone, or it
leaves the document alone and does something else that can be seen.
"""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from test_ui_controls import changed

from synthex_gui.geometry.angles import angles_from_direction
from synthex_gui.scene.devices import presets
from synthex_gui.scene.edits import camera_of, move_joints
from synthex_gui.scene.sources import LandmarkItem
from synthex_gui.tools.catalogue import CATALOGUE
from synthex_gui.ui.commands.file import FileCommands
from synthex_gui.ui.commands.menus import MENUS
from synthex_gui.ui.commands.table import ACTIONS
from synthex_gui.ui.commands.view import LAYOUTS, THEMES
from synthex_gui.ui.dialogs.export_dialog import ExportDialog
from synthex_gui.ui.style import theme

pytestmark = pytest.mark.display

# id -> the part of the document that it edits
EDITS = {
    "remove_tool": "tools",
    "invert": "processing.bone_dark",
    "aim_ct": "carm",
    "aim_crosshair": "carm",
    "head_up": "carm.joints.image_rotation_deg",
    "opposite": "carm",
    "mirror": "carm",
    "previous_view": "carm",
    "save_view": "views",
    "add_landmark": "landmarks",
    **{f"preset:{key}": "carm" for key in presets()},
    **{f"tool:{key}": "tools" for key in CATALOGUE},
}


def camera(window):
    room = window.workspace.room
    return tuple(np.round(room.camera.position, 3))


def window_state(window):
    return window.windowState()


def layout(window):
    return window.workspace.layout_id


def asked(window):
    return len(window.asked)


def look(name):
    return lambda window: window.workspace.room.patient._hidden >= {name}


# id -> what is seen to change
SEEN = {
    **dict.fromkeys(
        (
            "new_phantom",
            "open_ct",
            "open_dicom",
            "open_labels",
            "open_landmarks",
            "open_xray",
            "open_project",
            "add_mesh",
            "read_again",
            "save",
            "save_as",
            "save_image",
            "quit",
            "shortcuts",
            "about",
        ),
        asked,
    ),
    "copy_diagnostics": lambda w: QGuiApplication.clipboard().text(),
    "detailed_log": lambda w: w.settings.detailed_log,
    "copy_image": lambda w: QGuiApplication.clipboard().image().isNull(),
    "gizmo_move": lambda w: w.commands["gizmo_rotate"].isChecked(),
    "gizmo_rotate": lambda w: w.workspace.room.gizmo.mode,
    "live": lambda w: w.radiograph._is_live,
    "expose": lambda w: w.session.live.generation,
    "fit": lambda w: w.workspace.radiograph._zoom,
    "auto_window": lambda w: w.workspace.radiograph.window,
    "reset_room": camera,
    "view_anterior": camera,
    "view_left": camera,
    "view_superior": camera,
    "show_skin": look("skin"),
    "show_table": look("table"),
    "full_screen": window_state,
    "reset_layout": layout,
    **{f"layout:{key}": layout for key, _ in LAYOUTS},
    **{f"theme:{key}": lambda w: theme.current().name for key, _ in THEMES},
    "export": lambda w: len(w.findChildren(ExportDialog)),
}
OTHERS = {"undo", "redo"}
FIRST = {
    "layout:planning": "layout:images",
    "reset_layout": "layout:room",
    "theme:dark": "theme:light",
    "theme:system": "theme:light",
    "gizmo_move": "gizmo_rotate",
    "reset_room": "view_left",
}


def start(scene):
    """A pose that no action leads to, a tool, a landmark."""
    carm = move_joints(
        scene.carm, orbital_deg=-21.0, angulation_deg=13.0, lift_mm=35.0, image_rotation_deg=4.0
    )
    mark = LandmarkItem(name="middle", position=(0.0, 0.0, 0.0))
    return scene.evolve(carm=carm, landmarks=(mark,), views=())


@pytest.fixture(scope="module")
def first(module_window):
    return start(module_window.session.store.scene)


@pytest.fixture
def ready(module_window, first, qtbot, monkeypatch):
    """The window with the tool selected; dialogs note that they were asked for."""
    window = module_window
    window.asked = []

    def note(result):
        def asked(*arguments, **options):
            window.asked.append(arguments)
            return result

        return asked

    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, note(("", "")))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", note(""))
    monkeypatch.setattr(QMessageBox, "exec", note(0))
    monkeypatch.setattr(QMessageBox, "about", note(None))
    monkeypatch.setattr(FileCommands, "may_discard", note(False))
    monkeypatch.setattr(window.session, "save", note(True))
    window.session.noted.connect(window.asked.append)
    window.session.store.apply("Start", lambda _: first)
    qtbot.waitUntil(lambda: not window.session.is_busy(), timeout=20_000)
    window.slices.set_crosshair((12.0, -7.0, 20.0))
    window.selection.select("wire")
    yield window
    window.session.noted.disconnect(window.asked.append)
    for dialog in window.findChildren(ExportDialog):
        dialog.close()


def press(window, shortcut):
    """The keys of a shortcut, as the keyboard sends them to the window."""
    # Another window on the same screen may have the focus; shortcuts go to the active window.
    QApplication.setActiveWindow(window)
    window.workspace.radiograph.setFocus()
    keys = QKeySequence(shortcut)[0]
    QTest.keyClick(window.workspace.radiograph, keys.key(), keys.keyboardModifiers())


def test_every_action_is_in_a_table():
    assert set(EDITS) | set(SEEN) | OTHERS == set(ACTIONS)


@pytest.mark.parametrize("key", EDITS)
def test_an_action_edits_its_part_and_is_undone_and_done_again(ready, qtbot, key):
    store = ready.session.store
    if key == "previous_view":
        ready.commands["preset:inlet"].trigger()
    before, steps = store.scene, store.history.index()
    ready.commands[key].trigger()
    qtbot.waitUntil(lambda: store.history.index() == steps + 1, timeout=20_000)
    after = store.scene
    paths = changed(before, after)
    # A tool that goes takes its spread in the plan with it.
    parts = (EDITS[key], "plan.tools")
    assert all(any(p == part or p.startswith(f"{part}.") for part in parts) for p in paths), paths
    ready.commands["undo"].trigger()
    assert store.scene == before
    ready.commands["redo"].trigger()
    assert store.scene == after
    qtbot.waitUntil(lambda: not ready.session.is_busy(), timeout=20_000)


@pytest.mark.parametrize("key", SEEN)
def test_an_action_does_what_it_says_and_leaves_the_document_alone(ready, qtbot, key):
    if key in FIRST:
        ready.commands[FIRST[key]].trigger()
    if key == "fit":
        ready.workspace.radiograph._zoom = 3.0
    elif key == "auto_window":
        ready.workspace.radiograph.set_window(0.0, 0.5)
    elif key == "copy_image":
        QGuiApplication.clipboard().clear()
    store, probe = ready.session.store, SEEN[key]
    before, steps, seen = store.scene, store.history.index(), probe(ready)
    ready.commands[key].trigger()
    qtbot.waitUntil(lambda: probe(ready) != seen, timeout=20_000)
    assert store.scene == before
    assert store.history.index() == steps
    if ready.commands[key].isCheckable() and not ACTIONS[key].group:
        ready.commands[key].trigger()
        qtbot.waitUntil(lambda: probe(ready) == seen or key == "live", timeout=5000)


@pytest.mark.parametrize("key", [key for key, row in ACTIONS.items() if row.shortcut])
def test_the_keys_of_an_action_trigger_it_and_no_other(ready, qtbot, key):
    ready.commands["preset:inlet"].trigger()
    ready.commands["undo" if key == "redo" else "preset:ap"].trigger()
    fired = []
    links = [
        (action, action.triggered.connect(lambda _=False, name=name: fired.append(name)))
        for name, action in ready.commands.items()
    ]
    press(ready, ACTIONS[key].shortcut)
    for action, link in links:
        action.triggered.disconnect(link)
    assert fired == [key]
    if ready.commands[key].isCheckable() and not ACTIONS[key].group:
        ready.commands[key].trigger()
    qtbot.waitUntil(lambda: not ready.session.is_busy(), timeout=20_000)


def test_undo_right_after_an_arrow_key_takes_that_key_back(ready, qtbot):
    store, view = ready.session.store, ready.workspace.radiograph
    before = store.scene
    ready.commands["preset:inlet"].trigger()
    inlet = store.scene
    angle = inlet.carm.joints["orbital_deg"]
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert store.is_moving
    assert store.scene.carm.joints["orbital_deg"] == angle + 1.0
    ready.commands["undo"].trigger()
    assert store.scene == inlet
    ready.commands["undo"].trigger()
    assert store.scene == before
    ready.commands["redo"].trigger()
    assert store.scene == inlet


def test_the_action_that_contributing_adds_is_in_its_menu_has_its_keys_and_is_undone(
    request, qtbot, tmp_path, monkeypatch
):
    page = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    name = "the row of ACTIONS"
    block = re.search(rf"^```python {name}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    head = "from synthex_gui.ui.commands.table import Action\n\nROW = "
    (tmp_path / "row.py").write_text(head + block[1], encoding="utf-8")
    row = runpy.run_path(str(tmp_path / "row.py"))["ROW"]
    monkeypatch.setitem(ACTIONS, row.id, row)
    monkeypatch.setitem(MENUS, "C-arm", (*MENUS["C-arm"], row.id))
    window = request.getfixturevalue("window")
    menus = {action.text(): action.menu() for action in window.menuBar().actions()}
    assert window.commands[row.id] in menus["C-arm"].actions()
    before = camera_of(window.session.store.scene.carm)
    press(window, row.shortcut)
    angles = angles_from_direction(camera_of(window.session.store.scene.carm).direction)
    assert angles == pytest.approx((0.0, 20.0), abs=1e-6)
    window.commands["undo"].trigger()
    after = camera_of(window.session.store.scene.carm)
    np.testing.assert_array_equal(after.direction, before.direction)
