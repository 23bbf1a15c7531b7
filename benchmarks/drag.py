"""Drag a joint with mouse events and report how often a new radiograph is shown.

    python benchmarks/drag.py [CT] [--seconds 5] [--size 1440x900] [--backend auto]

Needs a screen (or xvfb-run). Prints images a second, the median and 95 % gap between shown
images, the same of the time from the hand's last move before an image was asked for until the
window is painted with it, and the longest time that one event kept the UI thread.
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from synthex_gui.app.frame import Frame
from synthex_gui.app.session import Session
from synthex_gui.app.settings import Settings
from synthex_gui.ui.commands.backend import make_renderer
from synthex_gui.ui.style import theme
from synthex_gui.ui.window.application import prepare_opengl
from synthex_gui.ui.window.main import MainWindow

SETTLE_S = 3.0
STEP_S = 0.008
# About 26 degrees to both sides: the first view beyond 45 degrees to an axis of the CT makes a copy
# of the volume along that axis, which takes a second once.
SWING_POINTS = 15
SPEED_POINTS_S = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ct", nargs="?", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--size", default="1440x900")
    parser.add_argument("--backend", default="auto", help="auto, cpu, cuda or cuda:N")
    options = parser.parse_args()
    prepare_opengl()
    application = QApplication([])
    theme.apply(application, "dark")
    session = Session(partial(make_renderer, options.backend, print))
    window = MainWindow(session, Settings())
    window.resize(*(int(part) for part in options.size.split("x")))
    window.show()
    if options.ct:
        session.open_ct(options.ct)
    else:
        session.open_phantom()
    wait_until_calm(application, session)
    moves = Moves(session)
    window.radiograph.frame_shown.connect(moves.shown)
    longest = drag(application, window, moves, options.seconds)
    gaps, waits = 1000 * np.diff(moves.times), 1000 * np.array(moves.waits)
    print(
        f"{len(gaps) / options.seconds:.1f} images/s, gap median {np.median(gaps):.0f} ms, "
        f"95 % {np.percentile(gaps, 95):.0f} ms; hand to screen {np.median(waits):.0f} ms, "
        f"95 % {np.percentile(waits, 95):.0f} ms; longest event {1000 * longest:.0f} ms"
    )
    session.store.history.setClean()
    window.close()


class Moves:
    """When images were asked for, were shown, and were painted."""

    def __init__(self, session: Session) -> None:
        self._live = session.live
        self._asked: dict[int, float] = {}
        self._unpainted: list[int] = []
        self.times: list[float] = []
        self.waits: list[float] = []

    def moved(self, moment: float) -> None:
        """After the hand has moved: what was asked for since belongs to that move."""
        self._asked.setdefault(self._live.generation, moment)

    def shown(self, frame: Frame) -> None:
        """A new image is there."""
        self.times.append(time.perf_counter())
        self._unpainted.append(frame.generation)

    def painted(self) -> None:
        """After a turn of the event loop, which paints what was shown in it."""
        for generation in self._unpainted:
            if generation in self._asked:
                self.waits.append(time.perf_counter() - self._asked[generation])
        self._unpainted.clear()


def drag(application: QApplication, window: MainWindow, moves: Moves, seconds: float) -> float:
    """Swing the angulation slider; the longest time one event took, in seconds."""
    track = window.panels.carm.track_of("angulation_deg")
    centre = track.rect().center()
    longest = 0.0
    QTest.mousePress(track, Qt.MouseButton.LeftButton, pos=centre)
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        # To and fro at a constant speed: at rest there would be no new image to count.
        turn = (elapsed * SPEED_POINTS_S / SWING_POINTS) % 4
        place = SWING_POINTS * (turn if turn < 1 else 2 - turn if turn < 3 else turn - 4)
        moment = time.perf_counter()
        QTest.mouseMove(track, centre + QPoint(round(place), 0))
        next_move = time.perf_counter() + STEP_S
        while (before := time.perf_counter()) < next_move:
            application.processEvents()
            moves.moved(moment)
            moves.painted()
            longest = max(longest, time.perf_counter() - before)
            # An event loop wakes at once; this one is a millisecond late at most.
            time.sleep(0.001)
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, pos=centre)
    return longest


def wait_until_calm(application: QApplication, session: Session) -> None:
    """Until loading, surfaces and thumbnails are done."""
    calm = time.monotonic()
    while time.monotonic() - calm < SETTLE_S:
        application.processEvents()
        time.sleep(0.01)
        if session.is_busy() or not session.live.is_idle():
            calm = time.monotonic()


if __name__ == "__main__":
    main()
