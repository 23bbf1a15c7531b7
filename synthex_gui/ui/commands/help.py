"""The small sheets of the Help menu."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QMessageBox, QWidget

from synthex_gui import __version__

MOUSE = (
    "<p>Radiograph: left drag windows, on a tool moves it; middle pans; right zooms; wheel "
    "zooms. The divider of a comparison is dragged too.<br>Slices: left moves the "
    "crosshair, on a tool the tool; Shift without a button moves the crosshair; right "
    "windows; wheel changes the slice; Ctrl+wheel zooms.<br>3D: left turns the view, on "
    "the C-arm turns the arm; middle pans; right and wheel zoom.<br>Arrow keys turn "
    "the arm by 1°, with Shift by 0.1°. While dragging: Shift is fine, Ctrl snaps, "
    "Esc goes back.</p>"
)


class HelpCommands:
    """`shortcuts` pairs the text of an action with its keys."""

    def __init__(self, parent: QWidget, shortcuts: Iterable[tuple[str, str]]) -> None:
        self._parent, self._shortcuts = parent, tuple(shortcuts)

    def show_shortcuts(self) -> None:
        """A sheet of all shortcuts."""
        cell = "<td style='padding:2px 24px 2px 0'>"
        rows = "".join(
            f"<tr>{cell}{text}</td><td>{keys}</td></tr>" for text, keys in self._shortcuts
        )
        box = QMessageBox(self._parent)
        box.setWindowTitle("Shortcuts")
        box.setText(f"<table>{rows}</table>{MOUSE}")
        box.exec()

    def show_about(self) -> None:
        """Name, version, what it implements."""
        QMessageBox.about(
            self._parent,
            "About SyntheX GUI",
            f"<h3>SyntheX GUI {__version__}</h3>"
            "<p>In-silico X-ray experiments around a CT, with exact labels.<br>"
            "Implements SyntheX (Gao et al. 2023, arXiv:2206.06127).</p>"
            "<p>For research. Not a medical device.</p>",
        )
