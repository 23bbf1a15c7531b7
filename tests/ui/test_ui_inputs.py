"""Files that change while a project is open: said, and taken over when asked."""

import os
import shutil

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QProgressDialog

from synthex_gui.io.hashing import sha256_of
from synthex_gui.scene.project import read_project

pytestmark = pytest.mark.display


@pytest.fixture
def small_project(small_project, tmp_path):
    """A copy that a test may write to."""
    return shutil.copytree(small_project.parent, tmp_path / "project") / small_project.name


@pytest.fixture
def folder(window, small_project, qtbot):
    """Of the open project, whose hashes are there."""
    qtbot.waitUntil(lambda: not window.session.is_busy(), timeout=60_000)
    return small_project.parent


def write_again(path, change):
    """As a segmentation program does; a second later, whatever the clock's steps."""
    image = nib.load(path)
    values = np.asarray(image.dataobj)
    before = path.stat().st_mtime_ns
    nib.save(nib.Nifti1Image(change(values.copy()), image.affine), path)
    os.utime(path, ns=(0, before + 1_000_000_000))


def without_half(values):
    values[..., : values.shape[2] // 2] = 0
    return values


def test_labels_opened_again_are_the_present_ones(window, folder, qtbot):
    before = window.session.assets.labels
    write_again(folder / "labels.nii.gz", without_half)
    with qtbot.waitSignal(window.radiograph.frame_shown, timeout=60_000):
        window.files.load_labels(folder / "labels.nii.gz")
        qtbot.waitUntil(lambda: window.session.assets.labels is not before, timeout=60_000)
    now = window.session.assets.labels
    assert 0 < np.count_nonzero(now.values) < np.count_nonzero(before.values)


def test_coming_back_to_the_window_says_what_has_changed_and_it_can_be_taken_over(
    window, folder, qtbot
):
    session = window.session
    said: list[str] = []
    session.warned.connect(said.append)
    app = QApplication.instance()
    active = Qt.ApplicationState.ApplicationActive
    app.applicationStateChanged.emit(active)
    qtbot.waitUntil(lambda: session.inputs._look is None, timeout=10_000)
    assert not said
    write_again(folder / "ct.nii.gz", lambda values: values + 7)
    app.applicationStateChanged.emit(active)
    qtbot.waitUntil(lambda: bool(said), timeout=10_000)
    assert "ct.nii.gz" in said[0]
    assert "Read inputs again" in said[0]
    app.applicationStateChanged.emit(active)
    qtbot.waitUntil(lambda: session.inputs._look is None, timeout=10_000)
    assert len(said) == 1
    before, pixels = session.assets, window.workspace.radiograph.pixels.copy()
    steps = session.store.history.count()
    with qtbot.waitSignal(session.scene_reread, timeout=60_000):
        window.commands["read_again"].trigger()
    assert session.assets.ct.values.max() == before.ct.values.max() + 7
    assert session.assets.labels is before.labels
    assert session.store.history.count() == steps
    view = window.workspace.radiograph
    qtbot.waitUntil(
        lambda: view.pixels.shape == pixels.shape and not np.array_equal(view.pixels, pixels),
        timeout=60_000,
    )
    with qtbot.waitSignal(session.noted, timeout=60_000) as noted:
        window.commands["read_again"].trigger()
    assert "No input" in noted.args[0]


def test_a_project_says_which_file_is_not_the_one_it_was_saved_with(window, folder, qtbot):
    session = window.session
    path = folder / "saved.synthex"
    assert session.save(path)
    write_again(folder / "labels.nii.gz", without_half)
    with qtbot.waitSignal(session.warned, timeout=60_000) as said:
        session.open_project(path)
    assert "Not as the project was saved with them: labels.nii.gz" in said.args[0]
    qtbot.waitUntil(lambda: not session.is_busy(), timeout=60_000)
    # Again, though by now the hashes are known.
    with qtbot.waitSignal(session.warned, timeout=60_000):
        session.open_project(path)
    qtbot.waitUntil(lambda: not session.is_busy(), timeout=60_000)
    assert session.save(path)
    scene, _ = read_project(path)
    assert scene.labels.sha256 == sha256_of(folder / "labels.nii.gz")
    assert scene.ct.sha256 == sha256_of(folder / "ct.nii.gz")


@pytest.mark.trust("R6")
def test_saving_waits_for_checksums_off_the_ui_thread(window, folder, qtbot, monkeypatch):
    session = window.session
    # Also of a project that has hashes already.
    assert session.save(folder / "quick.synthex")
    with qtbot.waitSignal(session.document_replaced, timeout=60_000):
        session.open_project(folder / "quick.synthex")
    qtbot.waitUntil(lambda: not session.is_busy(), timeout=60_000)
    write_again(folder / "ct.nii.gz", lambda values: values + 1)
    with qtbot.waitSignal(session.scene_reread, timeout=60_000):
        session.read_again()
    assert session.inputs.is_learning

    wanted = sha256_of(folder / "ct.nii.gz")

    def fail(*_):
        raise AssertionError("hashed on the UI thread")

    # The child process that may hash has a copy of its own.
    monkeypatch.setattr("synthex_gui.io.hashing._of_file", fail)
    path = folder / "quick.synthex"
    assert window.files._save_to(path)
    scene, _ = read_project(path)
    assert scene.ct.sha256 == wanted


def test_saving_need_not_be_waited_for(window, folder, qtbot, monkeypatch):
    session = window.session
    monkeypatch.setattr(type(session.inputs), "lacks_hashes_of", lambda *_: True)
    monkeypatch.setattr(type(session.inputs), "is_learning", True)

    def cancel():
        box = QApplication.activeModalWidget()
        assert isinstance(box, QProgressDialog)
        box.cancel()

    QTimer.singleShot(300, cancel)
    assert not window.files._save_to(folder / "never.synthex")
    assert not (folder / "never.synthex").exists()


def test_a_read_that_fails_changes_nothing(window, folder, qtbot):
    session = window.session
    before, labels = session.assets, folder / "labels.nii.gz"
    write_again(folder / "ct.nii.gz", lambda values: values + 7)
    labels.write_bytes(b"damaged")
    with qtbot.waitSignal(session.problem, timeout=60_000):
        session.read_again()
    assert session.assets is before
    assert session.reading.cache.get("ct", session.store.scene.ct).array is before.ct
    assert session.reading.cache.is_outdated("ct", session.store.scene.ct)
