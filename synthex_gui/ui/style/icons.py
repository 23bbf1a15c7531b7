"""Icons of ``resources/icons``, tinted from the theme."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from synthex_gui.core.resources import resource
from synthex_gui.ui.style import theme

SIZES = (16, 24, 32, 48)


def icon(name: str) -> QIcon:
    """A stroke icon in the theme's text colour, accent when checked, faded when disabled."""
    t = theme.current()
    result = QIcon()
    for mode, state, color in (
        (QIcon.Mode.Normal, QIcon.State.Off, t.text),
        (QIcon.Mode.Normal, QIcon.State.On, t.accent),
        (QIcon.Mode.Disabled, QIcon.State.Off, t.hairline),
    ):
        for size in SIZES:
            result.addPixmap(tinted(name, color, size), mode, state)
    return result


def application_icon() -> QIcon:
    """The program's own icon."""
    result = QIcon()
    for size in (16, 32, 48, 64, 128, 256):
        result.addPixmap(_render(_svg("synthex"), size))
    return result


@lru_cache(maxsize=512)
def tinted(name: str, color: str, size: int) -> QPixmap:
    """One icon at `size` pixels in one colour."""
    return _render(_svg(name).replace("currentColor", color), size)


@lru_cache(maxsize=128)
def _svg(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text(encoding="utf-8")


def _render(svg: str, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
