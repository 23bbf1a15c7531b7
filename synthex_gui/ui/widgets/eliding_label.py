"""A one-line label that shortens its text rather than push its neighbours out of the panel."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

LEAST_WIDTH = 24


class ElidingLabel(QLabel):
    """Takes its text's width where there is room, down to `least_width`; the whole text is the
    tooltip's business.
    """

    def __init__(self, text: str, least_width: int = LEAST_WIDTH) -> None:
        super().__init__(text)
        self._least_width = least_width

    def minimumSizeHint(self) -> QSize:
        full = super().minimumSizeHint()
        return QSize(min(self._least_width, full.width()), full.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        area = self.contentsRect()
        text = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, self.alignment(), text)
