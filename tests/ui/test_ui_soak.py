"""Twenty thousand mouse, wheel and key events: nothing aborts, leaks or is left behind."""

import os
import random
import resource
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

pytestmark = pytest.mark.display

EVENTS = 20_000
FEW_EVENTS = 500
GROWTH_MIB = 150
KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_F,
    Qt.Key.Key_W,
)


def memory_mib():
    if sys.platform.startswith("linux"):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20


def wheel(widget, at, steps):
    event = QWheelEvent(
        QPointF(at),
        QPointF(widget.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def storm(window, qtbot, events, seed, after_quarter=lambda: None):
    """Drags, wheels and keys at random places of every view and of two sliders."""
    random_ = random.Random(seed)
    work = window.workspace
    sliders = [window.panels.carm.track_of(name) for name in ("orbital_deg", "angulation_deg")]
    targets = [work.radiograph, work.room, *work.slices.values(), *sliders]
    buttons = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton)
    told = False
    sent = 0
    while sent < events:
        widget = random_.choice(targets)
        if not widget.isVisible():
            continue

        def somewhere(widget=widget):
            return QPoint(random_.randrange(widget.width()), random_.randrange(widget.height()))

        button = random_.choice(buttons)
        at = somewhere()
        qtbot.mousePress(widget, button, pos=at)
        for _ in range(random_.randrange(2, 30)):
            at += QPoint(random_.randrange(-12, 13), random_.randrange(-12, 13))
            qtbot.mouseMove(widget, at)
            sent += 1
        if random_.random() < 0.1:
            qtbot.keyClick(window, Qt.Key.Key_Escape)
        qtbot.mouseRelease(widget, button, pos=at)
        wheel(widget, somewhere(), random_.choice((-1, 1)))
        qtbot.keyClick(widget, random_.choice(KEYS))
        sent += 4
        QApplication.processEvents()
        if random_.random() < 0.05:
            window.panels.tabs.setCurrentIndex(random_.randrange(window.panels.tabs.count()))
            window.commands[random_.choice(("undo", "redo", "invert", "live"))].trigger()
        if not told and sent > events // 4:
            told = True
            after_quarter()
    window.commands["live"].setChecked(True)
    qtbot.waitUntil(
        lambda: not window.session.is_busy() and window.session.live.is_idle(), timeout=60_000
    )


@pytest.mark.trust("R5")
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_thousand_events(window, qtbot):
    warm, threads = [], threading.active_count()
    storm(window, qtbot, EVENTS, 7, lambda: warm.append(memory_mib()))
    assert memory_mib() - warm[0] < GROWTH_MIB
    assert threading.active_count() <= threads + 2
    assert window.session.store.history.count() <= 200


@pytest.mark.trust("R5")
def test_some_hundred_events_and_everything_can_be_undone(window, qtbot):
    store, errors = window.session.store, []
    first, threads = store.scene, threading.active_count()
    window.session.problem.connect(errors.append)
    storm(window, qtbot, FEW_EVENTS, 11)
    assert store.history.index() > 0
    while store.history.canUndo():
        window.commands["undo"].trigger()
    assert store.scene == first
    assert not errors
    assert threading.active_count() <= threads + 2
