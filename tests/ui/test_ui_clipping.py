"""No text of the window is cut off at the smallest usual size."""

import pytest
from clipping import cut_off
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from synthex_gui.ui.dialogs.export_dialog import ExportDialog
from synthex_gui.ui.widgets.forms import Panel

pytestmark = pytest.mark.display


@pytest.fixture
def small_window(module_window, qtbot):
    window = module_window
    window.resize(1280, 800)
    window.reset_layout()
    qtbot.waitUntil(lambda: window.width() == 1280, timeout=5000)
    return window


def settle():
    for _ in range(5):
        QApplication.processEvents()


@pytest.mark.parametrize("tab", range(5))
def test_every_tab_fits(small_window, tab):
    small_window.panels.tabs.setCurrentIndex(tab)
    settle()
    assert not cut_off(small_window)


def test_tool_matter_and_comparison_fit(small_window):
    panels = small_window.panels
    small_window.selection.select("wire")
    settle()
    assert not cut_off(small_window)
    panels.show_matter("rod")
    settle()
    assert not cut_off(small_window)
    panels.show_panel(panels.image)
    small_window.compare.with_level("naive")
    settle()
    assert not cut_off(small_window)
    small_window.compare.with_level(None)


@pytest.mark.parametrize("structures", [None, ("rod", "another")])
def test_the_export_dialog_fits(small_window, qtbot, structures):
    plan = small_window.session.store.scene.plan.evolve(structures=structures)
    small_window.session.store.apply("Plan", lambda scene: scene.evolve(plan=plan))
    dialog = ExportDialog(small_window, small_window.session, small_window.workspace.room)
    dialog.open()
    settle()
    assert dialog.width() <= 1280
    assert not cut_off(dialog)
    dialog.close()


def test_what_has_too_little_room_is_seen(qtbot):
    narrow = QWidget()
    qtbot.addWidget(narrow)
    label = QLabel("Source to isocentre", narrow)
    label.setFixedWidth(40)
    narrow.show()
    assert len(cut_off(narrow)) == 1


def test_lines_that_wrap_have_their_height(qtbot):
    panel = Panel()
    qtbot.addWidget(panel)
    panel.resize(200, 120)
    group = QWidget()
    column = QVBoxLayout(group)
    for number in range(4):
        column.addWidget(QLabel(f"Row {number}"))
    panel.note("A line of help that is far longer than the panel is wide, so that it wraps " * 3)
    panel.add(group)
    panel.show()
    settle()
    assert not cut_off(panel)


def test_a_long_message_over_the_window_fits(small_window):
    text = (
        "/home/x/.config/synthex-gui: settings and unsaved work cannot be kept there (Permission "
        "denied). This run keeps them in /tmp/synthex-gui-abcdefgh\n/home/x/.local/state/synthex-"
        "gui/log: no log is written there (Permission denied); free the folder"
    )
    small_window.say(text, "warning")
    settle()
    assert not cut_off(small_window.toast)
    assert small_window.rect().contains(small_window.toast.geometry())
    small_window.toast.hide()
