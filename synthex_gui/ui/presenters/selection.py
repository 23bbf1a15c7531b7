"""The one tool that is selected, in every view at once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """Views listen to `changed`; whatever lets a person pick a tool calls `select`."""

    changed = Signal(object)  # the tool's name, or None

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tool: str | None = None

    @property
    def tool(self) -> str | None:
        """The selected tool's name."""
        return self._tool

    def select(self, name: str | None) -> None:
        """Select another tool, or none."""
        if name != self._tool:
            self._tool = name
            self.changed.emit(name)
