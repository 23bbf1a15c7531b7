"""A panel whose controls each show and edit one value of the scene."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QWidget

from synthex_gui.app.store import SceneStore
from synthex_gui.app.stroke import Stroke
from synthex_gui.scene.model import Scene
from synthex_gui.ui.widgets.forms import LabelledWidget, Panel
from synthex_gui.ui.widgets.value_slider import ValueSlider

Get = Callable[[Scene], Any]
Put = Callable[[Scene, Any], Scene]


def node_value(path: str) -> tuple[Get, Put]:
    """Reading and writing ``node.field`` of a scene."""
    node, field = path.split(".")

    def get(scene: Scene) -> Any:
        return getattr(getattr(scene, node), field)

    def put(scene: Scene, value: Any) -> Scene:
        return scene.evolve(**{node: getattr(scene, node).evolve(**{field: value})})

    return get, put


class SceneForm(Panel):
    """Sliders edit as one gesture each, boxes and choices as one step; a value that the document
    refuses is named and the old one comes back.
    """

    def __init__(self, store: SceneStore) -> None:
        super().__init__()
        self.store = store
        self._shows: list[Callable[[Scene], None]] = []
        self._stroke = Stroke(store)
        self.refused = QLabel()
        self.refused.setWordWrap(True)
        self.refused.setProperty("role", "refusal")
        self.refused.hide()

    def sync(self, before: Scene | None, after: Scene) -> None:
        """Show a scene."""
        for show in self._shows:
            show(after)

    def number(
        self,
        path: str | tuple[Get, Put],
        label: str,
        suffix: str,
        span: tuple[float, float],
        default: float,
        *,
        decimals: int = 1,
        step: float = 1.0,
        hint: str = "",
        tooltip: str = "",
    ) -> ValueSlider:
        """A slider with a box over `span`; `path` is ``node.field`` or a (get, put) pair."""
        get, put = node_value(path) if isinstance(path, str) else path
        slider = ValueSlider(label, suffix, hint, tooltip, decimals=decimals, step=step)
        low, high = span
        # The box takes more than the span, which other scenes may lie in.
        self._stroke.follow(
            slider, label, lambda scene, value: put(scene, min(max(value, low), high))
        )
        self._shows.append(
            lambda scene: slider.set_state(float(get(scene)), low, high, default, low)
        )
        self.add(slider)
        return slider

    def check(self, path: str | tuple[Get, Put], label: str, tooltip: str = "") -> QCheckBox:
        """A box that is ticked or not."""
        get, put = node_value(path) if isinstance(path, str) else path
        box = QCheckBox(label)
        box.setToolTip(tooltip or label)
        box.toggled.connect(lambda on: self.apply(label, lambda scene: put(scene, on)))

        def show(scene: Scene) -> None:
            blocked = box.blockSignals(True)
            box.setChecked(bool(get(scene)))
            box.blockSignals(blocked)

        self._shows.append(show)
        self.add(box)
        return box

    def choice(
        self,
        path: str | tuple[Get, Put],
        label: str,
        options: Sequence[tuple[Any, str]],
        width: int = 170,
    ) -> QComboBox:
        """One of a few values."""
        get, put = node_value(path) if isinstance(path, str) else path
        combo = QComboBox()
        for key, title in options:
            combo.addItem(title, key)
        combo.activated.connect(
            lambda _: self.apply(label, lambda scene: put(scene, combo.currentData()))
        )

        def show(scene: Scene) -> None:
            combo.setCurrentIndex(combo.findData(get(scene)))

        self._shows.append(show)
        self.add(LabelledWidget(label, combo, width))
        return combo

    def shown_when(self, condition: Callable[[Scene], bool], *widgets: QWidget) -> None:
        """Widgets that only some scenes have a use for."""

        def show(scene: Scene) -> None:
            for widget in widgets:
                widget.setVisible(condition(scene))

        self._shows.append(show)

    def apply(self, label: str, edit: Callable[[Scene], Scene]) -> None:
        """One undo step, or the reason why not."""
        try:
            self.store.apply(label, edit)
        except ValueError as error:
            self.refused.setText(f"{label}: {_reason(error)}")
            self.refused.show()
            self.sync(None, self.store.scene)
        else:
            self.refused.hide()


def _reason(error: ValueError) -> str:
    """In plain words: pydantic's speak of inputs and of its own kinds of errors."""
    details = getattr(error, "errors", None)
    if details is None:
        return str(error)
    text = str(details()[0]["msg"]).removeprefix("Value error, ")
    return text.replace("Input should be", "it must be").partition(", unable to parse")[0]
