"""The form of a built-in tool: its sizes, each within the range that its kind allows."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from synthex_gui.core.errors import SynthexError
from synthex_gui.scene.sources import BuiltInTool
from synthex_gui.tools.catalogue import build_tool, tool_kind
from synthex_gui.tools.parameters import Parameter
from synthex_gui.ui.widgets.forms import link_button, section
from synthex_gui.ui.widgets.value_slider import ValueSlider

SUFFIXES = {"mm": " mm", "deg": "°", "": ""}


class ToolParameters(QWidget):
    """Shows one `BuiltInTool`; emits another when a value has been settled and can be built."""

    changed = Signal(object)  # BuiltInTool

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._refused = QLabel()
        self._refused.setWordWrap(True)
        self._refused.setProperty("role", "refusal")
        self._rows: list[QWidget] = []
        self._sliders: dict[str, ValueSlider] = {}
        self._source: BuiltInTool | None = None

    def show_tool(self, source: BuiltInTool | None) -> None:
        """Another tool, or none."""
        before, self._source = self._source, source
        self._refused.hide()
        if source is None:
            self.hide()
            return
        if before is None or before.tool != source.tool:
            self._rebuild(source)
        self._show_values()
        self.show()

    def _rebuild(self, source: BuiltInTool) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.deleteLater()
        reset = link_button("Reset", "All sizes as they come")
        reset.clicked.connect(lambda: self._offer({}))
        self._rows = [section("Sizes", reset)]
        self._sliders = {}
        for item in tool_kind(source.tool).parameters:
            slider = ValueSlider(
                item.label,
                SUFFIXES.get(item.unit, f" {item.unit}"),
                decimals=0 if item.is_count else 1 if item.step >= 0.1 else 2,
                step=max(item.step, 1.0 if item.is_count else 0.0),
            )
            slider.changed.connect(lambda value, item=item: self._preview(item, value))
            slider.ended.connect(lambda item=item: self._settle(item))
            self._sliders[item.name] = slider
            self._rows.append(slider)
        self._column.removeWidget(self._refused)
        for row in (*self._rows, self._refused):
            self._column.addWidget(row)

    def _show_values(self) -> None:
        assert self._source is not None
        for item in tool_kind(self._source.tool).parameters:
            self._show(item, float(self._source.parameters.get(item.name, item.default)))

    def _show(self, item: Parameter, value: float) -> None:
        self._sliders[item.name].set_state(value, item.low, item.high, item.default)

    def _preview(self, item: Parameter, value: float) -> None:
        # The mesh is built once the value is settled: a screw thread takes tens of milliseconds.
        value = min(max(value, item.low), item.high)
        self._show(item, float(round(value)) if item.is_count else value)

    def _settle(self, item: Parameter) -> None:
        assert self._source is not None
        value = round(self._sliders[item.name].value, 3)
        self._offer(dict(self._source.parameters) | {item.name: value})

    def _offer(self, parameters: dict[str, float]) -> None:
        assert self._source is not None
        wanted = BuiltInTool(tool=self._source.tool, parameters=parameters)
        if wanted == self._source:
            return
        try:
            build_tool(wanted.tool, wanted.parameters)
        except SynthexError as error:
            self._refused.setText(str(error))
            self._refused.show()
            self._show_values()
            return
        self._refused.hide()
        self.changed.emit(wanted)
