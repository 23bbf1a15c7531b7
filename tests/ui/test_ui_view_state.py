"""A project opens as it was left: layout, 3D camera, crosshair, zooms and windows."""

import json
import shutil

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

pytestmark = pytest.mark.display


def zoom_in(view, modifiers):
    centre = QPointF(view.rect().center()) + QPointF(20, 10)
    event = QWheelEvent(
        centre,
        view.mapToGlobal(centre),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def reopen(window, path, qtbot):
    with qtbot.waitSignal(window.session.document.view_opened, timeout=60_000):
        window.session.open_project(path)
    qtbot.wait(50)


def test_the_view_comes_back_with_the_project(window, small_project, tmp_path, qtbot):
    session, work = window.session, window.workspace
    plain = shutil.copytree(small_project.parent, tmp_path / "project") / small_project.name
    axial = work.slices["axial"]
    work.set_layout_id("images")
    qtbot.wait(50)
    work.room.look_from((1.0, -0.4, 0.5), 1234.0)
    window.slices.set_crosshair([3.0, -4.0, 5.0])
    zoom_in(work.radiograph, Qt.KeyboardModifier.NoModifier)
    axial.set_place(3.0, 0.05, -0.1)
    work.radiograph.set_window(0.25, 2.5)
    assert work.radiograph.place()[0] > 1.0
    look = session.store.scene.processing.look
    path = plain.parent / "left.synthex"
    assert window.files._save_to(path)
    left = window.view_state.taken()
    block = json.loads(path.read_text())["view"]
    assert block["layout"] == "images"
    assert block["windows"][look] == [0.25, 2.5]
    assert block["crosshair_mm"] == [3.0, -4.0, 5.0]

    # A project without a view opens as usual.
    work.set_layout_id("planning")
    reopen(window, plain, qtbot)
    usual = window.view_state.taken()
    assert usual.layout == "planning"
    assert usual.slices["axial"].zoom == 1.0
    assert usual.crosshair_mm != left.crosshair_mm
    work.radiograph.set_window(0.0, 9.0)

    reopen(window, path, qtbot)
    again = window.view_state.taken()
    assert again.layout == "images"
    assert again.crosshair_mm == left.crosshair_mm
    for part in ("position", "focus", "up"):
        assert np.allclose(getattr(again.room, part), getattr(left.room, part))
    for plane, place in left.slices.items():
        assert again.slices[plane].zoom == pytest.approx(place.zoom)
        assert again.slices[plane].pan == pytest.approx(place.pan, abs=1e-3)
    assert again.radiograph.zoom == pytest.approx(left.radiograph.zoom)
    assert again.radiograph.pan == pytest.approx(left.radiograph.pan, abs=1e-3)
    # Also when the first full image is there, which sets the window of a new document.
    qtbot.waitUntil(session.live.is_idle, timeout=60_000)
    qtbot.wait(300)
    qtbot.waitUntil(session.live.is_idle, timeout=60_000)
    assert work.radiograph.window == (0.25, 2.5)
    assert session.store.history.isClean()
