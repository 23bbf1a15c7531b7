"""The window's place, columns and views, kept between runs; anything damaged gives the default."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings

from synthex_gui.app.settings import config_folder
from synthex_gui.ui.workspace import LAYOUTS

if TYPE_CHECKING:
    from synthex_gui.ui.window.main import MainWindow

log = logging.getLogger(__name__)

LEFT_WIDTH, RIGHT_WIDTH = 262, 336
NARROW_WINDOW = 1500
NARROW_LEFT, NARROW_RIGHT = 210, 290
DEFAULT_SIZE = (1440, 900)


def save(window: MainWindow) -> None:
    """Remember place, size, columns, layout and the views' sizes."""
    store = _store()
    store.setValue("geometry", window.saveGeometry())
    work = window.workspace
    state = {
        "columns": window.columns.sizes(),
        "scene": window.scene_column.sizes(),
        "layout": work.layout_id,
        "views": work.save_sizes(),
        "width": window.width(),
    }
    store.setValue("state", json.dumps(state))


def restore_geometry(window: MainWindow) -> None:
    """Place and size; before the window is shown."""
    geometry = _store().value("geometry")
    if not (isinstance(geometry, QByteArray) and window.restoreGeometry(geometry)):
        window.resize(*DEFAULT_SIZE)


def restore_state(window: MainWindow) -> None:
    """Columns and views; once the window has its size."""
    default_columns(window)
    text = _store().value("state")
    try:
        state = json.loads(str(text)) if text else {}
        columns = [int(value) for value in state.get("columns", [])]
        scene = [int(value) for value in state.get("scene", [])]
        views = [[int(value) for value in sizes] for sizes in state.get("views", [])]
        layout = str(state.get("layout", ""))
        width = int(state.get("width", 0))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        log.warning("the saved layout could not be read: %s", error)
        return
    # Sizes of another window would squeeze this one's columns.
    if len(columns) == 3 and sum(columns) > 0 and width == window.width():
        window.columns.setSizes(columns)
    if len(scene) == 2 and sum(scene) > 0:
        window.scene_column.setSizes(scene)
    if layout in dict(LAYOUTS):
        window.workspace.set_layout_id(layout)
    window.workspace.restore_sizes(views)


def reset(window: MainWindow) -> None:
    """As on the first start."""
    window.workspace.set_layout_id(LAYOUTS[0][0])
    window.workspace.reset_sizes()
    window.scene_column.halve()
    default_columns(window)


def default_columns(window: MainWindow) -> None:
    """The two side columns at the width that this window has room for."""
    narrow = window.width() < NARROW_WINDOW
    left, right = (NARROW_LEFT, NARROW_RIGHT) if narrow else (LEFT_WIDTH, RIGHT_WIDTH)
    window.columns.setSizes([left, max(window.width() - left - right, 400), right])


def _store() -> QSettings:
    return QSettings(str(config_folder() / "layout.ini"), QSettings.Format.IniFormat)
