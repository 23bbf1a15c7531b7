"""Real mouse events on a widget."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication


def drag(qtbot, widget, start, steps, step):
    qtbot.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    for number in range(1, steps + 1):
        qtbot.mouseMove(widget, start + number * step)
        QApplication.processEvents()
    qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=start + steps * step)
