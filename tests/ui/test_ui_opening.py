"""What the window asks when something that was opened arrives after an edit."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from synthex_gui.app.document import Arrival

pytestmark = pytest.mark.display


def question(window):
    box = window.findChild(QMessageBox)
    assert box is not None
    return box


def test_the_edited_project_is_kept_unless_the_other_is_asked_for(window, qtbot):
    taken = []
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape, None):
        window.session.arrived.emit(Arrival("pelvis.nii.gz", lambda: taken.append(True)))
        box = question(window)
        assert "pelvis.nii.gz" in box.text()
        assert box.defaultButton().text() == "Keep the edited project"
        if key is None:
            button = next(b for b in box.buttons() if b.text() == "Open pelvis.nii.gz")
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        else:
            qtbot.keyClick(box, key)
        qtbot.waitUntil(lambda: window.findChild(QMessageBox) is None, timeout=5000)
        assert taken == ([] if key is not None else [True])


def test_files_outside_a_project_are_read_only_when_a_person_says_so(window, qtbot):
    taken = []
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape, None):
        text = "p.synthex names files outside its folder: /data/ct.nii.gz"
        window.session.outside_found.emit(text, lambda: taken.append(True))
        box = question(window)
        assert "/data/ct.nii.gz" in box.text()
        assert box.defaultButton().text() == "Cancel"
        if key is None:
            button = next(b for b in box.buttons() if b.text() == "Read them")
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        else:
            qtbot.keyClick(box, key)
        qtbot.waitUntil(lambda: window.findChild(QMessageBox) is None, timeout=5000)
        assert taken == ([] if key is not None else [True])
