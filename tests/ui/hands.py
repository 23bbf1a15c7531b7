"""Controls operated as a person does, with mouse and keys, and found by walking the widgets."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QToolButton,
)

from synthex_gui.ui.widgets.value_slider import Track

LEFT = Qt.MouseButton.LeftButton
KINDS = {
    Track: "slider",
    QAbstractSpinBox: "box",
    QComboBox: "combo",
    QCheckBox: "check",
    QToolButton: "choice",
    QPushButton: "button",
    QListWidget: "list",
    QLineEdit: "text",
}


def controls_of(root):
    """``kind:name`` -> control, of everything under a widget that takes the mouse or the keys."""
    found = {}
    for kind, word in KINDS.items():
        for widget in root.findChildren(kind):
            inner = isinstance(widget, QLineEdit) and isinstance(
                widget.parent(), QAbstractSpinBox | QComboBox
            )
            # Qt's own parts: a spin box's editor, a scroll bar's buttons.
            if inner or widget.objectName().startswith("qt_"):
                continue
            named = (
                widget.text() if isinstance(widget, QCheckBox | QToolButton | QPushButton) else ""
            )
            key = f"{word}:{widget.accessibleName() or named}"
            assert key not in found, f"two controls are called {key}"
            found[key] = widget
    return found


def show(widget):
    """Scroll to it, as one must to reach it."""
    area = widget.parent()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parent()
    if area is not None:
        area.ensureWidgetVisible(widget)
    QApplication.processEvents()
    assert widget.isVisible(), f"{widget.accessibleName()} is hidden"
    assert widget.isEnabled(), f"{widget.accessibleName()} is disabled"


def drag_slider(track, points):
    """The handle by so many points."""
    show(track)
    share = (track.value - track.low) / (track.high - track.low)
    start = QPoint(round(7 + share * (track.width() - 14)), track.height() // 2)
    QTest.mousePress(track, LEFT, pos=start)
    QTest.mouseMove(track, start + QPoint(points // 2, 0))
    QTest.mouseMove(track, start + QPoint(points, 0))
    QTest.mouseRelease(track, LEFT, pos=start + QPoint(points, 0))


def type_number(box, value):
    """Select what stands there, type, Enter."""
    show(box)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, f"{value:g}")
    QTest.keyClick(box, Qt.Key.Key_Return)


def type_text(edit, text):
    """Replace what stands there, Enter."""
    show(edit)
    edit.setFocus()
    (edit.lineEdit() if isinstance(edit, QComboBox) else edit).selectAll()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def pick(combo, title):
    """Another entry, with the keys in the list that opens."""
    show(combo)
    row = combo.findText(title)
    assert row >= 0, f"{title}: not among {[combo.itemText(n) for n in range(combo.count())]}"
    combo.showPopup()
    view = combo.view()
    QTest.qWaitForWindowExposed(view.window())
    key = Qt.Key.Key_Down if row > combo.currentIndex() else Qt.Key.Key_Up
    for _ in range(abs(row - combo.currentIndex())):
        QTest.keyClick(view, key)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert combo.currentIndex() == row, f"{combo.currentText()} instead of {title}"


def click(widget):
    """A left click in the middle, or on a check box's box."""
    show(widget)
    at = QPoint(10, widget.height() // 2) if isinstance(widget, QCheckBox) else QPoint()
    QTest.mouseClick(widget, LEFT, pos=at if not at.isNull() else widget.rect().center())


def tick(items, name):
    """The box of a row of a list."""
    show(items)
    (item,) = items.findItems(name, Qt.MatchFlag.MatchExactly)
    items.scrollToItem(item)
    area = items.visualItemRect(item)
    QTest.mouseClick(items.viewport(), LEFT, pos=area.topLeft() + QPoint(10, area.height() // 2))
