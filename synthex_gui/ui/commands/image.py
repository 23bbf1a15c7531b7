"""Saving and copying the radiograph, and the small dialogs: aim, shortcuts, about."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image as PillowImage
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from synthex_gui import __version__
from synthex_gui.app.session import Session
from synthex_gui.export.still import write_float
from synthex_gui.physics.look.display import grey_bytes
from synthex_gui.scene.assets import structure_centre_mm
from synthex_gui.scene.edits import camera_json
from synthex_gui.ui.commands.actions import COMMANDS
from synthex_gui.ui.commands.pose import PoseCommands
from synthex_gui.ui.image.image_view import grey_image
from synthex_gui.ui.workspace import Workspace

Say = Callable[[str, str], None]
IMAGE_FILTER = "Display image (*.png);;Raw signal, float32 (*.tif)"


class ImageCommands:
    """Commands that read the shown image or open a small dialog."""

    def __init__(self, parent: QWidget, session: Session, workspace: Workspace, say: Say) -> None:
        self._parent, self._session, self._workspace, self._say = parent, session, workspace, say

    def save(self) -> None:
        """The shown image: as displayed (.png), or the signal itself (.tif)."""
        view = self._workspace.radiograph
        if view.pixels is None:
            self._say("There is no image yet", "warning")
            return
        name, _ = QFileDialog.getSaveFileName(
            self._parent, "Save radiograph", "radiograph.png", IMAGE_FILTER
        )
        if not name:
            return
        path = Path(name)
        assert view.signal is not None
        record = {
            "camera": camera_json(self._session.store.scene.carm),
            "level": self._session.store.scene.level,
            "processing": self._session.store.scene.processing.model_dump(mode="json"),
            "window": list(view.window),
            "bone_dark": view.is_inverted,
        }
        try:
            if path.suffix.lower() in (".tif", ".tiff"):
                write_float(path, view.signal)
            else:
                grey = grey_bytes(view.pixels, *view.window, view.is_inverted)
                PillowImage.fromarray(grey).save(path)
            text = json.dumps(record, indent=1) + "\n"
            path.with_name(path.name + ".json").write_text(text, encoding="utf-8")
        except (OSError, ValueError) as error:
            self._say(f"{path}: {error}", "refusal")
        else:
            self._say(f"Saved {path.name}, its window and camera beside it", "note")

    def copy(self) -> None:
        """The shown image to the clipboard."""
        view = self._workspace.radiograph
        if view.pixels is None:
            return
        image = grey_image(grey_bytes(view.pixels, *view.window, view.is_inverted))
        QGuiApplication.clipboard().setImage(image.copy())
        self._say("Radiograph copied", "note")

    def aim_menu(self, poses: PoseCommands) -> None:
        """What the central ray can be turned to."""
        menu = QMenu(self._parent)
        menu.addAction("CT centre", poses.aim_at_ct)
        scene, labels = self._session.store.scene, self._session.assets.labels
        if labels is not None:
            structures = menu.addMenu("Structure")
            for name in labels.names():

                def go(name: str = name) -> None:
                    centre = structure_centre_mm(labels, [name])
                    if centre is None:
                        self._say(f"{name} has no voxels in this CT", "warning")
                    else:
                        poses.aim_at(centre, name)

                structures.addAction(name.replace("_", " "), go)
        if scene.landmarks:
            marks = menu.addMenu("Landmark")
            for item in scene.landmarks:
                marks.addAction(item.name, lambda item=item: poses.aim_at(item.position, item.name))
        if scene.tools:
            tools = menu.addMenu("Tool")
            for tool in scene.tools:
                tip = np.array(tool.world_from_tool)[:3, 3]
                tools.addAction(tool.name, lambda tip=tip, n=tool.name: poses.aim_at(tip, n))
        menu.exec(QCursor.pos())

    def export_series(self) -> None:
        """The export dialog."""
        from synthex_gui.ui.dialogs.export_dialog import ExportDialog

        ExportDialog(self._parent, self._session, self._workspace).open()

    def show_shortcuts(self) -> None:
        """A sheet of all shortcuts."""
        cell = "<td style='padding:2px 24px 2px 0'>"
        rows = "".join(
            f"<tr>{cell}{command.text.rstrip('…')}</td><td>{command.shortcut}</td></tr>"
            for command in COMMANDS.values()
            if command.shortcut
        )
        mouse = (
            "<p>Radiograph: left drag windows, on a tool moves it; middle pans; right zooms; wheel "
            "zooms. The divider of a comparison is dragged too.<br>Slices: left moves the "
            "crosshair, on a tool the tool; Shift without a button moves the crosshair; right "
            "windows; wheel changes the slice; Ctrl+wheel zooms.<br>3D: left turns the view, on "
            "the C-arm turns the arm; middle pans; right and wheel zoom.<br>Arrow keys turn "
            "the arm by 1°, with Shift by 0.1°. While dragging: Shift is fine, Ctrl snaps, "
            "Esc goes back.</p>"
        )
        box = QMessageBox(self._parent)
        box.setWindowTitle("Shortcuts")
        box.setText(f"<table>{rows}</table>{mouse}")
        box.exec()

    def show_about(self) -> None:
        """Name, version, what it implements."""
        QMessageBox.about(
            self._parent,
            "About SyntheX GUI",
            f"<h3>SyntheX GUI {__version__}</h3>"
            "<p>In-silico X-ray experiments around a CT, with exact labels.<br>"
            "Implements SyntheX (Gao et al. 2023, arXiv:2206.06127).</p>"
            "<p>For research. Not a medical device.</p>",
        )
