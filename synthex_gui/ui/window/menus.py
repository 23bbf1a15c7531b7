"""Menu bar and toolbar, filled from the lists of `commands.menus`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from synthex_gui.ui.commands.menus import (
    MENUS,
    OPEN_MENUS,
    SEPARATOR,
    SHORT,
    SUBMENUS,
    TOOLBAR,
    TOOLBAR_END,
)
from synthex_gui.ui.style.icons import icon

# The icon of the toolbar's buttons that open a menu, and the property that names it.
MENU_ICONS = {"tools": "tool", "layouts": "layout"}
ICON = "iconName"


class Menus:
    """`open_menus` makes those of OPEN_MENUS."""

    def __init__(
        self,
        window: QMainWindow,
        actions: Mapping[str, QAction],
        open_menus: Mapping[str, Callable[[], QMenu]],
    ) -> None:
        self._window, self._actions = window, actions
        self._made = {key: open_menus[key]() for key in OPEN_MENUS}
        for key, (title, ids) in SUBMENUS.items():
            menu = QMenu(title, window)
            self._fill(menu, ids)
            self._made[key] = menu

    def fill_menu_bar(self) -> None:
        """Every menu of MENUS."""
        for title, ids in MENUS.items():
            self._fill(self._window.menuBar().addMenu(title), ids)

    def make_toolbar(self) -> None:
        """The toolbar; its one primary button at the right."""
        bar = QToolBar("Main", self._window)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.setIconSize(QSize(16, 16))
        for entry in TOOLBAR:
            self._add_to(bar, entry)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spacer)
        *others, primary = TOOLBAR_END
        for entry in others:
            self._add_to(bar, entry)
        action = self._actions[primary]
        button = QPushButton(action.text())
        button.setProperty("primary", True)
        button.clicked.connect(action.trigger)
        bar.addWidget(button)
        self._window.addToolBar(bar)

    def _fill(self, menu: QMenu, ids: tuple[str, ...]) -> None:
        for entry in ids:
            if entry == SEPARATOR:
                menu.addSeparator()
            elif entry in self._made:
                menu.addMenu(self._made[entry])
            else:
                menu.addAction(self._actions[entry])

    def _add_to(self, bar: QToolBar, entry: str) -> None:
        if entry == SEPARATOR:
            bar.addSeparator()
        elif entry in self._made:
            bar.addWidget(_menu_button(self._made[entry], MENU_ICONS[entry]))
        else:
            action = self._actions[entry]
            # Of the action: a button takes its text again whenever the action changes.
            action.setIconText(SHORT.get(entry, action.iconText()))
            bar.addAction(action)


def tint_menu_buttons(window: QWidget) -> None:
    """Their icons in the theme's colour, as those of actions."""
    for button in window.findChildren(QToolButton):
        name = button.property(ICON)
        if name:
            button.setIcon(icon(name))


def _menu_button(menu: QMenu, icon_name: str) -> QToolButton:
    button = QToolButton()
    button.setText(f"{menu.title()} ▾")
    button.setIcon(icon(icon_name))
    button.setProperty(ICON, icon_name)
    button.setIconSize(QSize(16, 16))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    return button
