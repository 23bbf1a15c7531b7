"""The field of images: 3D room and radiograph above, the three slices below."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from synthex_gui.geometry.slicing import AXES
from synthex_gui.ui.image.compare_view import CompareView
from synthex_gui.ui.image.image_view import ImageView
from synthex_gui.ui.image.mouse import RADIOGRAPH
from synthex_gui.ui.image.slice_view import SliceView
from synthex_gui.ui.view3d.room import RoomView


class Workspace(QWidget):
    """Holds the views and shows them in one of a few layouts; double click maximises one."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fieldOfImages")
        self.room = RoomView(self)
        self.radiograph = CompareView()
        self.beside = ImageView("Compared with")
        self.beside.mouse_table = RADIOGRAPH
        self.slices = {plane: SliceView(plane) for plane in AXES}
        self._layout_id = "planning"
        self._maximised: QWidget | None = None
        self._is_beside_shown = False
        self._upper = _splitter(Qt.Orientation.Horizontal)
        self._upper.addWidget(self.room)
        self._upper.addWidget(self.radiograph)
        self._upper.addWidget(self.beside)
        self.beside.hide()
        self._lower = _splitter(Qt.Orientation.Horizontal)
        for slice_view in self.slices.values():
            self._lower.addWidget(slice_view)
        self._all = _splitter(Qt.Orientation.Vertical)
        self._all.addWidget(self._upper)
        self._all.addWidget(self._lower)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._all)
        views: tuple[Any, ...] = (self.room, self.radiograph, self.beside, *self.slices.values())
        for view in views:
            view.maximise_requested.connect(lambda view=view: self.toggle_maximised(view))
        self.reset_sizes()

    @property
    def layout_id(self) -> str:
        """The layout in use, one of `commands.view.LAYOUTS`."""
        return self._layout_id

    def set_layout_id(self, layout_id: str) -> None:
        """Show another layout."""
        self._layout_id = layout_id
        self._maximised = None
        self._show()

    def toggle_maximised(self, view: QWidget) -> None:
        """One view alone, or back to the layout."""
        self._maximised = None if self._maximised is view else view
        self._show()

    def reset_sizes(self) -> None:
        """Room and radiograph of equal width, two thirds of the height."""
        self._upper.setSizes([1000, 1000, 1000])
        self._lower.setSizes([1000, 1000, 1000])
        self._all.setSizes([720, 280])

    def show_beside(self, shown: bool) -> None:
        """Show or hide the second image's own view, beside the radiograph."""
        self._is_beside_shown = shown
        self._show()

    def save_sizes(self) -> list[list[int]]:
        """Splitter sizes, for the settings."""
        return [splitter.sizes() for splitter in (self._upper, self._lower, self._all)]

    def restore_sizes(self, sizes: list[list[int]]) -> None:
        """What `save_sizes` gave; anything else is ignored."""
        splitters = (self._upper, self._lower, self._all)
        if len(sizes) == len(splitters):
            for splitter, own in zip(splitters, sizes, strict=True):
                if len(own) == splitter.count() and sum(own) > 0:
                    splitter.setSizes([int(value) for value in own])

    def _show(self) -> None:
        images: set[QWidget] = {self.radiograph}
        if self._is_beside_shown:
            images.add(self.beside)
        slices: set[QWidget] = set(self.slices.values())
        chosen = {self.room} | images | slices
        if self._maximised is not None:
            chosen = {self._maximised}
        elif self._layout_id == "radiograph":
            chosen = images
        elif self._layout_id == "room":
            chosen = {self.room}
        elif self._layout_id == "images":
            chosen = images | slices
        everything: list[QWidget] = [self.room, self.radiograph, self.beside, *slices]
        for view in everything:
            view.setVisible(view in chosen)
        self._upper.setVisible(bool(chosen & {self.room, self.radiograph, self.beside}))
        self._lower.setVisible(bool(chosen & slices))


def _splitter(orientation: Qt.Orientation) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    return splitter
