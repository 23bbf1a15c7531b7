"""A labelled value: name at the left, a box with its unit at the right, a slider under both."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from synthex_gui.ui.style import theme
from synthex_gui.ui.widgets.eliding_label import ElidingLabel
from synthex_gui.ui.widgets.number_box import NumberBox

# Repeats of arrow keys and wheel steps closer together than this are one undo step.
REPEAT_MS = 400
# A name keeps so much of its text where the column is narrow; the hint beside it gives way first.
NAME_WIDTH = 140


class Track(QWidget):
    """The slider alone: zero, limits, the part between zero and the value, a round handle."""

    pressed = Signal()
    moved = Signal(float)
    released = Signal()
    nudged = Signal(float)
    reset_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.low, self.high, self.value, self.zero = 0.0, 1.0, 0.0, 0.0
        self.forbidden: list[tuple[float, float]] = []
        self.step = 1.0
        self._is_dragging = False
        self.setFixedHeight(18)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_state(self, value: float, low: float, high: float, zero: float) -> None:
        """What is shown; nothing is emitted."""
        state = (value, low, high, zero)
        if state != (self.value, self.low, self.high, self.zero):
            self.value, self.low, self.high, self.zero = state
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = self.height() / 2
        left, right = 7.0, self.width() - 7.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.hairline))
        painter.drawRoundedRect(QRectF(left, y - 1.5, right - left, 3), 1.5, 1.5)
        enabled = self.isEnabled() and self.high > self.low
        painter.setBrush(QColor(t.refusal))
        for low, high in self.forbidden:
            x = self._x(max(low, self.low))
            painter.drawRect(QRectF(x, y + 4.5, self._x(min(high, self.high)) - x, 2))
        zero, at = self._x(self.zero), self._x(self.value)
        outside = not self.low - 1e-6 <= self.value <= self.high + 1e-6
        color = QColor(t.refusal if outside else t.accent)
        if enabled:
            painter.setBrush(color)
            painter.drawRect(QRectF(min(zero, at), y - 1.5, abs(at - zero), 3))
            painter.setPen(QPen(QColor(t.secondary), 1))
            painter.drawLine(QPointF(zero, y - 5), QPointF(zero, y + 5))
        painter.setPen(QPen(QColor(t.accent), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        handle = QColor(t.text if t is theme.DARK else "#ffffff")
        if t is theme.LIGHT:
            painter.setPen(QPen(QColor(t.accent if self.hasFocus() else t.secondary), 1.5))
        painter.setBrush(handle if enabled else QColor(t.hairline))
        painter.drawEllipse(QPointF(at, y), 6, 6)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.high > self.low:
            self._is_dragging = True
            self.pressed.emit()
            self._move_to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_dragging:
            self._move_to(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_dragging:
            self._is_dragging = False
            self.released.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()  # scrolling the panel must not turn the arm
            return
        fine = 0.1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        self.nudged.emit(self.step * fine * (1 if event.angleDelta().y() > 0 else -1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        fine = 0.1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        steps = {
            Qt.Key.Key_Left: -1.0,
            Qt.Key.Key_Down: -1.0,
            Qt.Key.Key_Right: 1.0,
            Qt.Key.Key_Up: 1.0,
            Qt.Key.Key_PageUp: 10.0,
            Qt.Key.Key_PageDown: -10.0,
        }
        if event.key() in steps:
            self.nudged.emit(steps[Qt.Key(event.key())] * self.step * fine)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut, QEvent.Type.EnabledChange):
            self.update()
        return super().event(event)

    def _x(self, value: float) -> float:
        span = self.high - self.low
        share = 0.5 if span <= 0 else min(1.0, max(0.0, (value - self.low) / span))
        return 7.0 + share * (self.width() - 14.0)

    def _move_to(self, event: QMouseEvent) -> None:
        share = (event.position().x() - 7.0) / max(self.width() - 14.0, 1.0)
        share = min(1.0, max(0.0, share))
        value = self.low + share * (self.high - self.low)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            value = round(value / (5 * self.step)) * 5 * self.step
        self.moved.emit(value)


class ValueSlider(QWidget):
    """One number with limits. A drag or a run of nudges is one gesture: started, changed, ended."""

    started = Signal()
    changed = Signal(float)
    ended = Signal()

    def __init__(
        self,
        label: str,
        suffix: str,
        hint: str = "",
        tooltip: str = "",
        decimals: int = 1,
        step: float = 1.0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._default = 0.0
        self._value = 0.0
        self._is_open = False
        name = ElidingLabel(label, NAME_WIDTH)
        grey = ElidingLabel(hint)
        grey.setProperty("role", "secondary")
        self.box = NumberBox()
        self.box.setDecimals(decimals)
        self.box.setSuffix(suffix)
        self.box.setSingleStep(step)
        self.box.setFixedWidth(86)
        self.box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.box.setAccessibleName(label)
        self.track = Track()
        self.track.step = step
        self.track.setAccessibleName(label)
        for widget in (name, self.box, self.track):
            widget.setToolTip(tooltip or label)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setHorizontalSpacing(6)
        layout.setVerticalSpacing(2)
        layout.addWidget(name, 0, 0)
        layout.addWidget(grey, 0, 1)
        layout.setColumnStretch(2, 1)
        layout.addWidget(self.box, 0, 3)
        layout.addWidget(self.track, 1, 0, 1, 4)
        self._repeat = QTimer(self, singleShot=True, interval=REPEAT_MS)
        self._repeat.timeout.connect(self._end)
        self.track.pressed.connect(self._begin)
        self.track.moved.connect(self._change)
        self.track.released.connect(self._end)
        self.track.nudged.connect(self._nudge)
        self.track.reset_requested.connect(lambda: self._set_once(self._default))
        self.box.valueChanged.connect(self._box_changed)
        self.box.editingFinished.connect(self._end)

    def set_state(
        self, value: float, low: float, high: float, default: float = 0.0, zero: float = 0.0
    ) -> None:
        """Show a value and its limits; the box takes values beyond them and turns red."""
        self._default, self._value = default, value
        self.track.set_state(value, low, high, min(max(zero, low), high))
        span = max(high - low, 1.0)
        blocked = self.box.blockSignals(True)
        self.box.setRange(low - span, high + span)
        self.box.setValue(value)
        self.box.blockSignals(blocked)
        refused = not low - 1e-6 <= value <= high + 1e-6
        if bool(self.box.property("refused")) != refused:
            self.box.setProperty("refused", refused)
            self.box.style().unpolish(self.box)
            self.box.style().polish(self.box)
        fixed = high <= low
        self.track.setEnabled(not fixed)
        self.track.setVisible(not fixed)
        self.box.setReadOnly(fixed)

    def set_forbidden(self, spans: list[tuple[float, float]]) -> None:
        """Parts of the travel to mark in red."""
        if spans != self.track.forbidden:
            self.track.forbidden = spans
            self.track.update()

    @property
    def value(self) -> float:
        """What is shown."""
        return self._value

    def _begin(self) -> None:
        if not self._is_open:
            self._is_open = True
            self.started.emit()

    def _change(self, value: float) -> None:
        self._value = value
        self.changed.emit(value)

    def _end(self) -> None:
        self._repeat.stop()
        if self._is_open:
            self._is_open = False
            self.ended.emit()

    def _nudge(self, amount: float) -> None:
        self._begin()
        target = self._value + amount
        self._change(min(max(target, self.track.low), self.track.high))
        self._repeat.start()

    def _set_once(self, value: float) -> None:
        self._begin()
        self._change(value)
        self._end()

    def _box_changed(self, value: float) -> None:
        self._begin()
        self._change(value)
        self._repeat.start()
