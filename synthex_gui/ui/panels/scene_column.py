"""The column at the left: what the scene holds above, views below, as high as the user likes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from synthex_gui.ui.widgets.forms import section

# A splitter scales what it is given.
HALF = 1000


class SceneColumn(QSplitter):
    """`tree` under its title, `views` with their own."""

    def __init__(self, tree: QWidget, views: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        title = section("Scene")
        title.setContentsMargins(14, 0, 14, 0)
        scene = QWidget()
        column = QVBoxLayout(scene)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(title)
        column.addWidget(tree)
        self.addWidget(scene)
        self.addWidget(views)
        self.halve()

    def halve(self) -> None:
        """Both as high as each other."""
        self.setSizes([HALF, HALF])
