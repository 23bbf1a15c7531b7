"""An exception anywhere in the window is shown, logged, and ends nothing."""

import threading

import pytest
from hands import click
from PySide6.QtCore import QEvent, QEventLoop, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from synthex_gui.app import live
from synthex_gui.app.faults import Faults, catch_everything
from synthex_gui.ui.commands.edit import EditCommands
from synthex_gui.ui.commands.file import FileCommands
from synthex_gui.ui.commands.image import ImageCommands
from synthex_gui.ui.commands.pose import PoseCommands
from synthex_gui.ui.commands.tool import ToolCommands
from synthex_gui.ui.commands.view import ViewCommands
from synthex_gui.ui.dialogs.fault_dialog import FaultReporter
from synthex_gui.ui.image.image_view import ImageView
from synthex_gui.ui.panels.carm_panel import CArmPanel
from synthex_gui.ui.presenters.radiograph import RadiographPresenter
from synthex_gui.ui.widgets.forms import Segmented
from synthex_gui.ui.widgets.value_slider import Track

pytestmark = pytest.mark.display

SECRET = "/data/Doe Jane/ct.nii.gz"


def fail(*_, **__):
    raise RuntimeError(f"{SECRET}: planted")


def wait(milliseconds):
    """The loop runs, and calls what is overridden."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def press(widget, at):
    """A left click that the loop delivers."""
    left, place = Qt.MouseButton.LeftButton, QPointF(at)
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        event = QMouseEvent(
            kind,
            place,
            QPointF(widget.mapToGlobal(at)),
            left,
            left if kind == QEvent.Type.MouseButtonPress else Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.postEvent(widget, event)
    wait(40)


def action(owner, method, key):
    """The action's own work fails."""

    def inject(window, patch):
        window.commands["preset:inlet"].trigger()
        patch.setattr(owner, method, fail)
        window.commands[key].trigger()

    return inject


def painting(owner, method, find):
    def inject(window, patch):
        patch.setattr(owner, method, fail)
        find(window).update()
        # What an override raises is lost where Python calls Qt, as QTest does: the loop must call.
        wait(40)

    return inject


def pressed(window, patch):
    patch.setattr(ImageView, "mousePressEvent", fail)
    press(next(iter(window.workspace.slices.values())), QPoint(9, 9))


def arrow(window, patch):
    patch.setattr(CArmPanel, "nudge", fail)
    left = QEvent.Type.KeyPress, Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier
    QApplication.postEvent(window, QKeyEvent(*left))
    wait(40)


def slider(window, patch):
    patch.setattr(Track, "_move_to", fail)
    press(window.panels.carm.track_of("orbital_deg"), QPoint(20, 5))


def dropped(window, patch):
    patch.setattr(FileCommands, "open_path", fail)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(SECRET)])
    how = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.postEvent(window, QDragEnterEvent(QPoint(5, 5), *how))
    QApplication.postEvent(window, QDropEvent(QPointF(5, 5), *how))
    wait(40)


def follower(window, patch):
    store = window.session.store
    connection = store.changed.connect(fail)
    window.commands["head_up"].trigger()
    window.commands["preset:outlet"].trigger()
    store.changed.disconnect(connection)
    store.history.undo()


def timer(window, patch):
    QTimer.singleShot(0, fail)


def observer(window, patch):
    vtk = window.workspace.room.iren.interactor
    number = vtk.AddObserver("LeftButtonPressEvent", fail)
    vtk.InvokeEvent("LeftButtonPressEvent")
    vtk.RemoveObserver(number)


def thread(window, patch):
    made = threading.Thread(target=fail)
    made.start()
    made.join()


def job(window, patch):
    def work():
        yield 0, 1, "begun"
        fail()

    window.session.run_job("Opening Doe Jane.nii.gz", work)


def image(window, patch):
    patch.setattr(live, "render_frame", fail)
    window.commands["expose"].trigger()


