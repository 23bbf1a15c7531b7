"""The radiograph with a second image over it: behind a divider that is dragged, or blended in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from synthex_gui.app.compare import Mode
from synthex_gui.physics.look.display import grey_bytes
from synthex_gui.ui.image.image_view import HALO, Pixels, grey_image
from synthex_gui.ui.image.mouse import Drag
from synthex_gui.ui.image.radiograph_view import RadiographView
from synthex_gui.ui.style import theme

# Twice that is 12 points: what a hand hits with a mouse without aiming.
GRAB_POINTS = 6.0
HANDLE = 14.0
# Above the two lines of exposure and window at the bottom.
LABEL_GAP = 58.0


class CompareView(RadiographView):
    """`set_other` gives the second image; at its left stands the live one.

    A second image with no window of its own follows the live image's. One that is not of the same
    camera is fitted into the field, its own aspect kept.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.own_title = ""
        self.mode: Mode = "divider"
        self.divider = 0.5
        self.opacity = 0.5
        self._other: Pixels | None = None
        self._other_title = ""
        self._other_window: tuple[float, float] | None = None
        self._other_image: QImage | None = None
        self._other_bytes: NDArray[np.uint8] | None = None
        self._shown_with: tuple[object, ...] = ()
        self._is_dividing = False
        self._windows_other: tuple[QPointF, tuple[float, float]] | None = None

    def set_other(
        self, pixels: Pixels | None, title: str = "", window: tuple[float, float] | None = None
    ) -> None:
        """Another second image; None takes it away."""
        self._other, self._other_title, self._other_window = pixels, title, window
        self._other_image = None
        self.update()

    def set_mode(self, mode: Mode) -> None:
        """``divider`` or ``blend``; with ``beside`` the second image is in its own view."""
        self.mode = mode
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Of the second image when blended in, 0 to 1."""
        self.opacity = opacity
        self.update()

    @property
    def has_other(self) -> bool:
        """True when a second image lies over this one."""
        return self._other is not None and self.mode != "beside"

    def divider_x(self) -> float:
        """The divider in widget points."""
        # Never quite at the edge, where it could not be grabbed again.
        return float(np.clip(self.divider, 0.02, 0.98)) * self.width()

    # Painting

    def paint_image(self, painter: QPainter) -> None:
        """The live image, the second one over it."""
        super().paint_image(painter)
        if not self.has_other:
            return
        painter.save()
        if self.mode == "divider":
            x = self.divider_x()
            area = QRectF(x, 0, self.width() - x, self.height())
            painter.setClipRect(area)
            # Without it the live image would show through where the other one is smaller.
            painter.fillRect(area, QColor(theme.current().image_background))
        else:
            painter.setOpacity(self.opacity)
        self.draw_image(painter, self._other_as_image(), self._other_target())
        painter.restore()

    def paint_overlays(self, painter: QPainter) -> None:
        """The divider and both names besides the radiograph's own."""
        if not self.has_other or self.pixels is None:
            super().paint_overlays(painter)
            return
        if self.mode == "divider":
            x = self.divider_x()
            painter.setPen(QPen(QColor(theme.ON_IMAGE.accent), 1.5))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
            painter.setBrush(QColor(theme.ON_IMAGE.accent))
            painter.setPen(Qt.PenStyle.NoPen)
            knob = QRectF(x - 3.5, self.height() / 2 - HANDLE, 7, 2 * HANDLE)
            painter.drawRoundedRect(knob, 3.5, 3.5)
        super().paint_overlays(painter)
        painter.setFont(theme.body_font(12, painter.font().Weight.DemiBold))
        y = self.height() - LABEL_GAP
        if self.mode == "divider":
            x = self.divider_x()
            self._name(painter, QRectF(0, y, x - 10, 20), Qt.AlignmentFlag.AlignRight, True)
            right = QRectF(x + 10, y, self.width() - x - 10, 20)
            self._name(painter, right, Qt.AlignmentFlag.AlignLeft, False)
        else:
            area = QRectF(0, y, self.width(), 20)
            text = f"{self.own_title} and {self._other_title}"
            self._text(painter, area, Qt.AlignmentFlag.AlignHCenter, text)

    def _name(self, painter: QPainter, area: QRectF, align: Qt.AlignmentFlag, own: bool) -> None:
        text = self.own_title if own else self._other_title
        # Both the beginning and the ending of a file's name tell it from others.
        metrics = painter.fontMetrics()
        text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(area.width()))
        self._text(painter, area, align, text)

    def _text(self, painter: QPainter, area: QRectF, align: Qt.AlignmentFlag, text: str) -> None:
        painter.setPen(QColor(0, 0, 0, 200))
        for dx, dy in HALO:
            painter.drawText(area.translated(dx, dy), align, text)
        painter.setPen(QColor(theme.ON_IMAGE.accent))
        painter.drawText(area, align, text)

    def _other_target(self) -> QRectF:
        assert self._other is not None
        columns, rows = self.extent
        # Fitted by the shorter side: another detector's image keeps its own shape.
        height, width = self._other.shape
        scale = min(columns / width, rows / height)
        target = QRectF(0, 0, width * scale, height * scale)
        target.moveCenter(QPointF(columns / 2 - 0.5, rows / 2 - 0.5))
        return target

    def _other_as_image(self) -> QImage:
        assert self._other is not None
        low, high = self._other_window or self.window
        shown_with = (low, high, self.is_inverted)
        if self._other_image is None or shown_with != self._shown_with:
            self._shown_with = shown_with
            self._other_bytes = grey_bytes(self._other, low, high, self.is_inverted)
            self._other_image = grey_image(self._other_bytes)
        return self._other_image

    # Mouse

    def drag_meaning(self, event: QMouseEvent) -> Drag:
        """A left press on the divider moves it."""
        self._is_dividing = self._over_divider(event.position()) and (
            # Middle and right drags keep their meaning on the divider.
            event.button() == Qt.MouseButton.LeftButton
        )
        return Drag.MAIN if self._is_dividing else super().drag_meaning(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        beyond = self.mode == "divider" and event.position().x() > self.divider_x()
        has_own = self.has_other and self._other_window is not None
        # Of two images behind a divider the one under the pointer is windowed, where it has its own
        # scale.
        self._windows_other = None
        if self._drag is Drag.WINDOW and beyond and has_own:
            assert self._other_window is not None
            self._windows_other = (event.position(), self._other_window)
            # The press is ours now: the live image would be windowed too.
            self._drag = Drag.NONE

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._windows_other is not None and event.buttons():
            start, (low, high) = self._windows_other
            offset = event.position() - start
            # As on the live image: 200 points to the side are a factor of e, 300 up a whole width.
            width = (high - low) * float(np.exp(offset.x() / 200.0))
            level = (low + high) / 2 - offset.y() * (high - low) / 300.0
            self._other_window = (level - width / 2, level + width / 2)
            self.update()
        if not event.buttons() and self._over_divider(event.position()):
            self.setCursor(Qt.CursorShape.SplitHCursor)

    def main_pressed(self, event: QMouseEvent) -> None:
        if not self._is_dividing:
            super().main_pressed(event)

    def main_dragged(self, event: QMouseEvent) -> None:
        if self._is_dividing:
            self.divider = float(np.clip(event.position().x() / max(self.width(), 1), 0.02, 0.98))
            self.update()
        else:
            super().main_dragged(event)

    def main_released(self, event: QMouseEvent) -> None:
        if self._is_dividing:
            self._is_dividing = False
        else:
            super().main_released(event)

    def _over_divider(self, point: QPointF) -> bool:
        is_there = self.has_other and self.mode == "divider"
        return is_there and abs(point.x() - self.divider_x()) <= GRAB_POINTS
