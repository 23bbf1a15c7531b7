"""The small sheets of the Help menu."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from synthex_gui import __version__
from synthex_gui.app.diagnostics import diagnostics
from synthex_gui.app.log import set_detailed
from synthex_gui.app.settings import Settings, save_settings

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
    """`shortcuts` pairs the text of an action with its keys; `renderer` names what makes images."""

    def __init__(
        self,
        parent: QWidget,
        shortcuts: Iterable[tuple[str, str]],
        settings: Settings,
        renderer: Callable[[], str],
        say: Callable[[str, str], None],
    ) -> None:
        self._parent, self._shortcuts = parent, tuple(shortcuts)
        self._settings, self._renderer, self._say = settings, renderer, say

    def copy_diagnostics(self) -> None:
        """What helps to find a fault, to the clipboard."""
        self.copy_report("")

    def copy_report(self, report: str) -> None:
        """A report of a fault and what helps to find it, to the clipboard."""
        text = diagnostics(self._settings, self._renderer())
        QGuiApplication.clipboard().setText(f"{report}\n{text}" if report else text)
        self._say("Diagnostics copied, without names of files and patients", "note")

    def set_detailed(self, is_detailed: bool) -> None:
        """Every step in the log, now and next time."""
        self._settings.detailed_log = is_detailed
        set_detailed(is_detailed)
        save_settings(self._settings)

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
