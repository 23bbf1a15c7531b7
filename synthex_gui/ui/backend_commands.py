"""Choosing what projects the images: by itself, the CPU, or one of several GPUs."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from synthex_gui.app.live import LiveRadiograph
from synthex_gui.app.settings import Settings, save_settings
from synthex_gui.physics.backends.choice import make_backend
from synthex_gui.physics.render import Renderer

# GPUs that the menu offers; which of them are there is found out when one is chosen.
GPUS = 4


def make_renderer(
    choice: str = "auto", notice: Callable[[str], None] = lambda text: None
) -> Renderer:
    """The renderer of this machine, made in the worker thread."""
    return Renderer(make_backend(choice, notice))


class BackendCommands(QObject):
    """Makes the live image's renderer as the settings say, and changes it."""

    # From the worker thread to the window's: text, kind of message.
    _noticed = Signal(str, str)

    def __init__(
        self,
        parent: QWidget,
        live: LiveRadiograph,
        settings: Settings,
        say: Callable[..., Any],
    ) -> None:
        super().__init__(parent)
        self._parent, self._live, self._settings = parent, live, settings
        self._noticed.connect(say)

    def make_renderer(self) -> Renderer:
        """A renderer for the settings; what is to be said of it comes as a warning."""
        return make_renderer(
            self._settings.backend, lambda text: self._noticed.emit(text, "warning")
        )

    def choose(self, choice: str) -> None:
        """Another backend, now and next time."""
        self._settings.backend = choice
        save_settings(self._settings)
        self._live.use_renderer(self.make_renderer)

    def menu(self) -> QMenu:
        """The choices, the present one marked."""
        menu = QMenu("Images are made by", self._parent)
        group = QActionGroup(menu)

        def fill() -> None:
            menu.clear()
            for choice, title in self._choices():
                action = menu.addAction(title)
                action.setCheckable(True)
                action.setChecked(choice == self._settings.backend)
                action.setActionGroup(group)
                action.triggered.connect(lambda _=False, choice=choice: self.choose(choice))

        menu.aboutToShow.connect(fill)
        fill()
        return menu

    def _choices(self) -> list[tuple[str, str]]:
        choices = [("auto", "GPU if there is one"), ("cpu", "CPU")]
        if find_spec("cupy") is None and not self._settings.backend.startswith("cuda"):
            return [*choices, ("cuda", "NVIDIA GPU")]
        return [*choices, *((f"cuda:{n}", f"NVIDIA GPU {n}") for n in range(GPUS))]
