"""An error of the program: what it means for the user's work, and a report to send."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from synthex_gui.app.faults import Fault

MEANING = (
    "An internal error: the last step may not have been carried out. The project is still open; "
    "save it, and send the report to whoever looks after the program."
)
AGAIN = "The same internal error again; Help, Copy diagnostics has it"
# More are one fault that shows itself in many places.
MOST_SHOWN = 5


class FaultReporter(QObject):
    """Shows each fault once: a dialog for the first, a line for the same one later.

    While a dialog stands, what else happens is counted in it. `copy` puts a report on the
    clipboard, `say` shows a line.
    """

    def __init__(
        self, parent: QWidget, copy: Callable[[str], None], say: Callable[[str, str], None]
    ) -> None:
        super().__init__(parent)
        self._parent, self._copy, self._say = parent, copy, say
        self._box: QMessageBox | None = None
        self._reports: list[str] = []
        self._seen: set[str] = set()
        self._count = 0

    def show(self, fault: Fault) -> None:
        """Show a fault, wherever it happened; in the window's thread."""
        if self._box is not None:
            self._count += 1
            if fault.place not in self._seen:
                self._seen.add(fault.place)
                self._reports.append(fault.report)
            self._box.setInformativeText(f"{self._count} errors so far")
            return
        if fault.place in self._seen or len(self._seen) >= MOST_SHOWN:
            self._say(AGAIN, "refusal")
            return
        self._seen.add(fault.place)
        self._reports, self._count = [fault.report], 1
        self._open()

    def _open(self) -> None:
        self._box = box = QMessageBox(self._parent)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Internal error")
        box.setText(MEANING)
        copy = box.addButton("Copy report", QMessageBox.ButtonRole.AcceptRole)
        close = box.addButton("Close", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(close)
        box.setEscapeButton(close)
        # The window stays usable: the project may have to be saved.
        box.setWindowModality(Qt.WindowModality.NonModal)

        def decided() -> None:
            if box.clickedButton() is copy:
                self._copy("\n".join(self._reports))
            self._box = None
            box.deleteLater()

        box.finished.connect(decided)
        box.show()
