"""Saving and copying the radiograph, and the series of images."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

from PIL import Image as PillowImage
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from synthex_gui.app.session import Session
from synthex_gui.app.settings import Settings
from synthex_gui.core.files import WriteError, write_together
from synthex_gui.export.writers.image import tiff32
from synthex_gui.physics.look.display import grey_bytes
from synthex_gui.scene.edits import camera_json
from synthex_gui.ui.image.image_view import grey_image
from synthex_gui.ui.image.radiograph_view import RadiographView
from synthex_gui.ui.view3d.room import RoomView

Say = Callable[[str, str], None]
TIFF_ENDINGS = (".tif", ".tiff")
IMAGE_FILTER = "Display image (*.png);;Raw signal, float32 (*.tif)"


class ImageCommands:
    """Commands that write the shown image, or many."""

    def __init__(
        self,
        parent: QWidget,
        session: Session,
        view: RadiographView,
        room: RoomView,
        settings: Settings,
        say: Say,
    ) -> None:
        self._parent, self._session, self._say = parent, session, say
        self._view, self._room, self._settings = view, room, settings

    def save(self) -> None:
        """The shown image: as displayed (.png), or the signal itself (.tif)."""
        view = self._view
        if view.pixels is None:
            self._say("There is no image yet", "warning")
            return
        name, _ = QFileDialog.getSaveFileName(
            self._parent, "Save radiograph", "radiograph.png", IMAGE_FILTER
        )
        if not name:
            return
        path = Path(name)
        if not path.suffix:
            path = path.with_suffix(".png")
        if path.suffix.lower() not in (".png", *TIFF_ENDINGS):
            self._say(
                f"{path.name}: an image is saved as .png or .tif; choose one of them", "refusal"
            )
            return
        assert view.signal is not None
        record = {
            "camera": camera_json(self._session.store.scene.carm),
            "level": self._session.store.scene.level,
            "processing": self._session.store.scene.processing.model_dump(mode="json"),
            "window": list(view.window),
            "bone_dark": view.is_inverted,
        }
        if path.suffix.lower() in TIFF_ENDINGS:
            image = tiff32(view.signal)
        else:
            stream = io.BytesIO()
            grey = grey_bytes(view.pixels, *view.window, view.is_inverted)
            PillowImage.fromarray(grey).save(stream, "PNG")
            image = stream.getvalue()
        text = json.dumps(record, indent=1) + "\n"
        try:
            # Both or none: an image whose window and camera nobody knows is of no use.
            write_together({path: image, path.with_name(f"{path.name}.json"): text.encode()})
        except WriteError as error:
            self._say(f"{error}; make room there or choose another folder", "refusal")
        else:
            self._say(f"Saved {path.name}, its window and camera beside it", "note")

    def copy(self) -> None:
        """The shown image to the clipboard."""
        view = self._view
        if view.pixels is None:
            return
        # Qt's image shares the array's memory, which goes away; the clipboard needs its own.
        image = grey_image(grey_bytes(view.pixels, *view.window, view.is_inverted))
        QGuiApplication.clipboard().setImage(image.copy())
        self._say("Radiograph copied", "note")

    def export_series(self) -> None:
        """The export dialog."""
        from synthex_gui.ui.dialogs.export_dialog import ExportDialog

        backend = self._settings.backend
        ExportDialog(self._parent, self._session, self._room, backend).open()
