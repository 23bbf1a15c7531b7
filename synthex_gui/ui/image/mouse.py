"""What each mouse button does on an image: one table."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent


class Drag(Enum):
    """The meaning of a drag."""

    NONE = "none"
    WINDOW = "window and level"
    PAN = "pan"
    ZOOM = "zoom"
    MAIN = "the view's own"


RADIOGRAPH = {
    Qt.MouseButton.LeftButton: Drag.WINDOW,
    Qt.MouseButton.MiddleButton: Drag.PAN,
    Qt.MouseButton.RightButton: Drag.ZOOM,
}
SLICE = {
    Qt.MouseButton.LeftButton: Drag.MAIN,
    Qt.MouseButton.MiddleButton: Drag.PAN,
    Qt.MouseButton.RightButton: Drag.WINDOW,
}


def meaning(event: QMouseEvent, table: dict[Qt.MouseButton, Drag]) -> Drag:
    """What a press starts; Shift with the left button pans everywhere."""
    # A trackpad has no middle button.
    is_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    if event.button() == Qt.MouseButton.LeftButton and is_shift:
        return Drag.PAN
    return table.get(event.button(), Drag.NONE)
