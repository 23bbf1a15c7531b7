"""Menu bar and toolbar, filled from the lists in `actions`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QToolBar, QToolButton, QWidget

from synthex_gui.scene.devices import presets
from synthex_gui.tools.catalogue import CATALOGUE
from synthex_gui.ui.commands.actions import MENUS, SEPARATOR, TOOLBAR
from synthex_gui.ui.style.icons import icon
from synthex_gui.ui.workspace import LAYOUTS

if TYPE_CHECKING:
    from synthex_gui.ui.window.main import MainWindow


# What a toolbar button says where the menu says more.
SHORT = {"add_landmark": "Add landmark"}
# The property of a menu's button that names its icon.
ICON = "iconName"


class Menus:
    """Menus whose entries are data: presets, tools, layouts, themes, recent files."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def fill_menu_bar(self) -> None:
        """Every menu of MENUS."""
        makers = {
            "recent": self._recent,
            "layouts": lambda: self._layouts(with_shortcuts=True),
            "themes": self._themes,
            "backends": self._window.backends.menu,
            "presets": self._presets,
            "tools": self.tools,
        }
        for title, ids in MENUS.items():
            menu = self._window.menuBar().addMenu(title)
            for entry in ids:
                if entry == SEPARATOR:
                    menu.addSeparator()
                elif entry in makers:
                    menu.addMenu(makers[entry]())
                else:
                    menu.addAction(self._window.commands[entry])

    def make_toolbar(self) -> QPushButton:
        """The toolbar; returns its one primary button."""
        window = self._window
        bar = QToolBar("Main", window)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar.setIconSize(QSize(16, 16))
        for entry in TOOLBAR:
            if entry == SEPARATOR:
                bar.addSeparator()
            elif entry == "tools":
                bar.addWidget(_menu_button("Add tool", "tool", self.tools()))
            else:
                action = window.commands[entry]
                # Of the action: a button takes its text again whenever the action changes.
                action.setIconText(SHORT.get(entry, action.iconText()))
                bar.addAction(action)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spacer)
        bar.addWidget(_menu_button("Layout", "layout", self._layouts(with_shortcuts=False)))
        button = QPushButton("Export series…")
        button.setProperty("primary", True)
        button.clicked.connect(window.commands["export"].trigger)
        bar.addWidget(button)
        window.addToolBar(bar)
        return button

    def tools(self) -> QMenu:
        """Built-in tools, and a mesh file."""
        menu = QMenu("Add tool", self._window)
        for key, kind in CATALOGUE.items():
            menu.addAction(kind.title, lambda key=key: self._window.tools.add_built_in(key))
        menu.addSeparator()
        menu.addAction("From a mesh file…", self._window.files.add_mesh)
        return menu

    def _recent(self) -> QMenu:
        menu = QMenu("Open recent", self._window)

        def fill() -> None:
            menu.clear()
            for text in self._window.settings.recent:
                action = menu.addAction(Path(text).name)
                action.setToolTip(text)
                action.triggered.connect(
                    lambda _=False, text=text: self._window.files.open_path(Path(text))
                )
            if menu.isEmpty():
                menu.addAction("Nothing opened yet").setEnabled(False)

        menu.aboutToShow.connect(fill)
        fill()
        return menu

    def _layouts(self, with_shortcuts: bool) -> QMenu:
        menu = QMenu("Layout", self._window)
        for index, (layout_id, title) in enumerate(LAYOUTS):
            action = menu.addAction(title)
            action.triggered.connect(
                lambda _=False, key=layout_id: self._window.workspace.set_layout_id(key)
            )
            if with_shortcuts:
                action.setShortcut(QKeySequence(f"Ctrl+{index + 1}"))
        return menu

    def _themes(self) -> QMenu:
        menu = QMenu("Theme", self._window)
        for choice, title in (("dark", "Dark"), ("light", "Light"), ("system", "As the system")):
            menu.addAction(title, lambda choice=choice: self._window.set_theme(choice))
        return menu

    def _presets(self) -> QMenu:
        menu = QMenu("Views", self._window)
        for key, preset in presets().items():
            menu.addAction(preset.title, lambda key=key: self._window.poses.go_to_preset(key))
        return menu


def tint_menu_buttons(window: QWidget) -> None:
    """Their icons in the theme's colour, as those of commands."""
    for button in window.findChildren(QToolButton):
        name = button.property(ICON)
        if name:
            button.setIcon(icon(name))


def _menu_button(text: str, icon_name: str, menu: QMenu) -> QToolButton:
    button = QToolButton()
    button.setText(f"{text} ▾")
    button.setIcon(icon(icon_name))
    button.setProperty(ICON, icon_name)
    button.setIconSize(QSize(16, 16))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu)
    return button
