"""The window on a real screen, with a small project open."""

import time

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from synthex_gui.app.session import Session
from synthex_gui.app.settings import Settings
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.render import Renderer
from synthex_gui.ui.style import theme
from synthex_gui.ui.window.main import MainWindow


def free(window, session):
    """A closed window is hidden, not gone: some 100 MB each."""
    session.deleteLater()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(qtbot, small_project):
    theme.apply(QApplication.instance(), "dark")
    session = Session(lambda: Renderer(CpuBackend(2), 2))
    window = MainWindow(session, Settings())
    window.resize(1280, 800)
    window.show()
    with qtbot.waitSignal(window.radiograph.frame_shown, timeout=60_000):
        session.open_project(small_project)
    qtbot.waitUntil(
        lambda: (
            window.workspace.radiograph.pixels is not None
            and window.workspace.radiograph.pixels.shape == (1536, 1536)
            and bool(window.workspace.radiograph.outlines)
        ),
        timeout=60_000,
    )
    yield window
    session.store.history.setClean()
    window.close()
    free(window, session)


@pytest.fixture(scope="module")
def module_window(qapp, small_project, tmp_path_factory):
    """One window for all tests of a file; each leaves it as it found it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNTHEX_CONFIG_DIR", str(tmp_path_factory.mktemp("config")))
        theme.apply(qapp, "dark")
        session = Session(lambda: Renderer(CpuBackend(2), 2))
        window = MainWindow(session, Settings())
        window.resize(1440, 900)
        window.show()
        frames = []
        window.radiograph.frame_shown.connect(frames.append)
        session.open_project(small_project)
        end = time.monotonic() + 60
        while time.monotonic() < end and not (
            any(frame.is_full and frame.outlines for frame in frames) and not session.is_busy()
        ):
            qapp.processEvents()
            time.sleep(0.005)
        yield window
        session.store.history.setClean()
        window.close()
        free(window, session)
