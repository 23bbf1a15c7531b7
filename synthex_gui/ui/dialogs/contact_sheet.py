"""The contact sheet: the first images of a series with their masks, boxes and landmark states."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from synthex_gui.app.frame import Frame
from synthex_gui.app.overlays import Outline
from synthex_gui.export.marks import HIDDEN, INSIDE, Mark, landmark_marks
from synthex_gui.physics.look.display import grey_bytes
from synthex_gui.ui.image.image_view import grey_image
from synthex_gui.ui.style import theme

COLUMNS, ROWS = 4, 3
SIZE = COLUMNS * ROWS
CAPTION = 20.0


class Tile(QWidget):
    """One image to be, with what will be written about it."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(130, 140)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.caption = ""
        self._image: QImage | None = None
        self._bytes: NDArray[np.uint8] | None = None
        self._outlines: tuple[Outline, ...] = ()
        self._marks: list[Mark] = []
        self._shape = (1, 1)

    def clear(self, caption: str) -> None:
        """An image that is still to come."""
        self.caption = caption
        self._image, self._outlines, self._marks = None, (), []
        self.update()

    def show_frame(self, frame: Frame, with_landmarks: bool) -> None:
        """A rendered preview; boxes are those of the outlines."""
        image = frame.shown
        self._bytes = grey_bytes(image, 0.0, 1.0, False)
        self._image = grey_image(self._bytes)
        self._shape = image.shape
        self._outlines = (*frame.outlines, *frame.tool_outlines)
        landmarks = frame.scene.landmarks if with_landmarks else ()
        self._marks = landmark_marks(
            frame.radiograph.camera,
            [item.name for item in landmarks],
            [item.position for item in landmarks],
            frame.radiograph.first_metal_mm,
        )
        states = [mark.state for mark in self._marks]
        number = self.caption.split(" ")[0].rstrip(":")
        parts = [f"{states.count(INSIDE)}/{len(states)} landmarks"] if states else []
        if HIDDEN in states:
            parts.append(f"{states.count(HIDDEN)} behind metal")
        shown = sum(bool(item.lines) for item in self._outlines)
        if self._outlines:
            parts.append(f"{shown}/{len(self._outlines)} masks")
        self.caption = f"{number}: {', '.join(parts)}" if parts else number
        self.setToolTip(self.caption)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect()).adjusted(0, 0, 0, -CAPTION)
        painter.fillRect(area, QColor(theme.current().image_background))
        if self._image is not None:
            height, width = self._shape
            scale = min(area.width() / width, area.height() / height)
            target = QRectF(0, 0, width * scale, height * scale)
            target.moveCenter(area.center())
            painter.setClipRect(target)
            painter.drawImage(target, self._image)
            self._paint_truth(painter, target, scale)
            painter.setClipping(False)
        painter.setFont(theme.body_font(11))
        painter.setPen(QColor(theme.current().secondary))
        below = QRectF(0, area.bottom(), self.width(), CAPTION)
        text = painter.fontMetrics().elidedText(
            self.caption, Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_truth(self, painter: QPainter, target: QRectF, scale: float) -> None:
        def at(column: float, row: float) -> QPointF:
            return target.topLeft() + QPointF(column + 0.5, row + 0.5) * scale

        painter.setBrush(Qt.BrushStyle.NoBrush)
        for item in self._outlines:
            path = QPainterPath()
            for line in item.lines:
                path.addPolygon(QPolygonF([at(x, y) for x, y in line]))
            if path.isEmpty():
                continue
            fill = QColor(item.color)
            fill.setAlpha(55)
            painter.fillPath(path, fill)
            painter.setPen(QPen(QColor(item.color), 1.0))
            painter.drawPath(path)
            painter.setPen(QPen(QColor(item.color), 0.8, Qt.PenStyle.DotLine))
            painter.drawRect(path.boundingRect())
        painter.setPen(Qt.PenStyle.NoPen)
        for mark in self._marks:
            if mark.state not in (INSIDE, HIDDEN):
                continue
            tint = theme.ON_IMAGE.refusal if mark.state == HIDDEN else theme.ON_IMAGE.text
            painter.setBrush(QColor(tint))
            painter.drawEllipse(at(mark.column, mark.row), 2.2, 2.2)


class ContactSheet(QWidget):
    """`SIZE` tiles under a title, a warning below."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 0, 0)
        self._title = QLabel()
        self._title.setProperty("role", "section")
        column.addWidget(self._title)
        grid = QGridLayout()
        grid.setSpacing(8)
        self.tiles = [Tile() for _ in range(SIZE)]
        for index, tile in enumerate(self.tiles):
            grid.addWidget(tile, index // COLUMNS, index % COLUMNS)
        column.addLayout(grid, 1)
        self._key = QLabel("White dot: landmark inside, red: behind metal, dotted: bounding box")
        self._key.setProperty("role", "secondary")
        column.addWidget(self._key)
        self._warning = QLabel()
        self._warning.setWordWrap(True)
        self._warning.setProperty("role", "warning")
        column.addWidget(self._warning)

    def begin(self, numbers: Sequence[int], case_name: str = "") -> None:
        """The images of these numbers are coming, of one case where the series has several."""
        count = len(numbers)
        of = f" of {case_name}, who is open" if case_name else ""
        first = f"The image{of}, as it" if count == 1 else f"First {count} images{of}, as they"
        self._title.setText(f"{first} will be written")
        for place, tile in enumerate(self.tiles):
            # Hidden tiles keep their place, so that the others do not grow over the dialog.
            tile.clear(f"{numbers[place]} …" if place < count else "")
            tile.setVisible(place < count or count == 0)

    def warn(self, text: str) -> None:
        """Show a warning, or none."""
        self._warning.setText(text)
        self._warning.setVisible(bool(text))

    @property
    def warning(self) -> str:
        """What is warned of."""
        return self._warning.text()
