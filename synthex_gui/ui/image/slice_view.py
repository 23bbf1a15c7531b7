"""A slice through the CT: linked crosshair, structures, tools and the beam's axis on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from synthex_gui.geometry.arrays import LabelMap, Volume
from synthex_gui.geometry.slicing import Plane, PlaneGrid, cut, mesh_cut, plane_grid
from synthex_gui.geometry.transforms import Matrix, Vector
from synthex_gui.ui.image.hit import is_inside, is_near, segments_of
from synthex_gui.ui.image.image_view import ImageView
from synthex_gui.ui.image.mouse import SLICE
from synthex_gui.ui.style import theme

AXIS_LETTERS = {0: ("R", "L"), 1: ("A", "P"), 2: ("I", "S")}
# Beyond the CT there is air, as its own padding has it.
AIR_HU = -1024.0
GRAB_POINTS = 6.0


@dataclass(frozen=True, eq=False)
class CutMesh:
    """A tool as the slices draw it: (n, 3) vertices in world mm, (m, 3) triangles."""

    name: str
    color: str
    vertices: Matrix
    triangles: NDArray[np.int32]


class SliceView(ImageView):
    """One of the three planes; the crosshair's world position is shared by all of them."""

    crosshair_moved = Signal(object)  # (3,) world mm
    tool_drag_started = Signal(str)
    tool_dragged = Signal(str, object)  # name, (3,) world mm from where the drag began
    tool_drag_ended = Signal()
    mouse_table = SLICE

    def __init__(self, plane: Plane, parent: QWidget | None = None) -> None:
        super().__init__(plane.capitalize(), parent)
        self.plane: Plane = plane
        self._ct: Volume | None = None
        self._labels: LabelMap | None = None
        self._colors: NDArray[np.uint8] = np.zeros((1, 4), dtype=np.uint8)
        self._grid: PlaneGrid | None = None
        self._crosshair = np.zeros(3)
        self._shown_depth: float | None = None
        self._label_image: QImage | None = None
        self._label_bytes: NDArray[np.uint8] | None = None
        self.beam: tuple[Vector, Vector] | None = None
        self.meshes: tuple[CutMesh, ...] = ()
        self._outlines: list[tuple[str, list[QLineF]]] = []
        self._dragged_tool: str | None = None
        self._drag_origin = np.zeros(3)
        # Until a CT comes: W 400 L 40, the usual soft-tissue window.
        self.set_window(-160.0, 240.0)

    def set_volume(self, ct: Volume | None, labels: LabelMap | None) -> None:
        """Another CT; the window becomes the bone window of the target."""
        self._ct, self._labels = ct, labels
        self._grid = None if ct is None else plane_grid(ct.grid, self.plane)
        self._shown_depth = None
        self._label_image = None
        if ct is None:
            self.set_pixels(None)
        self.fit()

    def set_label_colors(self, colors: NDArray[np.uint8]) -> None:
        """(ids + 1, 4) RGBA by label id; alpha 0 hides a structure."""
        self._colors = colors
        self._shown_depth = None
        self.update()

    def set_crosshair(self, point_mm: Vector) -> None:
        """Move the linked crosshair."""
        self._crosshair = np.asarray(point_mm, dtype=np.float64)
        self.update()

    def set_meshes(self, meshes: tuple[CutMesh, ...]) -> None:
        """The tools to cut."""
        self.meshes = meshes
        self.update()

    def set_beam(self, source_mm: Vector, end_mm: Vector) -> None:
        """The central ray, (3,) each; shown with the next repaint, which others ask for."""
        self.beam = source_mm, end_mm

    def paintEvent(self, event: QPaintEvent) -> None:
        # Volume, colours and crosshair often change together: one cut serves them all.
        self._cut()
        super().paintEvent(event)

    def _cut(self) -> None:
        if self._ct is None or self._grid is None:
            return
        depth = float(self._crosshair[self._grid.normal_axis])
        # Its colours or volume would have set it to None.
        if depth == self._shown_depth:
            return
        self._shown_depth = depth
        pixels = cut(self._ct.values, self._ct.grid, self._grid, depth, AIR_HU)
        ratio = float(np.linalg.norm(self._grid.down_mm) / np.linalg.norm(self._grid.right_mm))
        self.set_pixels(pixels, aspect=ratio)
        self._label_image = None
        if self._labels is not None:
            ids = cut(self._labels.values, self._labels.grid, self._grid, depth, 0.0)
            # A map may hold ids that its table lacks.
            safe = np.minimum(ids.astype(np.intp), len(self._colors) - 1)
            self._label_bytes = np.ascontiguousarray(self._colors[safe])
            rows, columns = ids.shape
            self._label_image = QImage(
                self._label_bytes.data, columns, rows, columns * 4, QImage.Format.Format_RGBA8888
            )

    def paint_overlays(self, painter: QPainter) -> None:
        """Structures, tools, beam axis, crosshair, the plane's place."""
        if self._grid is not None and self.pixels is not None:
            transform = self.widget_from_image()
            if self._label_image is not None:
                rows, columns = self._grid.shape
                painter.save()
                painter.setTransform(transform, combine=True)
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
                painter.drawImage(QRectF(-0.5, -0.5, columns, rows), self._label_image)
                painter.restore()
            self._paint_meshes(painter)
            self._paint_beam(painter)
            self._paint_crosshair(painter)
            align = Qt.AlignmentFlag
            axis = self._grid.normal_axis
            depth = self._crosshair[axis]
            letter = AXIS_LETTERS[axis][int(depth > 0)]
            self.corner_text(
                painter, align.AlignRight | align.AlignBottom, f"{letter} {abs(depth):.0f} mm"
            )
        super().paint_overlays(painter)

    def _point(self, point_mm: Vector) -> QPointF:
        assert self._grid is not None
        return self.widget_from_image().map(QPointF(*self._grid.pixels_of(point_mm)))

    def _lines(self, segments_mm: Matrix) -> list[QLineF]:
        """On the widget, of (n, 2, 3) world segments."""
        assert self._grid is not None
        turn = self.widget_from_image()
        # All at once: one by one in Python a fine mesh would hold the window.
        ends = self._grid.pixels_of(segments_mm) * (turn.m11(), turn.m22()) + (turn.dx(), turn.dy())
        return [QLineF(*line) for line in ends.reshape(-1, 4).tolist()]

    def _paint_meshes(self, painter: QPainter) -> None:
        assert self._grid is not None
        axis = self._grid.normal_axis
        self._outlines = []
        for mesh in self.meshes:
            segments = mesh_cut(mesh.vertices, mesh.triangles, axis, float(self._crosshair[axis]))
            lines = self._lines(segments)
            self._outlines.append((mesh.name, lines))
            painter.setPen(QPen(QColor(mesh.color), 1.5))
            painter.drawLines(lines)

    def _paint_beam(self, painter: QPainter) -> None:
        if self.beam is None:
            return
        painter.setPen(QPen(QColor(theme.ON_IMAGE.beam), 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(self._point(self.beam[0]), self._point(self.beam[1])))

    def _paint_crosshair(self, painter: QPainter) -> None:
        at = self._point(self._crosshair)
        color = QColor(theme.ON_IMAGE.accent)
        color.setAlpha(150)
        painter.setPen(QPen(color, 1.0))
        # Open in the middle, where the anatomy is looked at.
        gap = 8.0
        for line in (
            QLineF(0, at.y(), at.x() - gap, at.y()),
            QLineF(at.x() + gap, at.y(), self.width(), at.y()),
            QLineF(at.x(), 0, at.x(), at.y() - gap),
            QLineF(at.x(), at.y() + gap, at.x(), self.height()),
        ):
            painter.drawLine(line)

    # Mouse

    def main_pressed(self, event: QMouseEvent) -> None:
        self._dragged_tool = self._tool_at(event.position())
        if self._dragged_tool is None:
            self._move_crosshair(event.position())
            return
        origin = self._world_under(event.position())
        assert origin is not None
        self._drag_origin = origin
        self.tool_drag_started.emit(self._dragged_tool)

    def main_dragged(self, event: QMouseEvent) -> None:
        if self._dragged_tool is None:
            self._move_crosshair(event.position())
            return
        world = self._world_under(event.position())
        if world is not None:
            self.tool_dragged.emit(self._dragged_tool, world - self._drag_origin)

    def main_released(self, event: QMouseEvent) -> None:
        if self._dragged_tool is not None:
            self._dragged_tool = None
            self.tool_drag_ended.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if not event.buttons():
            over = self._tool_at(event.position()) is not None
            self.setCursor(Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.CrossCursor)
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._move_crosshair(event.position())

    def _tool_at(self, point: QPointF) -> str | None:
        """The tool whose cut lies under or within a few points of a widget point."""
        # The tool drawn last lies on top.
        for name, lines in reversed(self._outlines):
            segments = segments_of(lines)
            if is_near(point, segments, GRAB_POINTS) or is_inside(point, segments):
                return name
        return None

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier or self._grid is None:
            super().wheelEvent(event)
            return
        axis = self._grid.normal_axis
        assert self._ct is not None
        # The finest of the three, so that a notch never passes over a slice.
        step = float(self._ct.grid.spacing_mm.min())
        point = self._crosshair.copy()
        point[axis] += step * np.sign(event.angleDelta().y())
        self.crosshair_moved.emit(point)

    def world_at(self, column: float, row: float) -> Vector | None:
        """World mm under image coordinates; None without a CT."""
        if self._grid is None:
            return None
        return self._grid.world_of(column, row, float(self._crosshair[self._grid.normal_axis]))

    def _world_under(self, point: QPointF) -> Vector | None:
        at = self.image_point(point)
        return self.world_at(at.x(), at.y())

    def _move_crosshair(self, point: QPointF) -> None:
        world = self._world_under(point)
        if world is not None:
            self.crosshair_moved.emit(world)
