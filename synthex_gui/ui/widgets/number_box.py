"""The box for a number, which reads what is typed alike in every country.

A point and a comma are both the decimal sign, whatever the system's locale says, since the sign
that a locale takes for thousands would turn 1.5 into 15. What is not one number stays in the box as
it was typed, so that no part of it is dropped, and gives way to the last number with Enter.
"""

from __future__ import annotations

import re
import unicodedata

from PySide6.QtCore import QLocale, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QToolTip, QWidget

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
WHOLE = re.compile(r"[+-]?\d+")
# Comma, Arabic decimal sign, and the minus signs of typography and of some keyboards.
SIGNS = str.maketrans({",": ".", "\u066b": ".", "\u2212": "-", "\u2013": "-"})
TIP_MS = 6000


def plain_number(text: str) -> str:
    """The same length, with a point as decimal sign and the digits 0 to 9."""
    digits = (str(unicodedata.decimal(sign, sign)) for sign in text)
    return "".join(digits).translate(SIGNS)


class NumberBox(QDoubleSpinBox):
    """A number rounded to as many decimals as `setDecimals` says; where there are none, 1.5 is
    refused. One beyond the limits becomes the nearest limit. A short line says why.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        locale = QLocale.c()
        locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
        self.setLocale(locale)
        # Typing 12 must not give 1 on the way.
        self.setKeyboardTracking(False)
        # A wheel that scrolls the panel must not change the box that comes under it.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def validate(self, text: str, pos: int) -> tuple[QValidator.State, str, int]:
        state = QValidator.State
        return state.Acceptable if self._number_in(text) else state.Intermediate, text, pos

    def fixup(self, text: str) -> str:
        # Qt's own would take out the signs between thousands, which are decimal signs elsewhere.
        return text

    def valueFromText(self, text: str) -> float:
        number = self._number_in(text)
        return round(float(number), self.decimals()) if number else self.value()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._explain()
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._explain()
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def _bare(self, text: str) -> str:
        return text.removeprefix(self.prefix()).removesuffix(self.suffix()).strip()

    def _number_in(self, text: str) -> str:
        """The number as Python reads it; empty when the text is not one number."""
        typed = plain_number(self._bare(text))
        pattern = NUMBER if self.decimals() else WHOLE
        return typed if pattern.fullmatch(typed) else ""

    def _explain(self) -> None:
        """Say why the box will not show what was typed."""
        bare, number = self._bare(self.text()), self._number_in(self.text())
        low, high = (f"{end:.{self.decimals()}f}" for end in (self.minimum(), self.maximum()))
        if number and not self.minimum() <= float(number) <= self.maximum():
            self._tip(f"{number} is outside {low} to {high}")
        elif bare and not number:
            wanted = "number: write 1234.5 or 1234,5" if self.decimals() else "whole number"
            self._tip(f"“{bare}” is not a {wanted}")

    def _tip(self, text: str) -> None:
        def show() -> None:
            below = self.mapToGlobal(QPoint(0, self.height()))
            QToolTip.showText(below, text, self, QRect(), TIP_MS)

        # In the next turn: the focus that the next widget takes hides a tip.
        QTimer.singleShot(0, self, show)


class WholeBox(NumberBox):
    """A whole number; `whole_changed` gives it as such."""

    whole_changed = Signal(int)

    def __init__(self, low: int, high: int, value: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDecimals(0)
        self.setRange(low, high)
        self.setValue(value)
        self.valueChanged.connect(lambda number: self.whole_changed.emit(round(number)))
