"""How long an event loop was kept waiting, in processor time."""

import time
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import QTimer

TICK_MS = 10
# Between two ticks, in processor time: what other programs take does not count.
LONGEST_S = 0.1


@contextmanager
def ticking(longest_of_all_s=float("inf")):
    """Fails when the window's thread worked for long at a stretch, or all threads together did, of
    which one may keep the others from running.
    """
    times = []

    def tick():
        times.append((time.thread_time(), time.process_time()))

    timer = QTimer(interval=TICK_MS)
    timer.timeout.connect(tick)
    timer.start()
    tick()
    yield
    tick()
    timer.stop()
    own_s, all_s = np.diff(times, axis=0).max(axis=0)
    assert own_s < LONGEST_S
    assert all_s < longest_of_all_s
