"""What the scene holds, with a colour and an eye per entry."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from synthex_gui.app.store import SceneStore
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.edits import carm_device
from synthex_gui.scene.model import Scene
from synthex_gui.scene.sources import PhantomSource
from synthex_gui.ui.style import theme
from synthex_gui.ui.style.icons import tinted

KIND, NAME = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class _AtTheRight(QStyledItemDelegate):
    """Icons stand under the numbers, at the right edge."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        # PySide's declarations lack the members of this option's base.
        option.decorationPosition = QStyleOptionViewItem.Position.Right  # type: ignore[attr-defined]


class SceneTree(QTreeWidget):
    """Selecting a tool selects it everywhere; an eye shows or hides."""

    tool_selected = Signal(object)  # name or None
    matter_selected = Signal(str)  # a structure, or empty for the CT
    landmark_selected = Signal(str)
    remove_requested = Signal(str)

    def __init__(self, store: SceneStore) -> None:
        super().__init__()
        self._store = store
        self._assets = SceneAssets()
        self._selected: str | None = None
        self._expanded = {"ct": True, "structures": False, "tools": True, "landmarks": False}
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setIndentation(14)
        self.setItemDelegateForColumn(1, _AtTheRight(self))
        self.setIconSize(QSize(12, 12))
        self.setAccessibleName("Scene")
        self.setUniformRowHeights(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setMinimumSectionSize(24)
        self.itemClicked.connect(self._clicked)
        self.currentItemChanged.connect(lambda item, _: self._current(item))
        self.itemExpanded.connect(lambda item: self._remember(item, True))
        self.itemCollapsed.connect(lambda item: self._remember(item, False))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)

    def set_assets(self, assets: SceneAssets) -> None:
        """Other arrays: names of structures, spacing of the CT."""
        self._assets = assets
        self.rebuild(self._store.scene)

    def select_tool(self, name: str | None) -> None:
        """Mark a tool that was picked elsewhere."""
        self._selected = name
        self.rebuild(self._store.scene)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """Show a scene."""
        same = (
            before is not None
            and before.ct is after.ct
            and before.labels is after.labels
            and before.landmarks is after.landmarks
            and before.shown_structures == after.shown_structures
            and before.carm.device == after.carm.device
            and [(t.name, t.material, t.visible, t.color) for t in before.tools]
            == [(t.name, t.material, t.visible, t.color) for t in after.tools]
        )
        if not same:
            self.rebuild(after)

    def rebuild(self, scene: Scene) -> None:
        """Make the tree anew, keeping what is folded and selected."""
        blocked = self.blockSignals(True)
        scroll = self.verticalScrollBar().value()
        self.clear()
        ct = self._assets.ct
        if scene.ct is not None:
            spacing = "" if ct is None else f"{ct.grid.spacing_mm.min():.2g} mm"
            title = "CT"
            if isinstance(scene.ct, PhantomSource):
                title = "CT · phantom"
            else:
                title = f"CT · {_short(scene.ct.path)}"
            root = self._item(None, title, spacing, "ct")
            labels = self._assets.labels
            if labels is not None:
                self._structures(root, scene)
        tools = self._item(None, "Tools, implants", str(len(scene.tools) or ""), "tools")
        for tool in scene.tools:
            item = self._item(tools, tool.name, "", "tool", tool.name)
            item.setToolTip(0, f"{tool.name} · {tool.material}")
            item.setIcon(0, swatch(tool.color))
            self._set_eye(item, tool.visible)
            if tool.name == self._selected:
                self.setCurrentItem(item)
        marks = self._item(None, "Landmarks", str(len(scene.landmarks) or ""), "landmarks")
        for landmark in scene.landmarks:
            self._item(marks, landmark.name, "", "landmark", landmark.name)
        self._item(None, f"C-arm · {carm_device(scene.carm).name}", "", "carm")
        for index in range(self.topLevelItemCount()):
            self._unfold(self.topLevelItem(index))
        self.verticalScrollBar().setValue(scroll)
        self.blockSignals(blocked)

    def _structures(self, root: QTreeWidgetItem, scene: Scene) -> None:
        labels = self._assets.labels
        assert labels is not None
        folder = self._item(root, "Structures", str(len(labels.table)), "structures")
        colors = {label.name: label.color for label in labels.table}
        groups = {label.group: label.color for label in labels.table if label.group}
        for name in labels.names():
            item = self._item(folder, name.replace("_", " "), "", "structure", name)
            item.setIcon(0, swatch(colors.get(name, groups.get(name, "#8e9aa8"))))
            self._set_eye(item, name in scene.shown_structures)

    def _item(
        self, parent: QTreeWidgetItem | None, text: str, value: str, kind: str, name: str = ""
    ) -> QTreeWidgetItem:
        item = QTreeWidgetItem([text, value])
        item.setData(0, KIND, kind)
        item.setData(0, NAME, name)
        item.setToolTip(0, text)
        item.setForeground(1, QColor(theme.current().secondary))
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if parent is None:
            self.addTopLevelItem(item)
            # Without a value the text has the whole row.
            item.setFirstColumnSpanned(not value)
        else:
            parent.addChild(item)
        return item

    def _set_eye(self, item: QTreeWidgetItem, visible: bool) -> None:
        t = theme.current()
        name, color = ("eye", t.secondary) if visible else ("eye-off", t.hairline)
        item.setIcon(1, QIcon(tinted(name, color, 16)))
        item.setToolTip(1, "Hide" if visible else "Show")

    def _unfold(self, item: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        item.setExpanded(self._expanded.get(str(item.data(0, KIND)), False))
        for index in range(item.childCount()):
            self._unfold(item.child(index))

    def _remember(self, item: QTreeWidgetItem, expanded: bool) -> None:
        self._expanded[str(item.data(0, KIND))] = expanded

    def _clicked(self, item: QTreeWidgetItem, column: int) -> None:
        if column != 1:
            return
        kind, name = item.data(0, KIND), item.data(0, NAME)
        if kind == "tool":
            self._store.apply("Show or hide tool", lambda scene: _toggle_tool(scene, name))
        elif kind == "structure":
            self._store.apply("Show or hide structure", lambda scene: _toggle(scene, name))

    def _current(self, item: QTreeWidgetItem | None) -> None:
        if item is None:
            return
        kind, name = item.data(0, KIND), item.data(0, NAME)
        self._selected = name if kind == "tool" else None
        self.tool_selected.emit(self._selected)
        if kind == "ct":
            self.matter_selected.emit("")
        elif kind == "landmark":
            self.landmark_selected.emit(name)

    def _menu(self, at: QPoint) -> None:
        item = self.itemAt(at)
        if item is None:
            return
        kind, name = item.data(0, KIND), item.data(0, NAME)
        menu = QMenu(self)
        if kind == "tool":
            menu.addAction("Remove", lambda: self.remove_requested.emit(name))
        elif kind == "structures":
            names = self._assets.labels.names() if self._assets.labels is not None else ()
            menu.addAction("Show all", lambda: self._show_only(names))
            menu.addAction("Hide all", lambda: self._show_only(()))
        elif kind == "structure":
            menu.addAction("Show only this", lambda: self._show_only((name,)))
            menu.addAction("Made of…", lambda: self.matter_selected.emit(name))
        if not menu.isEmpty():
            menu.exec(self.viewport().mapToGlobal(at))

    def _show_only(self, names: tuple[str, ...]) -> None:
        self._store.apply("Show structures", lambda scene: scene.evolve(shown_structures=names))


def swatch(color: str) -> QIcon:
    """A rounded square of one colour."""
    pixmap = QPixmap(24, 24)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(2, 2, 20, 20, 5, 5)
    painter.end()
    return QIcon(pixmap)


def _toggle_tool(scene: Scene, name: str) -> Scene:
    return scene.evolve(
        tools=tuple(
            tool.evolve(visible=not tool.visible) if tool.name == name else tool
            for tool in scene.tools
        )
    )


def _toggle(scene: Scene, name: str) -> Scene:
    shown = scene.shown_structures
    if name in shown:
        return scene.evolve(shown_structures=tuple(item for item in shown if item != name))
    return scene.evolve(shown_structures=(*shown, name))


def _short(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
