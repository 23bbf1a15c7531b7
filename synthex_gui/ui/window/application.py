"""Start-up: the application object, its theme, the window, and ``--screenshot``."""

from __future__ import annotations

import argparse
import locale
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QSurfaceFormat
from PySide6.QtWidgets import QApplication

from synthex_gui import __version__
from synthex_gui.app.faults import Faults, catch_everything
from synthex_gui.app.log import start_logging
from synthex_gui.app.redaction import hide_path
from synthex_gui.app.session import Session
from synthex_gui.app.settings import load_settings, reset_settings, use_writable_folder
from synthex_gui.physics.warm_up import wake_compiler
from synthex_gui.ui.style import theme
from synthex_gui.ui.style.icons import application_icon
from synthex_gui.ui.view3d.messages import log_vtk_messages
from synthex_gui.ui.window.main import MainWindow

log = logging.getLogger(__name__)

# The name, without ending, of packaging/synthex-gui.desktop: under Wayland a window has its icon
# and its place in the dock from the desktop file of this name alone.
DESKTOP_FILE = "synthex-gui"
SCREENSHOT_LIMIT_S = 120
SETTLE_MS = 700


def build_parser() -> argparse.ArgumentParser:
    """The arguments of ``synthex-gui``."""
    parser = argparse.ArgumentParser(
        prog="synthex-gui",
        description="Place a virtual C-arm around a CT and see the radiograph live.",
        epilog="example: synthex-gui pelvis.nii.gz\nexit codes: 0 closed, 1 could not start",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files", nargs="*", metavar="PROJECT | CT", help="a project, a CT, then labels, meshes"
    )
    parser.add_argument("--theme", choices=("dark", "light", "system"), help="for this run")
    parser.add_argument("--size", metavar="WxH", help="window size in points, such as 1280x800")
    parser.add_argument(
        "--screenshot", metavar="FILE", help="write a picture of the window and exit"
    )
    parser.add_argument(
        "--reset-settings", action="store_true", help="start as the first time; the old are kept"
    )
    parser.add_argument("--version", action="version", version=f"synthex-gui {__version__}")
    return parser


def run(arguments: Sequence[str] | None = None) -> int:
    """Open the window and run until it is closed; the exit code."""
    options = build_parser().parse_args(arguments)
    if options.reset_settings:
        reset_settings()
    notices: list[str] = []
    settings = load_settings(notices.append)
    notices += filter(None, (use_writable_folder(), start_logging(settings.detailed_log)))
    for name in (*options.files, *settings.recent):
        hide_path(name)
    faults = Faults()
    let_go = catch_everything(faults)
    prepare_opengl()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    # Qt takes LC_ALL from the environment; SimpleITK would read "1.5" as 1 in a comma locale.
    locale.setlocale(locale.LC_NUMERIC, "C")
    application.setApplicationName("SyntheX GUI")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName(DESKTOP_FILE)
    application.setWindowIcon(application_icon())
    theme.apply(application, options.theme or settings.theme)
    # It holds the interpreter for long at a stretch: better before there is a window to freeze.
    wake_compiler()
    # Made in the worker thread when the first image is asked for; the window is there by then.
    session = Session(lambda: window.backends.make_renderer())
    window = MainWindow(session, settings)
    faults.found.connect(window.faults.show)
    log_vtk_messages()
    if options.size:
        width, _, height = options.size.partition("x")
        window.resize(int(width), int(height))
    window.show()
    # Ctrl+C in the terminal closes the window; a timer lets Python see the signal.
    signal.signal(signal.SIGINT, lambda *_: window.close())
    heartbeat = QTimer(window, interval=250)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    files = [Path(name) for name in options.files]
    if files:
        QTimer.singleShot(0, lambda: _open(window, files))
    else:
        QTimer.singleShot(0, session.open_phantom)
    code = [0]
    if options.screenshot:
        _screenshot_when_ready(window, Path(options.screenshot), code)
    else:
        window.files.offer_lost(window.recovery, notices.append)
    if notices:
        QTimer.singleShot(0, lambda: window.say("\n".join(notices), "warning"))
    result = application.exec()
    let_go()
    return result or code[0]


def _open(window: MainWindow, files: list[Path]) -> None:
    """The first file is the document; the rest are opened into it once it is there."""
    if len(files) > 1:
        rest = files[1:]

        def open_rest() -> None:
            window.session.document_replaced.disconnect(open_rest)
            for path in rest:
                window.files.open_path(path)

        window.session.document_replaced.connect(open_rest)
    window.files.open_path(files[0])


def prepare_opengl() -> None:
    """The surface format of every window; call before the QApplication is made."""
    # Before the first window, for all of them (pyvistaqt's second invariant). No multisampling:
    # with software OpenGL it triples the frame time.
    surface = QSurfaceFormat.defaultFormat()
    surface.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    surface.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    surface.setVersion(3, 2)
    surface.setSamples(0)
    surface.setDepthBufferSize(24)
    surface.setStencilBufferSize(8)
    QSurfaceFormat.setDefaultFormat(surface)


def _screenshot_when_ready(window: MainWindow, path: Path, code: list[int]) -> None:
    """Wait for the first full radiograph and for all jobs, let the views settle, grab, quit."""
    seen = {"full": False}
    window.radiograph.frame_shown.connect(
        lambda frame: seen.update(full=frame.is_full or seen["full"])
    )
    poll = QTimer(window, interval=100)
    waited = [0]
    calm = [0]

    def grab() -> None:
        window.workspace.room.update()
        QApplication.processEvents()
        picture = window.grab()
        temporary = path.with_name(f".{path.name}.{os.getpid()}.png")
        saved = picture.save(str(temporary), "PNG")
        if saved:
            os.replace(temporary, path)
        else:
            code[0] = 1
            log.error("%s could not be written", path)
        window.session.store.history.setClean()
        window.close()

    def look() -> None:
        waited[0] += 100
        ready = seen["full"] and not window.session.is_busy() and window.session.live.is_idle()
        calm[0] = calm[0] + 100 if ready else 0
        if calm[0] >= SETTLE_MS or waited[0] > 1000 * SCREENSHOT_LIMIT_S:
            poll.stop()
            if not seen["full"]:
                code[0] = 1
                log.error("no radiograph within %d s", SCREENSHOT_LIMIT_S)
            grab()

    poll.timeout.connect(look)
    poll.start()
