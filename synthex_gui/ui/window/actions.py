"""The table's rows as Qt actions of one window."""

from __future__ import annotations

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from synthex_gui.app.store import SceneStore
from synthex_gui.ui.commands.table import ACTIONS, Action, Handlers
from synthex_gui.ui.style.icons import icon


def make_actions(parent: QWidget, handlers: Handlers) -> dict[str, QAction]:
    """An action by the id of its row."""
    groups: dict[str, QActionGroup] = {}
    made = {}
    for row in ACTIONS.values():
        action = QAction(row.text, parent)
        if row.shortcut:
            action.setShortcut(QKeySequence(row.shortcut))
        action.setToolTip(row.hint or row.text.rstrip("…"))
        action.setCheckable(row.checkable)
        action.setChecked(row.is_on)
        if row.group:
            if row.group not in groups:
                groups[row.group] = QActionGroup(parent)
            groups[row.group].addAction(action)
        _connect(action, row, handlers)
        made[row.id] = action
    tint(made)
    return made


def tint(actions: dict[str, QAction]) -> None:
    """Icons in the theme's colour."""
    for key, action in actions.items():
        if ACTIONS[key].icon:
            action.setIcon(icon(ACTIONS[key].icon))


def follow_history(actions: dict[str, QAction], store: SceneStore) -> None:
    """Undo and redo name their step and are there when there is one."""
    undo, redo, history = actions["undo"], actions["redo"], store.history

    def look() -> None:
        # A drag under way becomes a step when it is undone.
        undo.setEnabled(history.canUndo() or store.is_moving)
        redo.setEnabled(history.canRedo())
        undo.setToolTip(f"Undo {history.undoText()}".strip())
        redo.setToolTip(f"Redo {history.redoText()}".strip())

    for signal in (history.indexChanged, history.cleanChanged, store.moving_changed):
        signal.connect(lambda *_: look())
    look()


def _connect(action: QAction, row: Action, handlers: Handlers) -> None:
    if row.switch is not None:
        # Not `triggered`: an action is also switched off by another one of its group.
        action.toggled.connect(lambda on, switch=row.switch: switch(handlers, on))
    elif row.do is not None:
        action.triggered.connect(lambda _=False, do=row.do: do(handlers))
