"""Comparing the radiograph with another level, or with a real X-ray image from a file."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Protocol, cast

from PySide6.QtWidgets import QFileDialog, QWidget

from synthex_gui.app.compare import NOTHING, Comparison, Mode, auto_window, with_file
from synthex_gui.app.frame import Frame
from synthex_gui.app.redaction import hide_path
from synthex_gui.app.session import Session
from synthex_gui.io.child.pool import load_steps
from synthex_gui.io.errors import InputError
from synthex_gui.io.loaded import XrayImage
from synthex_gui.scene.study import Level
from synthex_gui.ui.image.compare_view import CompareView
from synthex_gui.ui.image.image_view import ImageView
from synthex_gui.ui.panels.compare_controls import CompareControls
from synthex_gui.ui.presenters.radiograph import RadiographPresenter

XRAY_FILTER = "Radiographs (*.dcm *.png *.tif *.tiff);;All files (*)"


class Field(Protocol):
    """Where the compared images stand."""

    radiograph: CompareView
    beside: ImageView

    def show_beside(self, shown: bool) -> None: ...


class CompareCommands:
    """Holds what is compared; the views only paint it."""

    def __init__(
        self,
        parent: QWidget,
        session: Session,
        field: Field,
        presenter: RadiographPresenter,
        controls: CompareControls,
        show_controls: Callable[[], None],
    ) -> None:
        """`show_controls` brings `controls` to the front."""
        self._parent, self._session, self._field = parent, session, field
        self._presenter, self._controls = presenter, controls
        self._show_controls = show_controls
        self._comparison = NOTHING
        self._mode: Mode = "divider"
        self._bone_is_bright = False
        controls.level_chosen.connect(self.with_level)
        controls.file_wanted.connect(self.choose_file)
        controls.mode_chosen.connect(lambda key: self.set_mode(cast("Mode", key)))
        controls.opacity_changed.connect(field.radiograph.set_opacity)
        controls.frame_chosen.connect(self._set_frame)
        controls.bone_bright_toggled.connect(self._set_bone_is_bright)
        presenter.frame_shown.connect(self._show_frame)
        field.beside.window_changed.connect(self._beside_windowed)

    def with_level(self, level: Level | None) -> None:
        """Compare with another level of the same pose, or (None) with nothing."""
        self._take(Comparison(level=level) if level is not None else NOTHING)

    def choose_file(self) -> None:
        """Ask for a real X-ray image; its controls stand in the Image panel."""
        self._show_controls()
        name, _ = QFileDialog.getOpenFileName(self._parent, "Open real X-ray", "", XRAY_FILTER)
        if name:
            self.open_file(Path(name))

    def open_file(self, path: Path, frame: int = 0, bone_is_bright: bool = False) -> None:
        """Read a real image, off the UI thread, and compare with it."""
        hide_path(path)
        self._bone_is_bright = bone_is_bright
        options = {"frame": frame, "bone_is_bright": bone_is_bright}

        def read() -> Generator[Any, None, XrayImage]:
            image: XrayImage = yield from load_steps("xray", path, options)
            return image

        job = self._session.run_job(f"Opening {path.name}", read)
        job.done.connect(lambda image: self._read(path, frame, image))

    def open_file_or(self, path: Path, otherwise: Callable[[], None]) -> None:
        """As `open_file`; a DICOM file that is no radiograph is left to `otherwise`."""

        def read() -> Generator[Any, None, XrayImage | None]:
            try:
                image: XrayImage = yield from load_steps("xray", path)
            except InputError:
                return None
            return image

        def done(image: XrayImage | None) -> None:
            if image is None:
                otherwise()
            else:
                self._read(path, 0, image)

        self._session.run_job(f"Opening {path.name}", read).done.connect(done)

    def set_mode(self, mode: Mode) -> None:
        """Divider, beside or blend."""
        self._mode = mode
        self._field.radiograph.set_mode(mode)
        self._show()

    def _read(self, path: Path, frame: int, image: XrayImage) -> None:
        for text in image.warnings:
            self._session.warned.emit(f"{path.name}: {text}")
        self._take(with_file(path, frame, image))

    def _take(self, comparison: Comparison) -> None:
        before, self._comparison = self._comparison, comparison
        self._controls.show_state(comparison)
        live = self._session.live
        live.compare_level = comparison.level
        view = self._field.radiograph
        if comparison.file_values is not None:
            window = auto_window(comparison.file_values)
            view.set_other(comparison.file_values, comparison.title, window)
            beside = self._field.beside
            beside.title = comparison.title
            beside.set_pixels(comparison.file_values)
            beside.set_window(*window)
            # Only for a new file: a later frame of the same one keeps the zoom, so that frames can
            # be compared.
            if before.path != comparison.path:
                beside.fit()
        else:
            view.set_other(None)
            self._field.beside.set_pixels(None)
        self._show()
        if comparison.level is not None:
            self._presenter.request()

    def _show(self) -> None:
        is_on = self._comparison is not NOTHING
        # Side by side needs half of the width, which nothing should take while nothing is compared.
        self._field.show_beside(is_on and self._mode == "beside")

    def _show_frame(self, frame: Frame) -> None:
        view, beside = self._field.radiograph, self._field.beside
        view.own_title = frame.scene.level.capitalize()
        if self._comparison.level is None or frame.compared is None:
            return
        view.set_other(frame.compared, self._comparison.title)
        beside.title = self._comparison.title
        beside.set_pixels(frame.compared, extent=view.extent)
        beside.set_window(*view.window)
        beside.set_inverted(view.is_inverted)

    def _beside_windowed(self, low: float, high: float) -> None:
        # Two levels of one pose share a scale, so they share the window; a file has its own.
        view = self._field.radiograph
        if self._comparison.level is not None:
            view.set_window(low, high)
        elif self._comparison.file_values is not None:
            view.set_other(self._comparison.file_values, self._comparison.title, (low, high))

    def _set_frame(self, frame: int) -> None:
        path = self._comparison.path
        if path is not None:
            self.open_file(path, frame, self._bone_is_bright)

    def _set_bone_is_bright(self, on: bool) -> None:
        path = self._comparison.path
        if path is not None:
            self.open_file(path, self._comparison.frame, on)
