"""What is asked when a project is open elsewhere, or was written by others meanwhile."""

import shutil
from pathlib import Path

import pytest
from hands import click
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from synthex_gui.app.project_lock import ProjectFile
from synthex_gui.scene.project import read_project, write_project

pytestmark = pytest.mark.display


@pytest.fixture
def project(module_window, small_project, tmp_path, qtbot):
    """The window with a project of its own, edited; the small one is back at the end."""
    window = module_window
    folder = shutil.copytree(small_project.parent, tmp_path / "mine")
    path = Path(shutil.move(folder / small_project.name, folder / "mine.synthex"))
    opened(window, path, qtbot)
    window.commands["preset:inlet"].trigger()
    yield path
    window.session.store.history.setClean()
    opened(window, small_project, qtbot)


def opened(window, path, qtbot):
    with qtbot.waitSignal(window.session.document_replaced, timeout=30_000):
        window.files.open_path(path)
    qtbot.waitUntil(lambda: not window.session.is_busy(), timeout=30_000)


def answer(text, seen):
    """Click the button of the question that is asked next."""

    def press():
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(50, press)
            return
        seen.append(box.text())
        click(next(item for item in box.buttons() if item.text() == text))

    QTimer.singleShot(50, press)


def test_a_project_that_is_open_elsewhere_is_opened_as_a_copy(module_window, project, qtbot):
    window = module_window
    window.session.store.history.setClean()
    other = project.with_name("other.synthex")
    write_project(other, window.session.store.scene)
    holder = ProjectFile()
    assert holder.take(other)
    try:
        seen = []
        answer("Cancel", seen)
        window.files.open_path(other)
        qtbot.waitUntil(lambda: len(seen) == 1, timeout=5000)
        assert "other.synthex is open in another window" in seen[0]
        assert window.session.path == project
        answer("Open a copy", seen)
        with qtbot.waitSignal(window.session.document_replaced, timeout=30_000):
            window.files.open_path(other)
        assert window.session.path is None
        assert window.windowTitle().startswith("Untitled")
    finally:
        holder.release()


@pytest.mark.trust("E8")
def test_a_file_changed_by_others_is_overwritten_only_when_asked(
    module_window, project, monkeypatch, tmp_path
):
    window, seen = module_window, []
    theirs = project.read_text().replace("\n", "\n\n", 1)
    project.write_text(theirs)
    answer("Cancel", seen)
    window.commands["save"].trigger()
    assert project.read_text() == theirs
    assert "mine.synthex was written by another program" in seen[0]
    assert not window.session.store.history.isClean()
    elsewhere = tmp_path / "elsewhere.synthex"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(elsewhere), ""))
    answer("Save as…", seen)
    window.commands["save"].trigger()
    assert project.read_text() == theirs
    assert window.session.path == elsewhere
    assert read_project(elsewhere)[0].carm == window.session.store.scene.carm
    # From there on it is this window's: no question.
    window.commands["preset:outlet"].trigger()
    window.commands["save"].trigger()
    assert len(seen) == 2
    elsewhere.write_text(elsewhere.read_text().replace("\n", "\n\n", 1))
    window.commands["preset:ap"].trigger()
    answer("Overwrite", seen)
    window.commands["save"].trigger()
    assert len(seen) == 3
    assert read_project(elsewhere)[0].carm == window.session.store.scene.carm
    assert window.session.store.history.isClean()
