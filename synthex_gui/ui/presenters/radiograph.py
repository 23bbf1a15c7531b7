"""The live radiograph: asks for images, shows them in their look's window, lays the truth over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from synthex_gui.app.frame import Frame
from synthex_gui.app.overlays import Outline
from synthex_gui.app.session import Session
from synthex_gui.export.marks import Mark, landmark_marks
from synthex_gui.geometry.camera import Camera
from synthex_gui.physics.backends.base import Image
from synthex_gui.scene.edits import camera_of, source_to_aim_mm
from synthex_gui.scene.model import Scene

DETECTOR_TEXTURE = 384


class RadiographDisplay(Protocol):
    """What the view of the radiograph is asked for."""

    @property
    def window(self) -> tuple[float, float]: ...
    @property
    def is_inverted(self) -> bool: ...
    def show_image(self, shown: Image, signal: Image, full: Camera) -> None: ...
    def set_facts(self, exposure: str, aim_distance_mm: float) -> None: ...
    def set_overlays(
        self,
        outlines: tuple[Outline, ...],
        tool_outlines: tuple[Outline, ...],
        marks: tuple[Mark, ...],
    ) -> None: ...
    def set_message(self, text: str, action: str = "") -> None: ...
    def set_window(self, low: float, high: float) -> None: ...
    def auto_window(self) -> None: ...


class RadiographPresenter(QObject):
    """`sync` follows the scene; `shows(overlay)` says which overlays are on."""

    frame_shown = Signal(object)  # Frame
    face_ready = Signal(object)  # (h, w) uint8: the picture for the detector in the room

    def __init__(
        self,
        session: Session,
        view: RadiographDisplay,
        shows: Callable[[str], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._view, self._shows = session, view, shows
        self._is_live = True
        self._needs_window = True
        self._look = "log"
        self._windows: dict[str, tuple[float, float]] = {}
        self._frame: Frame | None = None
        self._outlined: Frame | None = None
        self._pulse = 0
        self._pulses = QTimer(self)
        self._pulses.timeout.connect(self._next_pulse)
        session.scene_reread.connect(self.request)
        session.document_replaced.connect(self._document_replaced)
        session.live.rendered.connect(self._show_frame)
        session.live.failed.connect(view.set_message)

    def sync(self, before: Scene | None, after: Scene) -> None:
        """A change of the scene."""
        if before is not None and before.level != after.level:
            self._needs_window = True
        if before is None or before.beam.pulses_per_s != after.beam.pulses_per_s:
            self._run_fluoroscopy()
        if self._is_live:
            self.request()

    def set_live(self, on: bool) -> None:
        """Render while anything moves, or only when asked."""
        self._is_live = on
        self._run_fluoroscopy()
        if on:
            self.request()

    def request(self, moving: bool | None = None) -> None:
        """Ask for the present scene's radiograph; `moving` None: as the scene does."""
        session, store = self._session, self._session.store
        labels = session.assets.labels
        structures: tuple[str, ...] = ()
        if labels is not None and self._shows("structures"):
            structures = tuple(n for n in store.scene.shown_structures if labels.ids_of(n))
        session.live.request(
            store.scene,
            session.assets,
            moving=store.is_moving if moving is None else moving,
            structures=structures,
        )

    def windows(self) -> dict[str, tuple[float, float]]:
        """The window (low, high) of each look that was shown."""
        return self._windows | {self._look: self._view.window}

    def show_windows(self, windows: Mapping[str, tuple[float, float]]) -> None:
        """Those of an opened project; a look without one starts as usual."""
        look = self._session.store.scene.processing.look
        if look in windows:
            self._look, self._needs_window = look, False
            self._view.set_window(*windows[look])
        self._windows = dict(windows)

    def expose(self) -> None:
        """One full image now."""
        self.request(moving=False)

    def overlays_changed(self) -> None:
        """Other overlays are on."""
        if self._frame is not None:
            self.request()
            self._show_overlays(self._frame)

    def _run_fluoroscopy(self) -> None:
        """Pulses come while the image is live and the beam is pulsed; else the image stands."""
        rate = self._session.store.scene.beam.pulses_per_s
        if rate and self._is_live:
            self._pulses.start(round(1000 / rate))
        else:
            self._pulses.stop()

    def _next_pulse(self) -> None:
        store = self._session.store
        if store.is_moving or store.scene.level != "realistic":
            return
        self._pulse += 1
        self._session.live.request_pulse(store.scene, self._session.assets, self._pulse)

    def _document_replaced(self) -> None:
        self._needs_window = True
        # The store has told of the scene; equal scenes may have other arrays.
        self.request()

    # From the worker

    def _show_frame(self, frame: Frame) -> None:
        view, scene = self._view, frame.scene
        self._frame = frame
        if frame.outlines:
            self._outlined = frame
        view.set_facts(_exposure_text(frame), source_to_aim_mm(scene.carm))
        self._show_look(scene.processing.look)
        view.show_image(frame.shown, frame.radiograph.signal, camera_of(scene.carm))
        if self._needs_window and frame.is_full:
            self._needs_window = False
            if scene.processing.look == "log":
                view.auto_window()
        view.set_message(*self._message(frame))
        self._show_overlays(frame)
        self.face_ready.emit(self._face(frame))
        self.frame_shown.emit(frame)
        self._session.store.image_shown()

    def _message(self, frame: Frame) -> tuple[str, str]:
        """What to say over the image, and the action that mends it."""
        assets = self._session.assets
        if not frame.is_empty:
            return "", ""
        if assets.ct is None and not assets.meshes:
            return "Nothing in the scene yet: open a CT or add a tool", ""
        what = "CT" if assets.ct is not None else "tools"
        return f"The beam misses the {what}", f"Aim at the {what}"

    def _show_look(self, look: str) -> None:
        """Each look has a window of its own; one that is new starts with its fixed one."""
        view = self._view
        if look == self._look:
            return
        self._windows[self._look] = view.window
        self._look = look
        if look in self._windows:
            view.set_window(*self._windows[look])
        else:
            view.set_window(0.0, 1.0)
            self._needs_window = look == "log"

    def _show_overlays(self, frame: Frame) -> None:
        full = camera_of(frame.scene.carm)
        of = self._outlined if self._outlined is not None and self._fits(frame) else frame
        structures = of.outlines if self._shows("structures") else ()
        tools = frame.tool_outlines if self._shows("tools") else ()
        landmarks = frame.scene.landmarks if self._shows("landmarks") else ()
        self._view.set_overlays(
            scaled(structures, full.width / of.shown.shape[1]),
            scaled(tools, full.width / frame.shown.shape[1]),
            tuple(
                landmark_marks(full, [m.name for m in landmarks], [m.position for m in landmarks])
            ),
        )

    def _fits(self, frame: Frame) -> bool:
        """True when the last outlines are this frame's too: same pose, same structures.

        A full image comes before its structures' outlines, which would flicker.
        """
        last = self._outlined
        return (
            last is not None
            and not frame.outlines
            and last.scene.carm is frame.scene.carm
            and last.scene.labels is frame.scene.labels
            and last.scene.shown_structures == frame.scene.shown_structures
        )

    def _face(self, frame: Frame) -> NDArray[np.uint8]:
        """The picture as shown, small: a texture of the whole size takes longer than the image."""
        low, high = self._view.window
        step = max(1, round(frame.shown.shape[1] / DETECTOR_TEXTURE))
        small = frame.shown[::step, ::step]
        grey = np.clip((small - low) / (high - low) * 255.0, 0, 255).astype(np.uint8)
        face: NDArray[np.uint8] = 255 - grey if self._view.is_inverted else grey
        return face


def _exposure_text(frame: Frame) -> str:
    if frame.scene.level != "realistic":
        return ""
    beam, used = frame.scene.beam, frame.radiograph.mas
    return f"{beam.kvp:.0f} kVp  {beam.mas if used is None else used:.3g} mAs"


def scaled(outlines: tuple[Outline, ...], scale: float) -> tuple[Outline, ...]:
    """Outlines of a coarse image in the pixels of one `scale` times as wide."""
    if scale == 1.0:
        return outlines
    shift = (scale - 1.0) / 2.0
    return tuple(
        Outline(item.name, item.color, tuple(line * scale + shift for line in item.lines))
        for item in outlines
    )
