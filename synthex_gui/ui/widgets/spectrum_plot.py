"""A tube spectrum as a filled curve with its energy axis."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from synthex_gui.physics.beam.spectra import Spectrum
from synthex_gui.ui.style import theme


class SpectrumPlot(QWidget):
    """Photons per keV against energy, filled, with its axis."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(120)
        self.setAccessibleName("Spectrum")
        self._spectrum: Spectrum | None = None

    def show_spectrum(self, rays: Spectrum) -> None:
        """Plot another spectrum."""
        self._spectrum = rays
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(2, 6, -2, -20)
        painter.setPen(QPen(QColor(t.hairline), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setFont(theme.body_font(12))
        rays = self._spectrum
        if rays is None:
            return
        top_kev = 150.0
        peak = float(rays.fluence.max())
        points = [QPointF(area.left(), area.bottom())]
        for energy, value in zip(rays.energy_kev, rays.fluence, strict=True):
            x = area.left() + energy / top_kev * area.width()
            points.append(QPointF(x, area.bottom() - value / peak * area.height()))
        points.append(QPointF(points[-1].x(), area.bottom()))
        fill = QColor(t.accent)
        fill.setAlpha(60)
        painter.setBrush(fill)
        painter.setPen(QPen(QColor(t.accent), 1.4))
        painter.drawPolygon(QPolygonF(points))
        painter.setPen(QColor(t.secondary))
        for kev in (0, 50, 100, 150):
            x = area.left() + kev / top_kev * area.width()
            align = Qt.AlignmentFlag.AlignHCenter
            box = QRectF(x - 30, area.bottom() + 3, 60, 16)
            if kev == 0:
                align, box = Qt.AlignmentFlag.AlignLeft, QRectF(x, area.bottom() + 3, 60, 16)
            elif kev == 150:
                align, box = Qt.AlignmentFlag.AlignRight, QRectF(x - 60, area.bottom() + 3, 60, 16)
            painter.drawText(box, align, f"{kev} keV" if kev else "0")
