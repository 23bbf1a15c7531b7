"""The few building blocks of the side columns: sections, value rows, segmented choices."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from synthex_gui.ui.style import theme
from synthex_gui.ui.widgets.eliding_label import ElidingLabel


def link_button(text: str, tooltip: str = "") -> QPushButton:
    """A quiet action in the accent colour."""
    button = QPushButton(text)
    button.setProperty("link", True)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.setToolTip(tooltip or text)
    return button


def section(title: str, action: QWidget | None = None) -> QWidget:
    """A grey section title, with an action at its right end."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 10, 0, 2)
    label = QLabel(title)
    label.setProperty("role", "section")
    layout.addWidget(label)
    layout.addStretch(1)
    if action is not None:
        layout.addWidget(action)
    return row


class ValueRow(QWidget):
    """A label and, right-aligned, a value that is only read."""

    def __init__(self, label: str, tooltip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        name = ElidingLabel(label)
        name.setProperty("role", "secondary")
        self._value = QLabel("–")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(name)
        layout.addStretch(1)
        layout.addWidget(self._value)
        self.setFixedHeight(24)
        if tooltip:
            self.setToolTip(tooltip)

    def set_text(self, text: str) -> None:
        """The value with its unit."""
        self._value.setText(text)

    @property
    def text(self) -> str:
        """What is shown."""
        return self._value.text()


class LabelledWidget(QWidget):
    """A label at the left and a control at the right, one row high."""

    def __init__(self, label: str, control: QWidget, width: int = 150) -> None:
        super().__init__()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        name = ElidingLabel(label)
        name.setBuddy(control)
        layout.addWidget(name)
        layout.addStretch(1)
        control.setFixedWidth(width)
        control.setAccessibleName(label)
        if isinstance(control, QAbstractSpinBox):
            control.setAlignment(Qt.AlignmentFlag.AlignRight)
        layout.addWidget(control)


class Segmented(QWidget):
    """One of a few choices, side by side."""

    chosen = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3, 3, 3, 3)
        layout.setSpacing(2)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        for key, text in choices:
            button = QToolButton()
            button.setText(text)
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            button.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            self._group.addButton(button)
            self._buttons[key] = button
            layout.addWidget(button)
        self.setFixedHeight(36)

    def set_choice(self, key: str) -> None:
        """Show a choice without emitting it."""
        self._buttons[key].setChecked(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(theme.current().hairline))
        painter.setBrush(QColor(theme.current().window))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)


class Panel(QScrollArea):
    """A scrolling column of sections and rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        self.column = QVBoxLayout(body)
        self.column.setContentsMargins(14, 4, 14, 12)
        self.column.setSpacing(4)
        # Not an alignment at the top: that gives lines that wrap the height of unwrapped ones.
        self.column.addStretch(1)
        self.setWidget(body)

    def add(self, *widgets: QWidget) -> None:
        """Append widgets to the column."""
        for widget in widgets:
            self.column.insertWidget(self.column.count() - 1, widget)

    def note(self, text: str = "") -> QLabel:
        """Append a grey line of help that wraps."""
        label = QLabel(text)
        label.setWordWrap(True)
        label.setProperty("role", "secondary")
        self.add(label)
        return label
