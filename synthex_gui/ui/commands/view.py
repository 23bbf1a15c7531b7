"""What is shown and how: layouts, themes, the 3D view's direction, live or standing images."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from synthex_gui.app.settings import Settings, save_settings
from synthex_gui.ui.presenters.radiograph import RadiographPresenter
from synthex_gui.ui.presenters.room import RoomPresenter
from synthex_gui.ui.style import theme
from synthex_gui.ui.view3d.room import RoomView

LAYOUTS = (
    ("planning", "Planning"),
    ("images", "Radiograph and slices"),
    ("radiograph", "Radiograph only"),
    ("room", "3D room only"),
)
THEMES: tuple[tuple[theme.Choice, str], ...] = (
    ("dark", "Dark"),
    ("light", "Light"),
    ("system", "As the system"),
)
# The new style sheet is drawn first.
TINT_AFTER_MS = 30


class Desk(Protocol):
    """What the window does with its own parts."""

    def set_layout_id(self, layout_id: str) -> None: ...
    def reset_layout(self) -> None: ...
    def set_full_screen(self, on: bool) -> None: ...
    def tint(self) -> None: ...


class ViewCommands:
    """Nothing here changes the scene, so nothing here is undone."""

    def __init__(
        self,
        desk: Desk,
        settings: Settings,
        radiograph: RadiographPresenter,
        room: RoomPresenter,
        room_view: RoomView,
        auto_window: Callable[[], None],
        fit: Callable[[], None],
    ) -> None:
        self.desk, self.radiograph, self.room, self.room_view = desk, radiograph, room, room_view
        self.auto_window, self.fit = auto_window, fit
        self._settings = settings

    def set_theme(self, choice: theme.Choice) -> None:
        """Another theme, now and next time."""
        self._settings.theme = choice
        save_settings(self._settings)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.choose(application, choice)
        # In turns, so that no one of them holds the window for long.
        QTimer.singleShot(0, lambda: theme.apply_sheet(application))
        QTimer.singleShot(TINT_AFTER_MS, self.desk.tint)
