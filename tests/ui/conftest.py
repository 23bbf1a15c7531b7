"""The window on a real screen, with a small project open."""

import pytest
from PySide6.QtWidgets import QApplication

from synthex_gui.app.session import Session
from synthex_gui.app.settings import Settings
from synthex_gui.physics.backends.cpu.backend import CpuBackend
from synthex_gui.physics.render import Renderer
from synthex_gui.ui.style import theme
from synthex_gui.ui.window.main import MainWindow


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
