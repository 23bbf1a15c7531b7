"""Preset and saved views as thumbnails: click to go there."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QMenu,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from synthex_gui.app.frame import Frame
from synthex_gui.scene.devices import presets
from synthex_gui.ui.style import theme
from synthex_gui.ui.widgets.forms import link_button, section


class Thumbnail(QAbstractButton):
    """A small radiograph with its name."""

    rename_requested = Signal()
    remove_requested = Signal()

    def __init__(self, title: str, caption: str, is_own: bool) -> None:
        super().__init__()
        self.setText(caption)
        self.setToolTip(title)
        self.setAccessibleName(f"View {title}")
        self.setFixedHeight(84)
        self.setMinimumWidth(72)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._image: QImage | None = None
        self._bytes: np.ndarray | None = None
        self._is_own = is_own

    def show_frame(self, frame: Frame) -> None:
        """A new picture, in the clinical look: it serves to recognise the view."""
        self._bytes = np.ascontiguousarray(np.rint(frame.shown * 255).astype(np.uint8))
        height, width = self._bytes.shape
        self._image = QImage(
            self._bytes.data, width, height, width, QImage.Format.Format_Grayscale8
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        clip = QPainterPath()
        clip.addRoundedRect(area, 6, 6)
        painter.setClipPath(clip)
        painter.fillRect(area, QColor(t.image_background))
        if self._image is not None:
            side = max(area.width(), area.height())
            target = QRectF(0, 0, side, side)
            target.moveCenter(area.center())
            painter.drawImage(target, self._image)
        painter.fillRect(
            QRectF(area.left(), area.bottom() - 22, area.width(), 22), QColor(0, 0, 0, 150)
        )
        painter.setPen(QColor(theme.ON_IMAGE.text))
        painter.setFont(theme.body_font(12))
        text_area = QRectF(area.left() + 7, area.bottom() - 22, area.width() - 12, 22)
        text = painter.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, int(text_area.width())
        )
        painter.drawText(text_area, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setClipping(False)
        if self.hasFocus() or self.underMouse():
            strong = self.hasFocus()
            painter.setPen(QPen(QColor(t.accent if strong else t.secondary), 2 if strong else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, 6, 6)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._is_own:
            menu = QMenu(self)
            menu.addAction("Rename this view…", self.rename_requested.emit)
            menu.addAction("Remove this view", self.remove_requested.emit)
            menu.exec(event.globalPos())

    def sizeHint(self) -> QSize:
        return QSize(112, 84)


class ViewsPanel(QWidget):
    """Presets first, then what the user saved."""

    preset_chosen = Signal(str)
    saved_chosen = Signal(str)
    save_requested = Signal()
    rename_requested = Signal(str)
    remove_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 0, 6, 10)
        layout.setSpacing(4)
        save = link_button("Save current", "Keep this pose as a view of the project")
        save.clicked.connect(self.save_requested)
        layout.addWidget(section("Views", save))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        self._grid = QGridLayout(body)
        self._grid.setContentsMargins(0, 0, 8, 0)
        self._grid.setSpacing(8)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        scroll.setWidget(body)
        layout.addWidget(scroll)
        self._thumbnails: dict[str, Thumbnail] = {}
        self.set_saved(())

    def set_saved(self, names: tuple[str, ...]) -> None:
        """Lay out presets and saved views; pictures that are known stay."""
        wanted = {f"saved:{name}": (name, name) for name in names}
        for key, preset in presets().items():
            wanted[f"preset:{key}"] = preset.title, preset.short or preset.title
        for key in [*self._thumbnails]:
            if key not in wanted:
                self._thumbnails.pop(key).deleteLater()
        for index, (key, titles) in enumerate(wanted.items()):
            if key not in self._thumbnails:
                self._thumbnails[key] = self._make(key, *titles)
            self._grid.addWidget(self._thumbnails[key], index // 2, index % 2)

    def thumbnail_keys(self) -> tuple[str, ...]:
        """``preset:ID`` and ``saved:NAME`` of every thumbnail."""
        return tuple(self._thumbnails)

    def show_thumbnail(self, key: str, frame: Frame) -> None:
        """A picture has been rendered."""
        if key in self._thumbnails:
            self._thumbnails[key].show_frame(frame)

    def _make(self, key: str, title: str, caption: str) -> Thumbnail:
        kind, _, name = key.partition(":")
        thumbnail = Thumbnail(title, caption, is_own=kind == "saved")
        chosen = self.preset_chosen if kind == "preset" else self.saved_chosen
        thumbnail.clicked.connect(lambda: chosen.emit(name))
        thumbnail.rename_requested.connect(lambda: self.rename_requested.emit(name))
        thumbnail.remove_requested.connect(lambda: self.remove_requested.emit(name))
        return thumbnail
