"""Which structures get masks: a few usual sets, or any of them ticked by name."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from synthex_gui.export.run import HIP_STRUCTURES
from synthex_gui.ui.widgets.forms import LabelledWidget

SHOWN, HIP, ALL, NONE, NAMED = "shown", "hip", "all", "none", "named"
TITLES = {
    SHOWN: "Shown by their eye",
    HIP: "The hip's six",
    ALL: "All of the label map",
    NAMED: "By name",
    NONE: "None",
}
LIST_HEIGHT = 132

Choice = tuple[str, ...] | None


class StructureChoice(QWidget):
    """`choice` is what a plan keeps: names, none of them (), or None for those shown."""

    changed = Signal(object)  # Choice

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._names = names
        self._hip = tuple(name for name in HIP_STRUCTURES if name in names)
        self._choice: Choice = None
        self._sets = QComboBox()
        for key, title in TITLES.items():
            # A label map that lacks one of the six has no hip to speak of.
            if key != HIP or len(self._hip) == len(HIP_STRUCTURES):
                self._sets.addItem(title, key)
        self._sets.activated.connect(lambda _: self._choose(self._sets.currentData()))
        self._list = QListWidget()
        self._list.setFixedHeight(LIST_HEIGHT)
        self._list.setAccessibleName("Structures by name")
        self._list.itemChanged.connect(lambda _: self._ticked())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(LabelledWidget("Structures", self._sets, 190))
        column.addWidget(self._list)
        self.set_choice(None)

    def set_choice(self, choice: Choice) -> None:
        """Show a plan's choice without emitting."""
        self._show(self._set_of(choice), choice)

    def _set_of(self, choice: Choice) -> str:
        if choice is None:
            return SHOWN
        if not choice:
            return NONE
        chosen = set(choice)
        if chosen == set(HIP_STRUCTURES) and self._hip:
            return HIP
        return ALL if chosen == set(self._names) else NAMED

    def _show(self, key: str, choice: Choice) -> None:
        self._choice = choice
        self._sets.setCurrentIndex(self._sets.findData(key))
        self._list.setVisible(key == NAMED)
        blocked = self._list.blockSignals(True)
        self._list.clear()
        # A name that this label map lacks stays in sight: it is why the series cannot be written.
        lost = tuple(name for name in choice or () if name not in self._names)
        for name in (*lost, *self._names):
            item = QListWidgetItem(name.replace("_", " "))
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            ticked = name in (choice or ())
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            self._list.addItem(item)
        self._list.blockSignals(blocked)

    def _choose(self, key: str) -> None:
        # By name begins with what was chosen before, so that a set can be thinned out.
        before = self._names if self._choice is None else self._choice
        choice: Choice = {SHOWN: None, NONE: (), ALL: self._names, HIP: HIP_STRUCTURES}.get(
            key, before
        )
        self._show(key, choice)
        self.changed.emit(choice)

    def _ticked(self) -> None:
        items = [self._list.item(row) for row in range(self._list.count())]
        self._choice = tuple(
            str(item.data(Qt.ItemDataRole.UserRole))
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        )
        self.changed.emit(self._choice)
