"""How the project is looked at, taken for its file and shown again when it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from numpy.typing import ArrayLike
from PySide6.QtCore import QObject, QTimer

from synthex_gui.app.document import Document
from synthex_gui.geometry.transforms import Vector
from synthex_gui.scene.view_state import ImagePlace, RoomCamera, ViewState


class Layouts(Protocol):
    """The field of images."""

    @property
    def layout_id(self) -> str: ...
    def set_layout_id(self, layout_id: str) -> None: ...


class Room(Protocol):
    """The 3D view."""

    def camera_pose(self) -> tuple[Vector, Vector, Vector]: ...
    def set_camera_pose(self, position: ArrayLike, focus: ArrayLike, up: ArrayLike) -> None: ...


class Placed(Protocol):
    """An image that can be zoomed and moved."""

    def place(self) -> tuple[float, float, float]: ...
    def set_place(self, zoom: float, pan_x: float, pan_y: float) -> None: ...


class Crosshair(Protocol):
    """The slices' common crosshair."""

    @property
    def crosshair(self) -> Vector: ...
    def set_crosshair(self, point_mm: ArrayLike) -> None: ...


class Windows(Protocol):
    """The radiograph's windows by look."""

    def windows(self) -> dict[str, tuple[float, float]]: ...
    def show_windows(self, windows: Mapping[str, tuple[float, float]]) -> None: ...


class ViewStatePresenter(QObject):
    """Gives the document its view when it is saved, and shows what an opened one brings."""

    def __init__(
        self,
        document: Document,
        layouts: Layouts,
        room: Room,
        slices: Mapping[str, Placed],
        crosshair: Crosshair,
        radiograph: Placed,
        windows: Windows,
        known_layouts: tuple[str, ...],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._layouts, self._room, self._slices = layouts, room, slices
        self._crosshair, self._radiograph, self._windows = crosshair, radiograph, windows
        self._known_layouts = known_layouts
        document.show_in(self)
        document.view_opened.connect(self.show)

    def taken(self) -> ViewState:
        """The view as it is now."""
        position, focus, up = (tuple(map(float, part)) for part in self._room.camera_pose())
        x, y, z = map(float, self._crosshair.crosshair)
        return ViewState(
            layout=self._layouts.layout_id,
            room=RoomCamera(position=position, focus=focus, up=up),  # type: ignore[arg-type]
            crosshair_mm=(x, y, z),
            slices={plane: _place_of(view) for plane, view in self._slices.items()},
            radiograph=_place_of(self._radiograph),
            windows=self._windows.windows(),
        )

    def show(self, state: ViewState) -> None:
        """As the project was left; what it does not say stays as it opens."""
        if state.layout in self._known_layouts and state.layout is not None:
            self._layouts.set_layout_id(state.layout)
        if state.room is not None:
            self._room.set_camera_pose(state.room.position, state.room.focus, state.room.up)
        if state.crosshair_mm is not None:
            self._crosshair.set_crosshair(state.crosshair_mm)
        self._windows.show_windows(state.windows)
        # The layout gives the images their sizes in this turn's end, and a pan is a part of them.
        QTimer.singleShot(0, self, lambda: self._show_places(state))

    def _show_places(self, state: ViewState) -> None:
        for plane, place in state.slices.items():
            if plane in self._slices:
                self._slices[plane].set_place(place.zoom, *place.pan)
        if state.radiograph is not None:
            self._radiograph.set_place(state.radiograph.zoom, *state.radiograph.pan)


def _place_of(view: Placed) -> ImagePlace:
    zoom, pan_x, pan_y = view.place()
    return ImagePlace(zoom=zoom, pan=(pan_x, pan_y))
