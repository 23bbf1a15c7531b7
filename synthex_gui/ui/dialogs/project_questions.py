"""What is asked before work could be lost: another window, a file that changed, a crash."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

Answer = tuple[str, QMessageBox.ButtonRole, Callable[[], object]]
ACCEPT = QMessageBox.ButtonRole.AcceptRole
REJECT = QMessageBox.ButtonRole.RejectRole
DESTROY = QMessageBox.ButtonRole.DestructiveRole


def ask(parent: QWidget, title: str, text: str, answers: Sequence[Answer]) -> None:
    """A question that does not wait: the chosen answer is carried out. The first is the default;
    Escape is the one with the reject role.
    """
    box = QMessageBox(parent)
    box.setWindowTitle(title)
    box.setText(text)
    made: list[tuple[QPushButton, Callable[[], object]]] = []
    for label, role, do in answers:
        button = box.addButton(label, role)
        made.append((button, do))
        if role == REJECT:
            box.setEscapeButton(button)
    box.setDefaultButton(made[0][0])
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def decided() -> None:
        chosen = box.clickedButton()
        for button, do in made:
            if button is chosen:
                do()

    box.finished.connect(decided)
    box.open()


def ask_overwrite(parent: QWidget, path: Path) -> str:
    """Somebody else has written the project: ``overwrite``, ``save as`` or ``cancel``; waits."""
    box = QMessageBox(parent)
    box.setWindowTitle("Changed on disk")
    box.setText(
        f"{path.name} was written by another program since it was opened here. Overwriting it "
        "loses what was saved there."
    )
    answers = {
        box.addButton("Save as…", ACCEPT): "save as",
        box.addButton("Overwrite", DESTROY): "overwrite",
        box.addButton("Cancel", REJECT): "cancel",
    }
    box.setDefaultButton(next(iter(answers)))
    box.exec()
    chosen = answers.get(box.clickedButton(), "cancel")  # type: ignore[call-overload]
    box.deleteLater()
    return str(chosen)
