"""Marks on the joints' sliders where the arm would touch; the parts that touch now turn red."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, QTimer

from synthex_gui.app.session import Session
from synthex_gui.core.steps import Steps
from synthex_gui.geometry.arrays import Volume
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.collision import Surroundings, surroundings_of, touched, touching_spans
from synthex_gui.scene.edits import carm_device
from synthex_gui.scene.model import Scene

REST_MS = 200


class JointsDisplay(Protocol):
    """What the panel of the joints is asked for."""

    def joint_names(self) -> tuple[str, ...]: ...
    def show_forbidden(self, name: str, spans: list[tuple[float, float]]) -> None: ...
    def show_touching(self, pairs: tuple[tuple[str, str], ...]) -> None: ...


class PartsDisplay(Protocol):
    """What the room is asked for."""

    def set_touching(self, parts: set[str]) -> None: ...


class CollisionsPresenter(QObject):
    """`sync` follows the pose: what touches at once, the sliders' marks when it rests."""

    def __init__(
        self,
        session: Session,
        panel: JointsDisplay,
        room: PartsDisplay,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._panel, self._room = session, panel, room
        self._around: Surroundings | None = None
        self._ct: Volume | None = None
        self._left: list[str] = []
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._begin_marks)
        # One slider a turn: a sweep takes some milliseconds, nine of them would be felt.
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._mark_one)
        session.assets_changed.connect(self._assets_changed)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """A change of the scene."""
        if before is None or before.carm is not after.carm:
            self._look()

    def _assets_changed(self, assets: SceneAssets) -> None:
        ct = assets.ct
        if ct is self._ct:
            return
        self._ct, self._around = ct, None
        if ct is None:
            self._look()
            return

        def work() -> Steps[Surroundings]:
            yield 0, 1, "Room around the patient"
            return surroundings_of(ct)

        job = self._session.run_job("Room around the patient", work)
        job.done.connect(lambda around: self._take(ct, around))

    def _take(self, ct: Volume, around: Surroundings) -> None:
        if ct is self._ct:
            self._around = around
            self._look()

    def _look(self) -> None:
        carm = self._session.store.scene.carm
        pairs = () if self._around is None else touched(carm, self._around)
        self._room.set_touching({part for part, _ in pairs})
        self._panel.show_touching(pairs)
        self._next.stop()
        self._rest.start()

    def _begin_marks(self) -> None:
        self._left = list(self._panel.joint_names())
        self._next.start()

    def _mark_one(self) -> None:
        if not self._left:
            return
        name = self._left.pop(0)
        carm = self._session.store.scene.carm
        limits = carm_device(carm).limits_at(carm.base_side)[name]
        spans = []
        if self._around is not None:
            spans = touching_spans(carm, name, limits.low, limits.high, self._around)
        self._panel.show_forbidden(name, spans)
        self._next.start()
