"""Texts that have less room than they need."""

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QStatusBar,
    QTabBar,
    QWidget,
)

from synthex_gui.ui.panels.views_panel import Thumbnail
from synthex_gui.ui.widgets.eliding_label import ElidingLabel


def cut_off(root):
    """What is shown under a widget and is narrower or lower than its text."""
    found = []
    for widget in root.findChildren(QWidget):
        text = text_of(widget) if widget.isVisible() else ""
        if widget.isVisible() and is_squeezed(widget):
            found.append(f"{type(widget).__name__} is too low for what is in it")
        if text and needs(widget, text):
            found.append(f"{type(widget).__name__} {text!r}")
    return found


def is_squeezed(widget):
    """True where a layout has less height than it needs; the status bar's asks for too much."""
    layout = widget.layout()
    if layout is None or isinstance(widget, QStatusBar):
        return False
    return widget.height() + 1 < layout.minimumSize().height()


def text_of(widget):
    if isinstance(widget, QTabBar):
        return " ".join(widget.tabText(n) for n in range(widget.count()))
    if isinstance(widget, QComboBox):
        return widget.currentText()
    return widget.text() if isinstance(widget, QLabel | QAbstractButton | QAbstractSpinBox) else ""


def needs(widget, text):
    """True where the text has too little room."""
    metrics, inner = widget.fontMetrics(), widget.contentsRect()
    if isinstance(widget, ElidingLabel):
        # A hint may give way; a name that loses more than a third says nothing any more.
        return inner.width() < 0.6 * metrics.horizontalAdvance(text) and inner.width() > 24
    if isinstance(widget, QLabel):
        if widget.wordWrap():
            return widget.heightForWidth(widget.width()) > widget.height() + 1
        return widget.sizeHint().width() > widget.width() + 1
    if isinstance(widget, QAbstractSpinBox):
        return metrics.horizontalAdvance(text) > widget.lineEdit().contentsRect().width() + 1
    if isinstance(widget, QComboBox):
        # The style sheet's padding at both sides and the arrow.
        return metrics.horizontalAdvance(text) > widget.width() - 36
    if isinstance(widget, QTabBar):
        return widget.sizeHint().width() > widget.width() + 1
    if isinstance(widget, Thumbnail):
        return False
    if isinstance(widget, QAbstractButton):
        return widget.sizeHint().width() > widget.width() + 1
    return False
