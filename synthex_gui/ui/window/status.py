"""The status bar's read-outs: what is under the pointer, the backend, how fast images come."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel

from synthex_gui.app.frame import Frame
from synthex_gui.app.session import Session
from synthex_gui.geometry.arrays import Grid
from synthex_gui.geometry.transforms import Vector
from synthex_gui.ui.image.slice_view import SliceView
from synthex_gui.ui.presenters.radiograph import RadiographPresenter
from synthex_gui.ui.window.workspace import Workspace


class StatusReadouts(QObject):
    """Three labels that follow the views."""

    def __init__(
        self, session: Session, workspace: Workspace, presenter: RadiographPresenter
    ) -> None:
        super().__init__(workspace)
        self._session, self._workspace = session, workspace
        self.cursor = QLabel()
        self.backend = QLabel("starting")
        self.speed = QLabel()
        self.speed.setMinimumWidth(220)
        for label, name in (
            (self.cursor, "Pointer"),
            (self.backend, "Backend"),
            (self.speed, "Speed"),
        ):
            label.setAccessibleName(name)
        session.live.backend_named.connect(self.backend.setText)
        presenter.frame_shown.connect(self._frame)
        workspace.radiograph.hovered.connect(self._over_radiograph)
        for view in workspace.slices.values():
            view.hovered.connect(lambda at, view=view: self._over_slice(view, at))

    def _frame(self, frame: Frame) -> None:
        live = self._session.live
        parts = []
        if live.last_drag_seconds:
            parts.append(f"{live.last_drag_size}² {1000 * live.last_drag_seconds:.0f} ms")
        if live.last_full_seconds:
            size = frame.radiograph.camera.width if frame.is_full else self._full_size
            self._full_size = size
            parts.append(f"{size}² {1000 * live.last_full_seconds:.0f} ms")
        parts.append(f"{live.shown_per_second():.0f} images/s")
        self.speed.setText("  ·  ".join(parts))

    _full_size = 0

    def _over_radiograph(self, at: tuple[float, float] | None) -> None:
        view = self._workspace.radiograph
        if at is None or view.camera is None or view.signal is None:
            self.cursor.setText("")
            return
        column, row = at
        scale = view.signal.shape[1] / view.camera.width
        i = int(np.clip((column + 0.5) * scale, 0, view.signal.shape[1] - 1))
        j = int(np.clip((row + 0.5) * scale, 0, view.signal.shape[0] - 1))
        signal = float(view.signal[j, i])
        source, direction = view.camera.ray(column, row)
        distance = view.aim_distance_mm or view.camera.sdd_mm / 2
        along = distance / float(direction @ view.camera.direction)
        point = source + along * direction
        shown = f"−ln {-np.log(max(signal, 1e-7)):.2f}   signal {signal:.4f}"
        d = ", ".join(f"{value:+.3f}" for value in direction)
        self.cursor.setText(
            f"Column {column:.0f}, row {row:.0f}   {shown}   ray {lps_text(point)}, direction {d}"
        )

    def _over_slice(self, view: SliceView, at: tuple[float, float] | None) -> None:
        ct = self._session.assets.ct
        point = None if at is None else view.world_at(*at)
        if point is None or ct is None:
            self.cursor.setText("")
            return
        text = f"Cursor {lps_text(point)}"
        hu = value_at(ct.values, ct.grid, point)
        if hu is not None:
            text += f"   {hu} HU"
        labels = self._session.assets.labels
        if labels is not None:
            label_id = value_at(labels.values, labels.grid, point)
            names = () if label_id is None else labels.names_at(int(label_id))
            text += f"   {', '.join(names)}" if names else ""
        self.cursor.setText(text)


def lps_text(point: Vector) -> str:
    """A world point as people say it: 38.2 L, 271.5 P, 969.0 S mm."""
    letters = ("LR", "PA", "SI")
    parts = [
        f"{abs(float(value)):.1f} {pair[0] if value >= 0 else pair[1]}"
        for value, pair in zip(point, letters, strict=True)
    ]
    return ", ".join(parts) + " mm"


def value_at(values: np.ndarray, grid: Grid, point: Vector) -> int | None:
    """The nearest voxel's value; None outside."""
    inverse = np.linalg.inv(grid.world_from_voxel)
    i, j, k = np.rint(inverse[:3, :3] @ point + inverse[:3, 3]).astype(int)
    nz, ny, nx = values.shape
    if 0 <= i < nx and 0 <= j < ny and 0 <= k < nz:
        return int(values[k, j, i])
    return None
