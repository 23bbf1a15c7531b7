"""The window's place, columns and views, kept between runs; anything damaged gives the default."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter

from synthex_gui.app.private import make_private
from synthex_gui.app.settings import config_folder
from synthex_gui.ui.commands.view import LAYOUTS
from synthex_gui.ui.panels.scene_column import SceneColumn
from synthex_gui.ui.window.workspace import Workspace

log = logging.getLogger(__name__)

LEFT_WIDTH, RIGHT_WIDTH = 262, 336
NARROW_WINDOW = 1500
# The five tabs of the right column have their whole names from here on.
NARROW_LEFT, NARROW_RIGHT = 210, 312
DEFAULT_SIZE = (1440, 900)


class LayoutStore:
    """`columns` holds the scene's column, the workspace and the panels, from left to right."""

    def __init__(
        self, window: QMainWindow, columns: QSplitter, scene: SceneColumn, workspace: Workspace
    ) -> None:
        self._window, self._columns = window, columns
        self._scene, self._workspace = scene, workspace

    def save(self) -> None:
        """Remember place, size, columns, layout and the views' sizes."""
        store = stored()
        store.setValue("geometry", self._window.saveGeometry())
        state = {
            "columns": self._columns.sizes(),
            "scene": self._scene.sizes(),
            "layout": self._workspace.layout_id,
            "views": self._workspace.save_sizes(),
        }
        store.setValue("state", json.dumps(state))
        store.sync()
        make_private(Path(store.fileName()))

    def restore_geometry(self) -> None:
        """Place and size; before the window is shown."""
        geometry = stored().value("geometry")
        if not (isinstance(geometry, QByteArray) and self._window.restoreGeometry(geometry)):
            self._window.resize(*DEFAULT_SIZE)

    def restore_state(self) -> None:
        """Columns and views; once the window has its size."""
        self._default_columns()
        text = stored().value("state")
        try:
            state = json.loads(str(text)) if text else {}
            columns = [int(value) for value in state.get("columns", [])]
            scene = [int(value) for value in state.get("scene", [])]
            views = [[int(value) for value in sizes] for sizes in state.get("views", [])]
            layout = str(state.get("layout", ""))
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            log.warning("the saved layout could not be read: %s", error)
            return
        if len(columns) == 3 and sum(columns) > 0:
            self._restore_columns(columns[0], columns[2])
        if len(scene) == 2 and sum(scene) > 0:
            self._scene.setSizes(scene)
        if layout in dict(LAYOUTS):
            self._workspace.set_layout_id(layout)
        self._workspace.restore_sizes(views)

    def _restore_columns(self, left: int, right: int) -> None:
        """The outer columns as wide as they were; the middle takes what another screen leaves, and
        where that is less than two fifths they stay at their default.
        """
        whole = sum(self._columns.sizes())
        middle = whole - left - right
        if middle >= 0.4 * whole:
            self._columns.setSizes([left, middle, right])

    def reset(self) -> None:
        """As on the first start."""
        self._workspace.set_layout_id(LAYOUTS[0][0])
        self._workspace.reset_sizes()
        self._scene.halve()
        self._default_columns()

    def _default_columns(self) -> None:
        """The two side columns at the width that this window has room for."""
        whole = self._window.width()
        narrow = whole < NARROW_WINDOW
        left, right = (NARROW_LEFT, NARROW_RIGHT) if narrow else (LEFT_WIDTH, RIGHT_WIDTH)
        self._columns.setSizes([left, max(whole - left - right, 400), right])


def stored() -> QSettings:
    """Where it is kept."""
    return QSettings(str(config_folder() / "layout.ini"), QSettings.Format.IniFormat)
