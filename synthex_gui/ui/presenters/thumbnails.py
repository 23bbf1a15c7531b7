"""Small images of every preset and saved view, made when nothing else waits."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, QTimer

from synthex_gui.app.frame import Frame
from synthex_gui.app.session import Session
from synthex_gui.scene.assets import preset_aim_mm
from synthex_gui.scene.devices import presets
from synthex_gui.scene.edits import reach_preset, source_to_aim_mm
from synthex_gui.scene.model import CArm, Scene

# After the last change that they show: saving one view after the other asks for all of them once.
DELAY_MS = 600


class ViewsDisplay(Protocol):
    """What the column of views is asked for."""

    def set_saved(self, names: tuple[str, ...]) -> None: ...
    def thumbnail_keys(self) -> tuple[str, ...]: ...
    def show_thumbnail(self, key: str, frame: Frame) -> None: ...


class ThumbnailsPresenter(QObject):
    """`sync` follows the scene; keys are ``preset:ID`` and ``saved:NAME``."""

    def __init__(self, session: Session, view: ViewsDisplay, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._view = session, view
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self.request)
        session.document_replaced.connect(self._document_replaced)
        session.live.thumbnail_ready.connect(view.show_thumbnail)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """A change of the scene."""
        if before is None or before.views is not after.views:
            self._view.set_saved(tuple(view.name for view in after.views))
            self._timer.start()
        elif before.level != after.level:
            self._timer.start()

    def request(self) -> None:
        """Ask for all of them."""
        session = self._session
        if session.assets.ct is None and not session.assets.meshes:
            return
        scene = session.store.scene
        for key in self._view.thumbnail_keys():
            carm = self._pose_of(key, scene)
            if carm is not None:
                small = scene.evolve(
                    carm=carm,
                    beam=scene.beam.evolve(noise=False),
                    processing=scene.processing.evolve(look="clinical"),
                )
                session.live.request_thumbnail(key, small, session.assets)

    def _pose_of(self, key: str, scene: Scene) -> CArm | None:
        kind, _, name = key.partition(":")
        if kind == "saved":
            return next((view.carm for view in scene.views if view.name == name), None)
        aim = preset_aim_mm(scene, self._session.assets, presets()[name])
        distance = source_to_aim_mm(scene.carm)
        return reach_preset(scene.carm, presets()[name], aim, distance)[0]

    def _document_replaced(self) -> None:
        self._session.live.drop_thumbnails()
        self._timer.start()
