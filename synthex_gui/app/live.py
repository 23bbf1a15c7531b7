"""The live radiograph: the newest pose wins, as large as is quick enough while something moves,
full when it rests.

One worker thread owns the renderer. `request` keeps only the newest scene; a frame whose scene is
no longer the newest is still shown while dragging (it is the latest there is) and never shown
after a newer one. The full image follows 150 ms after the last change.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from synthex_gui.app.faults import report
from synthex_gui.app.frame import Frame, FrameRequest, render_frame, with_outlines
from synthex_gui.app.pace import COARSE, DragPace
from synthex_gui.core.errors import SynthexError
from synthex_gui.physics.backends.base import Image, Quality
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene
from synthex_gui.scene.study import Level

# Shorter, and the full image would come between two movements of a drag and hold the next one.
REST_MS = 150
FULL_SIZE_MAX = 1536
PULSE_SIZE_MAX = 768
THUMBNAIL_SIZE = 160


class LiveRadiograph(QObject):
    """Call `request` whenever the scene changes; listen to `rendered` and `failed`."""

    rendered = Signal(object)  # Frame
    failed = Signal(str)
    busy_changed = Signal(bool)
    backend_named = Signal(str)
    thumbnail_ready = Signal(str, object)  # key, Frame
    _finished = Signal(object, object)  # Frame | None, error text | None

    def __init__(
        self, make_renderer: Callable[[], Renderer], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._make_renderer = make_renderer
        self._condition = threading.Condition()
        self._pending: FrameRequest | None = None
        self._thumbnails: dict[str, FrameRequest] = {}
        self._is_closing = False
        self._is_working = False
        self._is_renderer_new = False
        self._generation = 0
        self.compare_level: Level | None = None
        self._latest: tuple[Scene, SceneAssets, tuple[str, ...]] | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._request_full)
        self._finished.connect(self._show)
        self._shown_times: deque[float] = deque(maxlen=60)
        self._shown_generation = 0
        self._pace = DragPace()
        self.last_drag_seconds = 0.0
        self.last_drag_size = COARSE[0]
        self.last_full_seconds = 0.0
        self._thread = threading.Thread(target=self._work, name="live-radiograph", daemon=True)
        self._thread.start()

    def request(
        self, scene: Scene, assets: SceneAssets, *, moving: bool, structures: tuple[str, ...] = ()
    ) -> None:
        """Render this scene soon; `moving` asks for a quick image first."""
        before = self._latest
        if before is None or before[1] is not assets or before[0].level != scene.level:
            self._pace.reset()
        self._latest = (scene, assets, structures)
        self._generation += 1
        if moving:
            full_size = self._full_size()
            if full_size is not None:
                self._put(*self._pace.size_and_quality(full_size), is_full=False)
                self._rest.start()
        else:
            self._rest.stop()
            self._request_full()

    def request_pulse(self, scene: Scene, assets: SceneAssets, pulse: int) -> None:
        """The next pulse of a running fluoroscopy, with noise of its own; one at a time."""
        if not self.is_idle() or self._rest.isActive():
            return
        self._latest = (scene, assets, self._latest[2] if self._latest else ())
        self._generation += 1
        width = min(camera_of(scene.carm).width, PULSE_SIZE_MAX)
        self._put(width, Quality.FAST, is_full=False, pulse=pulse)

    def request_thumbnail(
        self,
        key: str,
        scene: Scene,
        assets: SceneAssets,
        structures: tuple[str, ...] = (),
        size: int = THUMBNAIL_SIZE,
    ) -> None:
        """A small image when nothing else waits; a newer one for the same key replaces it."""
        request = FrameRequest(0, scene, assets, size, Quality.FAST, structures, is_full=False)
        with self._condition:
            self._thumbnails[key] = request
            self._condition.notify()

    def is_idle(self) -> bool:
        """True when nothing is being rendered or waits to be."""
        with self._condition:
            return self._pending is None and not self._thumbnails and not self._is_working

    def drop_thumbnails(self, prefix: str = "") -> None:
        """Forget the small images that still wait, or those whose key begins so."""
        with self._condition:
            for key in [key for key in self._thumbnails if key.startswith(prefix)]:
                del self._thumbnails[key]

    @property
    def generation(self) -> int:
        """The number of the newest request; its frame says the same."""
        return self._generation

    def shown_per_second(self) -> float:
        """Images shown during the last second."""
        now = time.monotonic()
        return float(sum(1 for moment in self._shown_times if now - moment <= 1.0))

    def use_renderer(self, make_renderer: Callable[[], Renderer]) -> None:
        """Another renderer from the next image on; the present scene is rendered again."""
        with self._condition:
            self._make_renderer, self._is_renderer_new = make_renderer, True
        self._pace.reset()
        self._request_full()

    def close(self, timeout_s: float = 5.0) -> None:
        """End the worker; returns when it has, or after the timeout."""
        self._rest.stop()
        with self._condition:
            self._is_closing = True
            self._pending = None
            self._condition.notify()
        self._thread.join(timeout_s)

    def _request_full(self) -> None:
        width = self._full_size()
        if width is not None:
            self._put(width, Quality.EXACT, is_full=True)

    def _full_size(self) -> int | None:
        """Columns of a full image; None when there is nothing to render, or no such pose."""
        if self._latest is None:
            return None
        try:
            return min(camera_of(self._latest[0].carm).width, FULL_SIZE_MAX)
        except SynthexError as error:
            self.failed.emit(str(error))
            return None

    def _put(self, size: int, quality: Quality, *, is_full: bool, pulse: int = 0) -> None:
        assert self._latest is not None
        scene, assets, structures = self._latest
        request = FrameRequest(
            self._generation,
            scene,
            assets,
            size,
            quality,
            structures if is_full else (),
            is_full,
            self.compare_level,
            pulse,
        )
        with self._condition:
            self._pending = request
            self._condition.notify()
        self.busy_changed.emit(True)

    def _work(self) -> None:
        renderer: Renderer | None = None
        shown: SceneAssets | None = None
        pulse: Image | None = None
        readied: tuple[SceneAssets, Level] | None = None
        named = ""
        while True:
            with self._condition:
                while self._pending is None and not self._thumbnails and not self._is_closing:
                    self._condition.wait()
                if self._is_closing:
                    break
                thumbnail: str | None = None
                if self._pending is not None:
                    request, self._pending = self._pending, None
                else:
                    # Only when no pose waits: a hand comes before pictures of saved views.
                    thumbnail = next(iter(self._thumbnails))
                    request = self._thumbnails.pop(thumbnail)
                self._is_working = True
                is_new, self._is_renderer_new = self._is_renderer_new, False
            try:
                if renderer is not None and is_new:
                    renderer.backend.close()
                    renderer = shown = None
                if renderer is None:
                    renderer = self._make_renderer()
                # By identity: a backend makes copies and pyramids of a CT, which takes long.
                if request.assets is not shown:
                    renderer.set_assets(request.assets)
                    shown = request.assets
                # A detector's lag needs the pulse before, of a running sequence only.
                is_pulsed = request.scene.beam.pulses_per_s is not None and thumbnail is None
                last = pulse if is_pulsed and pulse is not None else None
                if last is not None and last.shape[1] != request.size:
                    last = None
                frame = render_frame(renderer, request, last)
                # A backend may fall back on another one at any image.
                if renderer.backend.name != named:
                    named = renderer.backend.name
                    self.backend_named.emit(named)
                pulse = frame.radiograph.signal if is_pulsed else pulse
                if thumbnail is None:
                    self._finished.emit(frame, None)
                    if request.is_full and request.structures and not self._is_wanted():
                        self._finished.emit(with_outlines(renderer, request, frame), None)
                else:
                    self.thumbnail_ready.emit(thumbnail, frame)
                if request.is_full and (request.assets, request.scene.level) != readied:
                    readied = (request.assets, request.scene.level)
                    self._make_ready_to_drag(renderer, request)
            except SynthexError as error:
                self._finished.emit(None, str(error))
            # The thread is the only one there is: it must outlive any image.
            except Exception as error:
                report(error, "rendering failed")
                self._finished.emit(
                    None,
                    "The image failed by an error of the program; Help, Copy diagnostics has more",
                )
            with self._condition:
                self._is_working = False
        if renderer is not None:
            renderer.backend.close()

    def _is_wanted(self) -> bool:
        """True when something waits for the worker."""
        with self._condition:
            return self._pending is not None or self._is_closing

    def _make_ready_to_drag(self, renderer: Renderer, request: FrameRequest) -> None:
        """Let the backend make what only coarse images need, so that the first drag finds it."""
        if not self._is_wanted():
            renderer.render(request.scene, size=COARSE[0], quality=COARSE[1])

    def _show(self, frame: Frame | None, error: str | None) -> None:
        with self._condition:
            is_idle = self._pending is None
        if is_idle:
            self.busy_changed.emit(False)
        if error is not None:
            self.failed.emit(error)
        if frame is None or frame.generation < self._shown_generation:
            return
        is_new = frame.generation > self._shown_generation or not frame.is_full
        self._shown_generation = frame.generation
        if is_new:
            self._shown_times.append(time.monotonic())
        if frame.is_full:
            self.last_full_seconds = frame.seconds
        else:
            self.last_drag_seconds = frame.seconds
            self.last_drag_size = frame.shown.shape[1]
            full_size = self._full_size() if self._rest.isActive() else None
            if full_size is not None:
                self._pace.took(self.last_drag_size, full_size, frame.seconds)
        self.rendered.emit(frame)
