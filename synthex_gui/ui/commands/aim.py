"""What the central ray can be turned to, as a menu: CT, structures, landmarks, tools."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu, QWidget

from synthex_gui.app.session import Session
from synthex_gui.scene.assets import structure_centre_mm
from synthex_gui.ui.commands.pose import PoseCommands

Say = Callable[[str, str], None]


class AimMenu:
    """Made anew whenever it is opened: what the scene holds changes."""

    def __init__(self, parent: QWidget, session: Session, poses: PoseCommands, say: Say) -> None:
        self._parent, self._session, self._poses, self._say = parent, session, poses, say

    def open(self) -> None:
        """Under the pointer."""
        self.menu().exec(QCursor.pos())

    def menu(self) -> QMenu:
        """The menu of the present scene."""
        menu, aim_at = QMenu(self._parent), self._poses.aim_at
        menu.addAction("CT centre", self._poses.aim_at_ct)
        scene, labels = self._session.store.scene, self._session.assets.labels
        if labels is not None:
            structures = menu.addMenu("Structure")
            for name in labels.names():
                structures.addAction(name.replace("_", " "), partial(self._at_structure, name))
        if scene.landmarks:
            marks = menu.addMenu("Landmark")
            for item in scene.landmarks:
                marks.addAction(item.name, partial(aim_at, item.position, item.name))
        if scene.tools:
            tools = menu.addMenu("Tool")
            for tool in scene.tools:
                # The tip is the origin of every built-in tool, and what a surgeon aims at.
                tip = np.array(tool.world_from_tool)[:3, 3]
                tools.addAction(tool.name, partial(aim_at, tip, tool.name))
        return menu

    def _at_structure(self, name: str) -> None:
        labels = self._session.assets.labels
        centre = None if labels is None else structure_centre_mm(labels, [name])
        if centre is None:
            self._say(f"{name} has no voxels in this CT", "warning")
        else:
            self._poses.aim_at(centre, name)
