"""The radiograph: log image, orientation letters, angles, exposure, scale bar, outlines, marks."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from synthex_gui.app.overlays import (
    Outline,
    nice_length_mm,
    orientation_letters,
)
from synthex_gui.export.marks import Mark
from synthex_gui.geometry.angles import angle_text, angles_from_direction
from synthex_gui.geometry.camera import Camera
from synthex_gui.ui.image.hit import is_inside, is_near, segments_along
from synthex_gui.ui.image.image_view import ImageView, Pixels
from synthex_gui.ui.image.mouse import RADIOGRAPH, Drag
from synthex_gui.ui.style import theme

GRAB_POINTS = 14.0


class RadiographView(ImageView):
    """Shows -ln(signal), bone bright unless inverted; knows the camera of what it shows."""

    aim_requested = Signal()
    tool_drag_started = Signal(str)
    tool_dragged = Signal(str, float, float)  # name, column and row offset on the full camera
    tool_drag_ended = Signal()
    mouse_table = RADIOGRAPH

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Radiograph", parent)
        self.camera: Camera | None = None
        self.signal: Pixels | None = None
        self.outlines: tuple[Outline, ...] = ()
        self.tool_outlines: tuple[Outline, ...] = ()
        self._paths: dict[Outline, QPainterPath] = {}
        self.marks: tuple[Mark, ...] = ()
        self.exposure_text = ""
        self.aim_distance_mm: float | None = None
        self.message = ""
        self.message_action = ""
        self.selected_tool: str | None = None
        self._action_area = QRectF()
        self._dragged_tool: str | None = None
        self._drag_origin = QPointF()

    def show_image(self, shown: Pixels, signal: Pixels, full: Camera) -> None:
        """A new image, (h, w) both: what is shown, and the signal that it was made of.

        `full` is the detector's own pixel grid, in which coordinates are given.
        """
        self.camera = full
        self.signal = signal
        self.set_pixels(
            shown,
            extent=(float(full.width), float(full.height)),
        )

    def set_facts(self, exposure: str, aim_distance_mm: float) -> None:
        """What the next image was exposed with, and how far the aim point is from the source."""
        self.exposure_text, self.aim_distance_mm = exposure, aim_distance_mm

    def set_overlays(
        self,
        outlines: tuple[Outline, ...],
        tool_outlines: tuple[Outline, ...],
        marks: tuple[Mark, ...],
    ) -> None:
        """The truth over the image, in the pixels of the full camera."""
        self.outlines, self.tool_outlines, self.marks = outlines, tool_outlines, marks
        self.update()

    def select_tool(self, name: str | None) -> None:
        """Draw one tool's outline stronger."""
        self.selected_tool = name
        self.update()

    def set_message(self, text: str, action: str = "") -> None:
        """A banner that says why there is no image, and an action that mends it."""
        if (text, action) != (self.message, self.message_action):
            self.message, self.message_action = text, action
            self.update()

    def auto_window(self) -> None:
        """Once: the 1st to 99.7th percentile of what is shown, air left out."""
        if self.pixels is None:
            return
        # Open air has a line integral of 0 and would take most of the window.
        values = self.pixels[self.pixels > 0.05]
        if values.size < 16:
            # Nothing but air: the whole of what a thin object takes.
            self.set_window(0.0, 1.0)
            return
        low, high = np.percentile(values, (1.0, 99.7))
        self.set_window(float(low), float(high))

    def paint_overlays(self, painter: QPainter) -> None:
        """Everything over the image."""
        align = Qt.AlignmentFlag
        super().paint_overlays(painter)
        if self.camera is not None and self.pixels is not None:
            self._paint_outlines(painter)
            self._paint_marks(painter)
            letters = orientation_letters(self.camera)
            painter.setFont(theme.body_font(13, painter.font().Weight.DemiBold))
            self.corner_text(painter, align.AlignHCenter | align.AlignTop, letters["top"])
            self.corner_text(painter, align.AlignHCenter | align.AlignBottom, letters["bottom"])
            self.corner_text(painter, align.AlignLeft | align.AlignVCenter, letters["left"])
            self.corner_text(painter, align.AlignRight | align.AlignVCenter, letters["right"])
            painter.setFont(theme.body_font(12))
            primary, secondary = angles_from_direction(self.camera.direction)
            right = align.AlignRight | align.AlignTop
            beam = theme.ON_IMAGE.beam
            self.corner_text(painter, right, angle_text(primary, secondary), beam)
            text = f"SDD {self.camera.sdd_mm:.0f} mm"
            # Behind the source a magnification has no meaning.
            if self.aim_distance_mm and self.aim_distance_mm > 0:
                text += f"  ×{self.camera.sdd_mm / self.aim_distance_mm:.2f}"
            self.corner_text(painter, right, text, line=1)
            low, high = self.window
            window_text = f"W {high - low:.2f}  L {(high + low) / 2:.2f}"
            left = align.AlignLeft | align.AlignBottom
            self.corner_text(painter, left, window_text)
            if self.exposure_text:
                self.corner_text(painter, left, self.exposure_text, line=1)
            self._paint_scale(painter)
        self._paint_message(painter)

    def _paint_outlines(self, painter: QPainter) -> None:
        painter.save()
        painter.setTransform(self.widget_from_image(), combine=True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        shown = (*self.outlines, *self.tool_outlines)
        # Thousands of points: the paths are built once an image, not once a repaint.
        self._paths = {item: self._paths.get(item) or _path(item) for item in shown}
        for item, path in self._paths.items():
            is_selected = item.name == self.selected_tool and item in self.tool_outlines
            pen = QPen(QColor(item.color), 2.0 if is_selected else 1.3)
            # The same on screen at any zoom.
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPath(path)
        painter.restore()

    def _paint_marks(self, painter: QPainter) -> None:
        transform = self.widget_from_image()
        painter.setFont(theme.body_font(12))
        for mark in self.marks:
            if mark.state not in ("inside", "hidden"):
                continue
            at = transform.map(QPointF(mark.column, mark.row))
            color = QColor(
                # Behind metal the point is not seen on the film, but its place is known.
                theme.ON_IMAGE.secondary if mark.state == "hidden" else theme.ON_IMAGE.text
            )
            painter.setPen(QPen(color, 1.3))
            painter.drawLine(at + QPointF(-5, 0), at + QPointF(5, 0))
            painter.drawLine(at + QPointF(0, -5), at + QPointF(0, 5))
            # Names of right-hand landmarks stand at their left, so that pairs do not overlap.
            width = painter.fontMetrics().horizontalAdvance(mark.name)
            place = QPointF(-8 - width, 16) if mark.name.endswith("-r") else QPointF(8, 16)
            painter.setPen(QColor(0, 0, 0, 200))
            painter.drawText(at + place + QPointF(1, 1), mark.name)
            painter.setPen(color)
            painter.drawText(at + place, mark.name)

    def _paint_scale(self, painter: QPainter) -> None:
        camera = self.camera
        if camera is None or not self.aim_distance_mm or self.aim_distance_mm <= 0:
            return
        points_per_column = abs(self.widget_from_image().m11())
        # Millimetres at the aim point: what a measurement on the anatomy means, not on the
        # detector.
        mm_per_column = self.aim_distance_mm / abs(float(camera.k[0, 0]))
        mm_per_point = mm_per_column / points_per_column
        length_mm = nice_length_mm(mm_per_point)
        points = length_mm / mm_per_point
        y = self.height() - 12.5
        right = self.width() - 12.0
        painter.setPen(QPen(QColor(theme.ON_IMAGE.text), 1.4))
        painter.drawLine(QPointF(right - points, y), QPointF(right, y))
        for x in (right - points, right):
            painter.drawLine(QPointF(x, y - 4), QPointF(x, y))
        align = Qt.AlignmentFlag
        self.corner_text(painter, align.AlignRight | align.AlignBottom, f"{length_mm:g} mm", line=1)

    def _paint_message(self, painter: QPainter) -> None:
        self._action_area = QRectF()
        if not self.message:
            return
        painter.setFont(theme.body_font(13))
        text = self.message
        metrics = painter.fontMetrics()
        area = QRectF(self.rect()).adjusted(24, 0, -24, 0)
        box = QRectF(
            metrics.boundingRect(
                area.toRect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text
            )
        )
        height = box.height() + 28 + (36 if self.message_action else 0)
        frame = QRectF(0, 0, min(area.width(), box.width() + 48), height)
        frame.moveCenter(QRectF(self.rect()).center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 24, 29, 230))
        painter.drawRoundedRect(frame, 6, 6)
        painter.setPen(QColor(theme.ON_IMAGE.beam))
        upper = frame.adjusted(16, 12, -16, -12 - (34 if self.message_action else 0))
        painter.drawText(upper, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
        if self.message_action:
            button = QRectF(0, 0, metrics.horizontalAdvance(self.message_action) + 32, 28)
            button.moveCenter(QPointF(frame.center().x(), frame.bottom() - 24))
            painter.setBrush(QColor(theme.ON_IMAGE.accent))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(button, 6, 6)
            painter.setPen(QColor(theme.ON_IMAGE.on_accent))
            painter.drawText(button, Qt.AlignmentFlag.AlignCenter, self.message_action)
            self._action_area = button

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._action_area.contains(event.position()):
            self.aim_requested.emit()
            return
        super().mousePressEvent(event)

    def drag_meaning(self, event: QMouseEvent) -> Drag:
        """A left press near a tool's outline moves the tool in the image plane."""
        is_plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
        if is_plain and self._tool_at(event.position()) is not None:
            return Drag.MAIN
        # Only without Shift or Ctrl: a plain drag windows, wherever it begins.
        return super().drag_meaning(event)

    def main_pressed(self, event: QMouseEvent) -> None:
        self._dragged_tool = self._tool_at(event.position())
        self._drag_origin = self.image_point(event.position())
        if self._dragged_tool is not None:
            self.tool_drag_started.emit(self._dragged_tool)

    def main_dragged(self, event: QMouseEvent) -> None:
        if self._dragged_tool is not None:
            offset = self.image_point(event.position()) - self._drag_origin
            self.tool_dragged.emit(self._dragged_tool, offset.x(), offset.y())

    def main_released(self, event: QMouseEvent) -> None:
        if self._dragged_tool is not None:
            self._dragged_tool = None
            self.tool_drag_ended.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if not event.buttons():
            over = self._tool_at(event.position()) is not None
            self.setCursor(Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.CrossCursor)

    def _tool_at(self, point: QPointF) -> str | None:
        at = self.image_point(point)
        reach = GRAB_POINTS / 2 / abs(self.widget_from_image().m11())
        # The one that is drawn last lies on top.
        for item in reversed(self.tool_outlines):
            for line in item.lines:
                segments = segments_along(line)
                if is_inside(at, segments) or is_near(at, segments, reach):
                    return item.name
        return None


def _path(item: Outline) -> QPainterPath:
    path = QPainterPath()
    for line in item.lines:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in line.tolist()]))
        path.closeSubpath()
    return path
