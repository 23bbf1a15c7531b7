"""Planning with tools, slices, comparisons and series, by mouse."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from screen import drag

from synthex_gui.scene.sources import BuiltInTool

pytestmark = pytest.mark.display


def rests(window):
    return not window.session.is_busy() and window.session.live.is_idle()


def test_a_tool_dragged_on_a_slice_moves_in_its_plane(window, qtbot):
    view, store = window.workspace.slices["coronal"], window.session.store
    window.slices.set_crosshair([0.0, 0.0, 0.0])
    qtbot.waitUntil(lambda: rests(window), timeout=20_000)
    view.repaint()
    (_, lines), *_ = view._outlines
    at = QPointF(
        np.mean([line.x1() for line in lines]), np.mean([line.y1() for line in lines])
    ).toPoint()
    before = np.array(store.scene.tools[0].world_from_tool)
    steps = store.history.count()
    drag(qtbot, view, at, 5, QPoint(4, 0))
    moved = np.array(store.scene.tools[0].world_from_tool) - before
    per_point = 1 / view.widget_from_image().m11() * np.linalg.norm(view._grid.right_mm)
    assert moved[0, 3] == pytest.approx(20 * per_point, rel=0.02)
    assert np.abs(moved[1:, 3]).max() < 1e-9
    assert store.history.count() == steps + 1
    assert window.selection.tool == "wire"


def test_a_press_beside_the_tools_moves_the_crosshair(window, qtbot):
    view = window.workspace.slices["axial"]
    store, before = window.session.store, window.session.store.scene
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(20, view.height() // 2))
    assert window.slices.crosshair[0] < -20
    assert store.scene is before


def test_a_size_of_a_built_in_tool_changes_its_mesh_and_undo_restores_it(window, qtbot):
    window.selection.select("wire")
    session = window.session
    length = np.ptp(session.assets.meshes["wire"].bounds_mm(), axis=0)[2]
    form = window.panels.tool._sizes
    form._sliders["length_mm"].set_state(80.0, 10, 500, 280)
    form._sliders["length_mm"].ended.emit()

    def length_mm():
        return np.ptp(session.assets.meshes["wire"].bounds_mm(), axis=0)[2]

    qtbot.waitUntil(lambda: abs(length_mm() - 80) < 0.5, timeout=20_000)
    source = session.store.scene.tools[0].source
    assert isinstance(source, BuiltInTool)
    assert source.parameters == {"length_mm": 80.0}
    window.commands["undo"].trigger()
    qtbot.waitUntil(lambda: abs(length_mm() - length) < 0.5, timeout=20_000)


def test_another_level_of_the_same_pose_lies_behind_the_divider(window, qtbot):
    view = window.workspace.radiograph
    window.compare.with_level("naive")
    qtbot.waitUntil(lambda: view.has_other and rests(window), timeout=20_000)
    assert view._other.shape == view.pixels.shape
    # The geometry stays where it is: both levels see the block's edges in the same columns.
    row = view.pixels.shape[0] // 2
    edges = []
    for pixels in (view.pixels, view._other):
        near = pixels[row, :400] > 0.5 * pixels[row, 300:400].mean()
        edges.append(int(np.argmax(near)))
    assert abs(edges[0] - edges[1]) <= 4
    at = QPoint(int(view.divider_x()), view.height() // 3)
    drag(qtbot, view, at, 4, QPoint(-20, 0))
    assert view.divider_x() == pytest.approx(at.x() - 80, abs=1)
    window.compare.with_level(None)
    assert not view.has_other


def test_a_real_image_opens_beside_the_radiograph(window, qtbot, tmp_path):
    picture = np.tile(np.linspace(2000, 60000, 80, dtype=np.uint16), (60, 1))
    path = tmp_path / "real.png"
    Image.fromarray(picture).save(path)
    window.files.open_path(path)
    view, beside = window.workspace.radiograph, window.workspace.beside
    qtbot.waitUntil(lambda: view.has_other and rests(window), timeout=60_000)
    window.compare.set_mode("beside")
    assert beside.isVisible()
    assert not view.has_other
    # Air, where most signal arrived, is dark as in the live image: the values fall to the right.
    assert (np.diff(beside.pixels[30]) < 0).all()
    assert beside.title == "real.png"


def test_a_picture_that_is_no_radiograph_is_refused_by_name(window, qtbot, tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 20, 3), dtype=np.uint8)).save(
        path
    )
    with qtbot.waitSignal(window.session.problem, timeout=60_000) as said:
        window.files.open_path(path)
    assert "photo.png" in said.args[0]
    assert not window.workspace.radiograph.has_other