PLACES = {
    "undo": action(EditCommands, "undo", "undo"),
    "head up": action(PoseCommands, "head_up", "head_up"),
    "opposite": action(PoseCommands, "opposite", "opposite"),
    "mirror": action(PoseCommands, "mirror", "mirror"),
    "preset": action(PoseCommands, "go_to_preset", "preset:outlet"),
    "save view": action(PoseCommands, "save_view", "save_view"),
    "add tool": action(ToolCommands, "add_built_in", "tool:k-wire"),
    "add landmark": action(ToolCommands, "add_landmark", "add_landmark"),
    "save": action(FileCommands, "save", "save"),
    "save image": action(ImageCommands, "save", "save_image"),
    "copy image": action(ImageCommands, "copy", "copy_image"),
    "export": action(ImageCommands, "export_series", "export"),
    "theme": action(ViewCommands, "set_theme", "theme:light"),
    "expose": action(RadiographPresenter, "expose", "expose"),
    "paint a track": painting(Track, "_x", lambda w: w.panels.carm.track_of("orbital_deg")),
    "paint an image": painting(
        ImageView, "draw_image", lambda w: next(iter(w.workspace.slices.values()))
    ),
    "mouse": pressed,
    "key": arrow,
    "slider": slider,
    "drop": dropped,
    "follower of the scene": follower,
    "timer": timer,
    "observer of VTK": observer,
    "thread": thread,
    "job": job,
    "image": image,
}


@pytest.fixture
def watched(module_window, monkeypatch):
    """The window with a fresh reporter, catching everything."""
    window, faults = module_window, Faults()
    window.panels.show_panel(window.panels.carm)
    reporter = FaultReporter(window, window.helps.copy_report, window.say)
    faults.found.connect(reporter.show)
    let_go = catch_everything(faults)
    yield window
    let_go()
    for box in boxes(window):
        box.close()
    reporter.deleteLater()


def boxes(window):
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def button(box, text):
    return next(item for item in box.buttons() if item.text() == text)


@pytest.mark.trust("R4")
@pytest.mark.parametrize("place", PLACES)
def test_it_is_shown_and_logged_and_the_window_goes_on(watched, qtbot, place, caplog, capfd):
    store = watched.session.store
    with pytest.MonkeyPatch.context() as patch:
        PLACES[place](watched, patch)
        qtbot.waitUntil(lambda: len(boxes(watched)) == 1, timeout=10_000)
    (box,) = boxes(watched)
    assert box.text().startswith("An internal error")
    # What was raised is for the report, not for a person.
    assert "planted" not in box.text() + box.informativeText() + watched.toast.text
    assert any("planted" in (record.exc_text or "") for record in caplog.records)
    # Beside the open dialog, the window works.
    before = store.scene
    click(next(iter(watched.panels.carm.findChildren(Segmented)))._buttons["naive"])
    assert store.scene.level == "naive"
    watched.commands["undo"].trigger()
    assert store.scene == before
    click(button(box, "Close"))
    qtbot.waitUntil(lambda: not boxes(watched), timeout=5000)


@pytest.mark.trust("R4")
def test_a_storm_of_one_error_is_one_dialog_and_then_one_line(watched, qtbot):
    for _ in range(200):
        QTimer.singleShot(0, fail)
    qtbot.waitUntil(
        lambda: bool(boxes(watched)) and boxes(watched)[0].informativeText() == "200 errors so far",
        timeout=20_000,
    )
    (box,) = boxes(watched)
    click(button(box, "Close"))
    qtbot.waitUntil(lambda: not boxes(watched), timeout=5000)
    for _ in range(50):
        QTimer.singleShot(0, fail)
    qtbot.waitUntil(lambda: watched.toast.text.startswith("The same internal error"), timeout=5000)
    assert not boxes(watched)


def test_the_report_is_copied_without_names(watched, qtbot):
    QTimer.singleShot(0, fail)
    qtbot.waitUntil(lambda: bool(boxes(watched)), timeout=5000)
    click(button(boxes(watched)[0], "Copy report"))
    text = QGuiApplication.clipboard().text()
    assert "RuntimeError" in text
    assert "test_ui_faults.py" in text
    assert "SyntheX GUI" in text
    assert "Doe" not in text


def test_diagnostics_are_copied_from_the_help_menu(watched):
    QGuiApplication.clipboard().clear()
    watched.commands["copy_diagnostics"].trigger()
    text = QGuiApplication.clipboard().text()
    assert text.startswith("SyntheX GUI")
    assert "CPU" in text
    assert "copied" in watched.toast.text
