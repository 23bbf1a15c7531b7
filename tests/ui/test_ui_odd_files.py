"""What users bring that needs an answer: offered, asked, and what a file is goes by its content."""

from __future__ import annotations

import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

sys.path.append(str(Path(__file__).resolve().parents[1] / "io"))
from dicom_writer import series

from synthex_gui.io.labels.totalsegmentator import TOTAL_V2
from synthex_gui.scene.project import read_project

pytestmark = pytest.mark.display

RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def settle(window, qtbot):
    qtbot.waitUntil(lambda: not window.session.is_busy(), timeout=60_000)


def save(ct, path, values):
    affine = RAS @ ct.grid.world_from_voxel
    nib.save(nib.Nifti1Image(values.transpose(2, 1, 0), affine), path)
    return path


def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(400, 400), Qt.DropAction.CopyAction, data, *none))


def test_a_mend_of_hu_is_one_click_recorded_and_undone(window, small_ct, tmp_path, qtbot):
    noisy = small_ct.values + np.random.default_rng(0).normal(0, 20, small_ct.values.shape)
    path = save(small_ct, tmp_path / "wrong.nii.gz", (noisy + 1024).astype(np.int16))
    settle(window, qtbot)
    session = window.session
    session.store.history.setClean()
    drop(window, path)
    qtbot.waitUntil(lambda: session.store.scene.ct.path == str(path), timeout=60_000)
    qtbot.waitUntil(lambda: "not taken off" in window.toast.text, timeout=10_000)
    assert session.assets.ct.values.min() > -200
    QTest.mouseClick(window.toast._button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.store.scene.ct.hu_offset == -1024, timeout=60_000)
    assert session.assets.ct.values.min() < -900
    session.save(tmp_path / "p.synthex")
    assert read_project(tmp_path / "p.synthex")[0].ct.hu_offset == -1024
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: session.assets.ct.values.min() > -200, timeout=60_000)
    assert session.store.scene.ct.hu_offset == 0


@pytest.mark.parametrize("name", ["case_001", "label", "ct_trans", "ct"])
def test_a_dropped_label_map_joins_the_ct_whatever_it_is_called(
    window, small_ct, tmp_path, qtbot, name
):
    settle(window, qtbot)
    session = window.session
    session.store.history.setClean()
    ct = session.store.scene.ct
    labels = (small_ct.values == 1000).astype(np.int16) * 7
    drop(window, save(small_ct, tmp_path / f"{name}.nii.gz", labels))
    qtbot.waitUntil(
        lambda: session.store.scene.labels.path == str(tmp_path / f"{name}.nii.gz"), timeout=60_000
    )
    assert session.store.scene.ct == ct
    assert session.assets.labels.names() == ("label-7",)


def answer(word):
    """Press the button of the question that stands open."""
    box = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox))
    button = next(b for b in box.buttons() if word in b.text())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("word", ["Read without them", "Cancel"])
def test_an_incomplete_series_is_asked_about(window, tmp_path, qtbot, word):
    series(tmp_path / "ct", uid="1.2.3.4")
    lost = sorted((tmp_path / "ct").iterdir())[2:5]
    for path in lost:
        path.write_bytes(b"")
    settle(window, qtbot)
    session = window.session
    session.store.history.setClean()
    before = session.store.scene
    with qtbot.waitSignal(session.incomplete, timeout=60_000) as caught:
        drop(window, tmp_path / "ct")
    assert len(caught.args[0].files) == 3
    qtbot.waitUntil(
        lambda: any(isinstance(w, QMessageBox) for w in QApplication.topLevelWidgets()),
        timeout=10_000,
    )
    answer(word)
    if word == "Cancel":
        QTest.qWait(200)
        assert session.store.scene == before
        return
    qtbot.waitUntil(lambda: session.store.scene.ct.path == str(tmp_path / "ct"), timeout=60_000)
    assert session.store.scene.ct.is_incomplete_accepted
    assert any("3 files could not be read" in text for text in session.assets.warnings)


def test_names_of_a_numbering_are_offered(window, small_ct, tmp_path, qtbot):
    settle(window, qtbot)
    session = window.session
    values = np.zeros(small_ct.values.shape, np.uint8)
    # Pairs of left and right structures on their sides, as TotalSegmentator numbers them.
    right_of = {name: name.replace("left", "right") for name in TOTAL_V2 if "_left" in name}
    lefts = [name for name, right in right_of.items() if right in TOTAL_V2]
    for n, name in enumerate(lefts[:7]):
        left, right = (TOTAL_V2.index(side) + 1 for side in (name, right_of[name]))
        values[3 * n + 5 : 3 * n + 7, 8:20, 22:30] = left
        values[3 * n + 5 : 3 * n + 7, 8:20, 7:15] = right
    drop(window, save(small_ct, tmp_path / "s_seg.nii.gz", values))
    qtbot.waitUntil(lambda: "no table of names" in window.toast.text, timeout=60_000)
    assert all(name.startswith("label-") for name in session.assets.labels.names())
    QTest.mouseClick(window.toast._button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: lefts[0] in session.assets.labels.names(), timeout=60_000)
    assert session.store.scene.labels.label_scheme == "totalsegmentator"
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: lefts[0] not in session.assets.labels.names(), timeout=60_000)
