"""How long the window's event loop is held by the actions of a day's work.

    python benchmarks/responsiveness.py [CT [LABELS]] [--size 1440x900]

Needs a screen (or xvfb-run). For each action prints the longest turn of the event loop until
everything that the action started is done.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drag import wait_until_calm
from PySide6.QtWidgets import QApplication

from synthex_gui.app.session import Session
from synthex_gui.app.settings import Settings
from synthex_gui.physics.warm_up import wake_compiler
from synthex_gui.ui.commands.backend import make_renderer
from synthex_gui.ui.dialogs.export_dialog import ExportDialog
from synthex_gui.ui.style import theme
from synthex_gui.ui.window.application import prepare_opengl
from synthex_gui.ui.window.main import MainWindow

# Nothing happens for so long: the action is over.
QUIET_S = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ct", nargs="?", type=Path)
    parser.add_argument("labels", nargs="?", type=Path)
    parser.add_argument("--size", default="1440x900")
    options = parser.parse_args()
    prepare_opengl()
    application = QApplication([])
    theme.apply(application, "dark")
    wake_compiler()
    session = Session(make_renderer)
    window = MainWindow(session, Settings())
    window.resize(*(int(part) for part in options.size.split("x")))
    window.show()
    wait_until_calm(application, session)
    for name, act in actions(window, session, options):
        print(f"{1000 * longest_turn(application, session, act):4.0f} ms  {name}", flush=True)
    session.store.history.setClean()
    window.close()


def actions(
    window: MainWindow, session: Session, options: Any
) -> list[tuple[str, Callable[[], Any]]]:
    """Names and what to do, in this order."""
    dialogs: list[ExportDialog] = []

    def open_dialog() -> None:
        dialogs.append(ExportDialog(window, session, window.workspace.room))
        dialogs[-1].open()

    listed: list[tuple[str, Callable[[], Any]]] = [
        ("open the phantom", session.open_phantom),
        ("go to the inlet view", lambda: window.poses.go_to_preset("inlet")),
        ("go to the lateral view", lambda: window.poses.go_to_preset("lateral-left")),
        ("undo", window.commands["undo"].trigger),
        ("add a pedicle screw", lambda: window.tools.add_built_in("pedicle-screw")),
        ("show the beam panel", lambda: window.panels.tabs.setCurrentWidget(window.panels.beam)),
        ("open the export dialog", open_dialog),
        ("close it", lambda: dialogs[-1].close()),
        ("light theme", window.commands["theme:light"].trigger),
        ("dark theme", window.commands["theme:dark"].trigger),
    ]
    if options.ct:
        listed.append(("open the CT", lambda: session.open_ct(options.ct)))
    if options.labels:
        listed.append(("load its labels", lambda: window.files.load_labels(options.labels)))
    return listed


def longest_turn(application: QApplication, session: Session, act: Callable[[], Any]) -> float:
    """Seconds of the longest turn of the event loop that an action causes."""
    start = quiet = time.perf_counter()
    act()
    longest = time.perf_counter() - start
    while time.perf_counter() - quiet < QUIET_S:
        before = time.perf_counter()
        application.processEvents()
        longest = max(longest, time.perf_counter() - before)
        time.sleep(0.002)
        if session.is_busy() or not session.live.is_idle():
            quiet = time.perf_counter()
    return longest


if __name__ == "__main__":
    main()
