"""Unsaved work after a crash, and the layout that comes back."""

import shutil

import pytest
from PySide6.QtWidgets import QMessageBox

from synthex_gui.app.recovery import Recovery
from synthex_gui.app.settings import Settings, config_folder
from synthex_gui.ui.window.layout import stored
from synthex_gui.ui.window.main import MainWindow

pytestmark = pytest.mark.display


def crash_with(window):
    """What a program that dies now leaves behind."""
    window.recovery.keep()
    own = window.recovery._file
    assert own.exists()
    left = own.with_name("999999.synthex")
    shutil.copy(own, left)
    return left


@pytest.mark.trust("E8")
def test_unsaved_work_is_kept_and_restored_as_edits_of_its_project(window, qtbot):
    window.poses.go_to_preset("outlet")
    edited, origin = window.session.store.scene, window.session.path
    left = crash_with(window)
    window.commands["undo"].trigger()
    window.recovery.keep()
    assert not window.recovery._file.exists()
    window.files.offer_lost(window.recovery, pytest.fail)
    box = window.findChild(QMessageBox)
    with qtbot.waitSignal(window.session.document_replaced, timeout=20_000):
        next(b for b in box.buttons() if b.text() == "Restore").click()
    assert window.session.store.scene.carm == edited.carm
    assert window.session.path == origin
    assert not window.session.store.history.isClean()
    qtbot.waitUntil(lambda: not left.exists(), timeout=5000)
    assert window.recovery._file.exists()


def test_work_of_a_running_program_is_not_offered(window):
    window.poses.go_to_preset("inlet")
    window.recovery.keep()
    assert Recovery(window.session).lost(pytest.fail) == []


@pytest.mark.trust("E8")
def test_a_damaged_file_is_kept_and_said(window):
    folder = config_folder() / "recovery"
    folder.mkdir(parents=True)
    (folder / "1.synthex").write_text("{ not a project")
    said = []
    window.files.offer_lost(window.recovery, said.append)
    assert not window.findChildren(QMessageBox)
    assert (folder / "1.damaged").read_text() == "{ not a project"
    assert "1.damaged" in said[0]


def test_the_layout_comes_back(window, qtbot):
    window.workspace.set_layout_id("images")
    window.columns.setSizes([300, 600, 380])
    sizes = window.columns.sizes()
    window.panels.scene_column.setSizes([250, 400])
    halves = window.panels.scene_column.sizes()
    assert halves[0] < halves[1]
    window.layout_store.save()
    again = MainWindow(window.session, Settings())
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again.workspace.layout_id == "images", timeout=5000)
    # The middle takes what a window of another width leaves.
    qtbot.waitUntil(lambda: again.columns.sizes()[::2] == sizes[::2], timeout=5000)
    assert again.panels.scene_column.sizes() == halves
    again.reset_layout()
    assert again.workspace.layout_id == "planning"
    again.hide()


def test_a_damaged_layout_gives_the_default(window):
    store = stored()
    store.setValue("state", '{"columns": "x", "views": 3}')
    store.sync()
    window.layout_store.restore_state()
    assert window.workspace.layout_id == "planning"
