"""Long use: thousands of poses and hundreds of openings, and nothing grows."""

import gc
import os
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from vtkmodules.vtkCommonCore import vtkObjectBase

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]

KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
MOVES, OPENINGS = 2000, 500
GROWTH_MIB = 50
# A reader may start, a file be read, while it is counted.
FEW = 6


def rss_mib():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def counts(window, qtbot):
    """(MiB, handles, VTK objects that Python holds, threads), all at rest."""
    qtbot.waitUntil(
        lambda: not window.session.is_busy() and window.session.live.is_idle(), timeout=60_000
    )
    for _ in range(3):
        QApplication.processEvents()
        gc.collect()
    vtk = sum(isinstance(item, vtkObjectBase) for item in gc.get_objects())
    return rss_mib(), len(os.listdir("/proc/self/fd")), vtk, threading.active_count()


def move(window, qtbot, times):
    for number in range(times):
        qtbot.keyClick(window.workspace.radiograph, KEYS[number // 5 % 4])
        if number % 10 == 0:
            QApplication.processEvents()


def open_again(window, qtbot, project, times):
    for _ in range(times):
        window.session.store.history.setClean()
        with qtbot.waitSignal(window.radiograph.frame_shown, timeout=60_000):
            window.session.open_project(project)
        qtbot.waitUntil(lambda: not window.session.is_busy(), timeout=60_000)


@pytest.mark.slow
@pytest.mark.trust("R5", tried=MOVES + OPENINGS)
@pytest.mark.timeout(3000)
def test_poses_and_openings_leave_nothing_behind(window, qtbot, small_project):
    # What is made once is made: caches, pools, the reader's process, undo's 200 steps.
    move(window, qtbot, 250)
    open_again(window, qtbot, small_project, 24)
    before = counts(window, qtbot)
    move(window, qtbot, MOVES)
    open_again(window, qtbot, small_project, OPENINGS)
    after = counts(window, qtbot)
    assert after[0] - before[0] < GROWTH_MIB
    assert all(now <= then + FEW for now, then in zip(after[1:], before[1:], strict=True))
