"""The window answers while files are read, a series is written and checked."""

import time

import pytest
from PySide6.QtCore import Qt, QTimer

from synthex_gui.export.run import export_series
from synthex_gui.export.verify import verify
from synthex_gui.scene.plan import SeriesPlan

pytestmark = [pytest.mark.display, pytest.mark.slow, pytest.mark.timeout(600)]

EVERY_MS = 50
MOST_MS = 200


class Gaps:
    """Between the beats of a timer, in ms: the longest wait, and the longest that the window's own
    thread worked, which other programs on the machine do not lengthen.
    """

    def __init__(self):
        self.waited_ms = self.worked_ms = 0.0
        self._last = None
        self._timer = QTimer(interval=EVERY_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def __enter__(self):
        self._timer.start()
        return self

    def __exit__(self, *_):
        self._timer.stop()

    def _beat(self):
        now = time.perf_counter(), time.thread_time()
        if self._last is not None:
            waited, worked = (1000 * (b - a) for a, b in zip(self._last, now, strict=True))
            self.waited_ms = max(self.waited_ms, waited - EVERY_MS)
            self.worked_ms = max(self.worked_ms, worked)
        self._last = now


def check(gaps, what):
    print(f"{what}: waited {gaps.waited_ms:.0f}, worked {gaps.worked_ms:.0f} ms")
    assert gaps.worked_ms < MOST_MS


def idle(window):
    return not window.session.is_busy() and window.session.live.is_idle()


@pytest.mark.trust("R6")
def test_loading(window, qtbot, small_project):
    qtbot.waitUntil(lambda: idle(window), timeout=60_000)
    with Gaps() as gaps:
        for load in (
            window.session.open_phantom,
            lambda: window.files.open_path(small_project),
        ):
            window.session.store.history.setClean()
            with qtbot.waitSignal(window.session.document_replaced, timeout=120_000):
                load()
            qtbot.waitUntil(lambda: idle(window), timeout=120_000)
    check(gaps, "Loading")


@pytest.mark.trust("R6")
def test_exporting_and_verifying(window, qtbot, tmp_path):
    qtbot.waitUntil(lambda: idle(window), timeout=60_000)
    scene = window.session.store.scene.evolve(plan=SeriesPlan(count=60, size=384))
    out = tmp_path / "series"
    for title, work in (
        ("Export", lambda: export_series(scene, out)),
        ("Verify", lambda: verify(out)),
    ):
        ended, failed = [], []
        job = window.session.run_job(title, work)
        job.ended.connect(lambda ended=ended: ended.append(True))
        job.failed.connect(failed.append)
        with Gaps() as gaps:
            qtbot.waitUntil(lambda ended=ended: bool(ended), timeout=120_000)
        assert not failed
        check(gaps, title)
