"""A session without a window, its files read by stand-ins where a test says when."""

import threading

import pytest

from synthex_gui.app import reading
from synthex_gui.app.session import Session
from synthex_gui.loading.resolve import resolve
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.render import Renderer


@pytest.fixture
def session(qtbot):
    session = Session(lambda: Renderer(CpuBackend(1), 1))
    yield session
    session.close()


@pytest.fixture
def settled(session, qtbot):
    """Waits until no job runs."""
    return lambda: qtbot.waitUntil(lambda: not session.is_busy(), timeout=30_000)


@pytest.fixture
def opened(session, small_project, qtbot, settled):
    """A session with the small project, its hashes known."""
    with qtbot.waitSignal(session.document_replaced, timeout=30_000):
        session.open_project(small_project)
    settled()
    return session


class Gate:
    """Holds the reading of a scene that `is_held` names until `open` is called.

    Like a reader that is deep in a library, it does not look whether it was cancelled.
    """

    def __init__(self):
        self.is_held = lambda scene: False
        self._free = threading.Event()

    def open(self):
        self._free.set()

    def resolve(self, scene, cache=None, is_fresh=False):
        if self.is_held(scene):
            self._free.wait(20.0)
            steps = resolve(scene, cache, is_fresh)
            while True:
                try:
                    next(steps)
                except StopIteration as stop:
                    return stop.value
        return (yield from resolve(scene, cache, is_fresh))


@pytest.fixture
def gate(monkeypatch):
    gate = Gate()
    monkeypatch.setattr(reading, "resolve", gate.resolve)
    yield gate
    gate.open()
