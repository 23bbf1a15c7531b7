"""Choosing what projects the images: by itself, the CPU, or one of several GPUs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from threading import Thread
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from synthex_gui.app.live import LiveRadiograph
from synthex_gui.app.settings import Settings, save_settings
from synthex_gui.core.backend_names import NUMBERED, TITLES, backend_title
from synthex_gui.physics.backends.base import BackendError
from synthex_gui.physics.backends.choice import make_backend
from synthex_gui.physics.backends.listing import listed_cuda_devices
from synthex_gui.physics.render import Renderer


def make_renderer(
    choice: str = "auto", notice: Callable[[str], None] = lambda text: None
) -> Renderer:
    """The renderer of this machine, made in the worker thread."""
    return Renderer(make_backend(choice, notice))


class BackendCommands(QObject):
    """Makes the live image's renderer as the settings say, and changes it."""

    gpus_listed = Signal()
    # From other threads to the window's: text, kind of message; names of GPUs, why there are none.
    _noticed = Signal(str, str)
    _found = Signal(object, str)

    def __init__(
        self,
        parent: QWidget,
        live: LiveRadiograph,
        settings: Settings,
        say: Callable[..., Any],
    ) -> None:
        super().__init__(parent)
        self._parent, self._live, self._settings = parent, live, settings
        self._gpus: tuple[str, ...] = ()
        self._problem = ""
        self._is_looking = False
        self._noticed.connect(say)
        self._found.connect(self._take_gpus)

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
        """The choices, the present one marked; GPUs by name once they are known."""
        menu = QMenu("Images are made by", self._parent)
        group = QActionGroup(menu)

        def fill() -> None:
            menu.clear()
            chosen = self._settings.backend
            # The one that plain `cuda` means, so that the menu marks what is in use.
            if chosen == "cuda" and self._gpus:
                chosen = "cuda:0"
            for choice, title in self._choices():
                action = menu.addAction(title)
                action.setCheckable(True)
                action.setChecked(choice == chosen)
                action.setActionGroup(group)
                action.triggered.connect(lambda _=False, choice=choice: self.choose(choice))
            if self._is_looking:
                menu.addAction("Looking for NVIDIA GPUs…").setEnabled(False)
            elif self._problem:
                menu.addSeparator()
                # The remedy behind the semicolon is a command line: too long for a menu, shown by
                # `synthex backends`.
                menu.addAction(self._problem.split(";")[0]).setEnabled(False)

        def open_menu() -> None:
            self._look_for_gpus()
            fill()

        menu.aboutToShow.connect(open_menu)
        self.gpus_listed.connect(fill)
        fill()
        return menu

    def _choices(self) -> list[tuple[str, str]]:
        choices = [(name, title) for name, title in TITLES.items() if name not in NUMBERED]
        choices += [(f"cuda:{n}", f"GPU {n}: {name}") for n, name in enumerate(self._gpus)]
        if not self._gpus and not self._is_looking:
            # Choosing it says what is missing.
            choices += [(name, TITLES[name]) for name in NUMBERED]
        chosen = self._settings.backend
        if chosen not in dict(choices) and chosen != "cuda":
            choices.append((chosen, backend_title(chosen)))
        return choices

    def _look_for_gpus(self) -> None:
        """Once, and not before somebody asks: it takes a second."""
        if self._is_looking or self._gpus or self._problem or find_spec("cupy") is None:
            return
        self._is_looking = True
        Thread(target=self._list_gpus, name="gpus", daemon=True).start()

    def _list_gpus(self) -> None:
        gpus: tuple[str, ...] = ()
        problem = ""
        try:
            gpus = listed_cuda_devices()
        except BackendError as error:
            problem = str(error)
        # The window may have gone meanwhile.
        with suppress(RuntimeError):
            self._found.emit(gpus, problem)

    def _take_gpus(self, gpus: tuple[str, ...], problem: str) -> None:
        self._gpus, self._problem, self._is_looking = gpus, problem, False
        self.gpus_listed.emit()
