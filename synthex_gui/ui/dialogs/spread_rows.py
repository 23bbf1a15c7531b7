"""Rows that say how one value varies: not at all, uniformly between two offsets, or normally."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from synthex_gui.scene.distributions import Normal, Spread, Uniform
from synthex_gui.ui.widgets.number_box import NumberBox

FIXED, UNIFORM, NORMAL = "fixed", "uniform", "normal"
KINDS = ((FIXED, "Fixed"), (UNIFORM, "Uniform"), (NORMAL, "Normal"))
REACH = {"deg": 180.0, "mm": 600.0}
START = {"deg": 10.0, "mm": 20.0}


class SpreadRow(QWidget):
    """One value's distribution, as offsets from where it is now."""

    changed = Signal()

    def __init__(self, label: str, unit: str) -> None:
        super().__init__()
        self._unit = unit
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 1, 0, 1)
        row.setSpacing(6)
        name = QLabel(label)
        self._kind = QComboBox()
        self._kind.setAccessibleName(f"{label}: distribution")
        for key, title in KINDS:
            self._kind.addItem(title, key)
        self._kind.setFixedWidth(92)
        self._first = self._box(f"{label}: first number")
        self._second = self._box(f"{label}: second number")
        row.addWidget(name, 1)
        for widget in (self._kind, self._first, self._second):
            row.addWidget(widget)
        self._kind.activated.connect(self._chosen)
        self._first.valueChanged.connect(self._edited)
        self._second.valueChanged.connect(self._edited)
        self.set_distribution(None)

    def distribution(self) -> Spread | None:
        """What the row says; None when the value does not vary."""
        kind = self._kind.currentData()
        first, second = self._first.value(), self._second.value()
        if kind == UNIFORM:
            return Uniform(low=min(first, second), high=max(first, second))
        return Normal(mean=first, sigma=second) if kind == NORMAL else None

    def set_distribution(self, value: Spread | None) -> None:
        """Show a distribution without emitting."""
        kind, first, second = FIXED, 0.0, 0.0
        if isinstance(value, Uniform):
            kind, first, second = UNIFORM, value.low, value.high
        elif isinstance(value, Normal):
            kind, first, second = NORMAL, value.mean, value.sigma
        for widget in (self._kind, self._first, self._second):
            widget.blockSignals(True)
        self._kind.setCurrentIndex(self._kind.findData(kind))
        self._show_kind(kind)
        self._first.setValue(first)
        self._second.setValue(second)
        for widget in (self._kind, self._first, self._second):
            widget.blockSignals(False)

    def _box(self, name: str) -> NumberBox:
        box = NumberBox()
        box.setAccessibleName(name)
        box.setDecimals(1)
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.setFixedWidth(76)
        return box

    def _show_kind(self, kind: str) -> None:
        suffix = "°" if self._unit == "deg" else " mm"
        reach = REACH[self._unit]
        self._first.setRange(-reach, reach)
        self._second.setRange(0.0 if kind == NORMAL else -reach, reach)
        self._first.setSuffix(suffix)
        self._second.setSuffix(suffix)
        self._second.setPrefix("σ " if kind == NORMAL else "")
        self._first.setToolTip("Mean offset" if kind == NORMAL else "Lowest offset from now")
        self._second.setToolTip(
            "Standard deviation" if kind == NORMAL else "Highest offset from now"
        )
        self._first.setVisible(kind != FIXED)
        self._second.setVisible(kind != FIXED)

    def _chosen(self) -> None:
        kind = self._kind.currentData()
        start = START[self._unit]
        fresh: Spread | None = None
        if kind == UNIFORM:
            fresh = Uniform(low=-start, high=start)
        elif kind == NORMAL:
            fresh = Normal(sigma=start / 2)
        self.set_distribution(fresh)
        self.changed.emit()

    def _edited(self) -> None:
        self.changed.emit()


class SpreadTable(QWidget):
    """One `SpreadRow` a key; `distributions` leaves out what is fixed."""

    changed = Signal()

    def __init__(self, rows: Mapping[str, str]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.rows: dict[str, SpreadRow] = {}
        for key, label in rows.items():
            row = SpreadRow(label, "deg" if key.endswith("_deg") else "mm")
            row.changed.connect(self.changed)
            self.rows[key] = row
            column.addWidget(row)

    def distributions(self) -> dict[str, Spread]:
        """Spread by key."""
        known = {key: row.distribution() for key, row in self.rows.items()}
        return {key: value for key, value in known.items() if value is not None}

    def set_distributions(self, values: Mapping[str, Spread]) -> None:
        """Show distributions; keys that are not given are fixed."""
        for key, row in self.rows.items():
            row.set_distribution(values.get(key))
