"""The one 2D image widget: zoom, pan, window/level, overlays; the other views build on it.

QPainter, not VTK: 2 to 6 ms a frame where a VTK image slice takes 50 with software OpenGL.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from synthex_gui.physics.look.display import grey_bytes
from synthex_gui.ui.image.mouse import Drag, meaning
from synthex_gui.ui.style import theme

Pixels = NDArray[np.float32]
ZOOM_RANGE = (0.2, 40.0)
# Where the dark copies of a text lie under it, so that it reads on bone as on air.
HALO = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1), (2, 0), (0, 2))


def grey_image(grey: NDArray[np.uint8]) -> QImage:
    """A QImage over (h, w) grey values, which the caller keeps alive."""
    height, width = grey.shape
    return QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8)


class ImageView(QWidget):
    """Shows (h, w) float32 pixels through a window (low, high); pixel (0, 0) is a centre."""

    window_changed = Signal(float, float)
    hovered = Signal(object)  # (column, row) floats, or None when the pointer has left
    maximise_requested = Signal()

    mouse_table: dict[Qt.MouseButton, Drag] = {}

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # The whole widget is painted, so Qt need not clear it first.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(title)
        self._pixels: Pixels | None = None
        self._image: QImage | None = None
        self._bytes: NDArray[np.uint8] | None = None
        self._low, self._high = 0.0, 1.0
        self._is_inverted = False
        self._extent = (1.0, 1.0)
        self._aspect = 1.0
        self._zoom = 1.0
        self._pan = QPointF(0, 0)
        self._drag = Drag.NONE
        self._drag_from = QPointF()
        self._drag_start: tuple[float, float, float, QPointF] = (0, 0, 1, QPointF())

    # What is shown

    def set_pixels(
        self, pixels: Pixels | None, extent: tuple[float, float] | None = None, aspect: float = 1.0
    ) -> None:
        """Show pixels; `extent` (columns, rows) of the coordinate system they span.

        A coarse image thus covers the same field as the full one. `aspect` is the height of a
        coordinate unit over its width.
        """
        self._pixels = pixels
        if pixels is not None:
            self._extent = extent or (float(pixels.shape[1]), float(pixels.shape[0]))
        self._aspect = aspect
        self._image = None
        self.update()

    @property
    def pixels(self) -> Pixels | None:
        """What is shown now."""
        return self._pixels

    def set_window(self, low: float, high: float) -> None:
        """Values shown black and white."""
        # A window of no width would show nothing and divide by zero.
        if high <= low:
            high = low + 1e-6
        if (low, high) != (self._low, self._high):
            self._low, self._high = low, high
            self._image = None
            self.window_changed.emit(low, high)
            self.update()

    @property
    def window(self) -> tuple[float, float]:  # type: ignore[override]
        """(low, high)."""
        return self._low, self._high

    def set_inverted(self, inverted: bool) -> None:
        """Bright becomes dark."""
        self._is_inverted = inverted
        self._image = None
        self.update()

    @property
    def is_inverted(self) -> bool:
        """True when bright is shown dark."""
        return self._is_inverted

    @property
    def extent(self) -> tuple[float, float]:
        """(columns, rows) of the coordinate system that the image spans."""
        return self._extent

    def fit(self) -> None:
        """The whole image, centred."""
        self._zoom, self._pan = 1.0, QPointF(0, 0)
        self.update()

    def place(self) -> tuple[float, float, float]:
        """(zoom, pan x, pan y); the pan in parts of the image area, so that it fits any window."""
        area = self.image_area()
        width, height = max(area.width(), 1.0), max(area.height(), 1.0)
        # In parts of the area: a project opens on another screen at the same place of the image.
        return self._zoom, self._pan.x() / width, self._pan.y() / height

    def set_place(self, zoom: float, pan_x: float, pan_y: float) -> None:
        """What `place` gave, in a window of any size."""
        area = self.image_area()
        self._zoom = min(max(zoom, ZOOM_RANGE[0]), ZOOM_RANGE[1])
        self._pan = QPointF(pan_x * area.width(), pan_y * area.height())
        self.update()

    # Coordinates

    def widget_from_image(self) -> QTransform:
        """Image coordinates (column, row; centres at integers) to widget points."""
        columns, rows = self._extent
        # The scale that fits the shorter side, times the zoom.
        area = self.image_area()
        scale = min(area.width() / columns, area.height() / (rows * self._aspect)) * self._zoom
        centre = area.center() + self._pan
        transform = QTransform.fromTranslate(centre.x(), centre.y())
        transform.scale(scale, scale * self._aspect)
        # Half a pixel: coordinates are those of centres, the image's edge lies half a pixel out.
        transform.translate(0.5 - columns / 2, 0.5 - rows / 2)
        return transform

    def image_point(self, point: QPointF) -> QPointF:
        """Widget point to image coordinates."""
        inverse, _ = self.widget_from_image().inverted()
        return inverse.map(point)

    def image_area(self) -> QRectF:
        """The part of the widget that a fitted image fills."""
        return QRectF(self.rect())

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().image_background))
        if self._pixels is not None:
            self.paint_image(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.body_font(12))
        self.paint_overlays(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.current().accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def paint_image(self, painter: QPainter) -> None:
        """The pixels; called only when there are some."""
        columns, rows = self._extent
        self.draw_image(painter, self._as_image(), QRectF(-0.5, -0.5, columns, rows))

    def draw_image(self, painter: QPainter, image: QImage, target: QRectF) -> None:
        """An image over a rectangle of image coordinates."""
        painter.save()
        painter.setTransform(self.widget_from_image(), combine=True)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._is_smooth())
        painter.drawImage(target, image)
        painter.restore()

    def paint_overlays(self, painter: QPainter) -> None:
        """Annotations, in widget coordinates; subclasses add theirs."""
        self.corner_text(
            painter, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self.title
        )

    def corner_text(
        self, painter: QPainter, where: Qt.AlignmentFlag, text: str, color: str = "", line: int = 0
    ) -> None:
        """Text in a corner or at an edge midpoint, `line` lines away from it, with a dark halo."""
        area = QRectF(self.rect()).adjusted(10, 8, -10, -8)
        step = 18.0 * line
        if where & Qt.AlignmentFlag.AlignBottom:
            area.translate(0, -step)
        else:
            area.translate(0, step)
        painter.setPen(QColor(0, 0, 0, 200))
        for dx, dy in HALO:
            painter.drawText(area.translated(dx, dy), where, text)
        painter.setPen(QColor(color or theme.ON_IMAGE.text))
        painter.drawText(area, where, text)

    def _is_smooth(self) -> bool:
        # From eight screen points a pixel on its edges are shown, so that values can be read off.
        return self._zoom < 8

    def _as_image(self) -> QImage:
        if self._image is None:
            assert self._pixels is not None
            self._bytes = grey_bytes(self._pixels, self._low, self._high, self._is_inverted)
            self._image = grey_image(self._bytes)
        return self._image

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._drag = self.drag_meaning(event)
        self._drag_from = event.position()
        # A drag is reckoned from its start: sums of small steps would creep.
        self._drag_start = (self._low, self._high, self._zoom, QPointF(self._pan))
        if self._drag is Drag.MAIN:
            self.main_pressed(event)

    def drag_meaning(self, event: QMouseEvent) -> Drag:
        """What this press starts; a subclass may claim it for a handle under the pointer."""
        return meaning(event, self.mouse_table)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        offset = event.position() - self._drag_from
        low, high, zoom, pan = self._drag_start
        if self._drag is Drag.WINDOW:
            width, level = high - low, (high + low) / 2
            # A factor, not an amount, so that a hand's way does the same to a wide and a narrow
            # window.
            width *= float(np.exp(offset.x() / 200.0))
            level -= offset.y() * (high - low) / 300.0
            self.set_window(level - width / 2, level + width / 2)
        elif self._drag is Drag.PAN:
            self._pan = pan + offset
            self.update()
        elif self._drag is Drag.ZOOM:
            self._zoom_about(self._drag_from, zoom * float(np.exp(-offset.y() / 150.0)))
        elif self._drag is Drag.MAIN:
            self.main_dragged(event)
        self._emit_hover(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drag is Drag.MAIN:
            self.main_released(event)
        self._drag = Drag.NONE

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.maximise_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # 1.0015 a wheel unit: a notch of 120 is 20 %.
        self._zoom_about(event.position(), self._zoom * 1.0015 ** event.angleDelta().y())

    def leaveEvent(self, event: object) -> None:
        self.hovered.emit(None)

    def main_pressed(self, event: QMouseEvent) -> None:
        """The view's own drag begins."""

    def main_dragged(self, event: QMouseEvent) -> None:
        """The view's own drag goes on."""

    def main_released(self, event: QMouseEvent) -> None:
        """The view's own drag ends."""

    def sizeHint(self) -> QSize:
        return QSize(400, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 100)

    def _zoom_about(self, anchor: QPointF, zoom: float) -> None:
        # What lies under the pointer stays there.
        fixed = self.image_point(anchor)
        self._zoom = float(np.clip(zoom, *ZOOM_RANGE))
        moved = self.widget_from_image().map(fixed)
        self._pan += anchor - moved
        self.update()

    def _emit_hover(self, point: QPointF) -> None:
        if self._pixels is None:
            return
        at = self.image_point(point)
        columns, rows = self._extent
        # A pixel reaches half a pixel beyond its centre.
        inside = -0.5 <= at.x() < columns - 0.5 and -0.5 <= at.y() < rows - 0.5
        self.hovered.emit((at.x(), at.y()) if inside else None)
