"""Pictures of every state of the window, to be looked at, and the texts that are cut off in them.

    python tests/ui/screens.py [--out FOLDER] [CT]

Needs a screen of 3840x2160 (xvfb-run -s "-screen 0 3840x2160x24"). For 1280x800, 1920x1080 and
1280x800 at scale factor 2: each layout, each tab, a comparison, the export dialog, both themes.
Exit code: 0, or 1 when a text is cut off.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clipping import cut_off
from PySide6.QtWidgets import QApplication, QWidget

VARIANTS = ((1280, 800, "1"), (1920, 1080, "1"), (1280, 800, "2"))
SETTLE_S = 0.8


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ct", nargs="?", type=Path)
    parser.add_argument("--out", type=Path, default=Path("screens"))
    parser.add_argument("--one", help="a single size, as WxH")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.one:
        return pictures(*map(int, options.one.split("x")), options.out, options.ct)
    failed = 0
    for width, height, scale in VARIANTS:
        with tempfile.TemporaryDirectory() as config:
            environment = os.environ | {"QT_SCALE_FACTOR": scale, "SYNTHEX_CONFIG_DIR": config}
            command = [sys.executable, __file__, "--out", str(options.out)]
            command += ["--one", f"{width}x{height}", *([str(options.ct)] if options.ct else [])]
            failed |= subprocess.run(command, env=environment, check=False).returncode
    return failed


def pictures(width: int, height: int, out: Path, ct: Path | None) -> int:
    """All states at one size; 1 when a text is cut off."""
    from synthex_gui.app.session import Session
    from synthex_gui.app.settings import Settings
    from synthex_gui.scene.plan import SeriesPlan
    from synthex_gui.ui.commands.view import LAYOUTS
    from synthex_gui.ui.dialogs.export_dialog import ExportDialog
    from synthex_gui.ui.style import theme
    from synthex_gui.ui.window.application import prepare_opengl
    from synthex_gui.ui.window.main import MainWindow

    prepare_opengl()
    application = QApplication([])
    theme.apply(application, "dark")
    session = Session(lambda: window.backends.make_renderer())
    window = MainWindow(session, Settings())
    window.resize(width, height)
    window.show()
    if ct:
        session.open_ct(ct)
    else:
        session.open_phantom()
    name = f"{width}x{height}@{application.primaryScreen().devicePixelRatio():g}"
    found = 0

    def wait() -> None:
        calm = time.monotonic()
        while time.monotonic() - calm < SETTLE_S:
            application.processEvents()
            time.sleep(0.01)
            if session.is_busy() or not session.live.is_idle():
                calm = time.monotonic()

    def shoot(widget: QWidget, state: str) -> None:
        nonlocal found
        wait()
        window.workspace.room.update()
        application.processEvents()
        widget.grab().save(str(out / f"{name}-{state}.png"))
        for text in cut_off(widget):
            found = 1
            print(f"{name} {state}: cut off: {text}")

    wait()
    for key, _ in LAYOUTS:
        window.commands[f"layout:{key}"].trigger()
        shoot(window, f"layout-{key}")
    window.commands["layout:planning"].trigger()
    for index in range(window.panels.tabs.count()):
        window.panels.tabs.setCurrentIndex(index)
        shoot(window, f"tab-{window.panels.tabs.tabText(index).lower()}")
    window.commands["tool:k-wire"].trigger()
    shoot(window, "tool")
    window.panels.show_matter("hemipelvis-left")
    shoot(window, "matter")
    window.panels.show_panel(window.panels.image)
    window.compare.with_level("naive")
    shoot(window, "compare")
    window.compare.with_level(None)
    window.commands["theme:light"].trigger()
    shoot(window, "light")
    window.commands["theme:dark"].trigger()
    names = () if session.assets.labels is None else session.assets.labels.names()[:5]
    for state, plan in (
        ("export", None),
        ("export-named", SeriesPlan(structures=names, count=12)),
        ("export-current", SeriesPlan(source="current")),
    ):
        session.store.apply("Plan", lambda scene, plan=plan: scene.evolve(plan=plan))
        window.commands["export"].trigger()
        dialog = window.findChild(ExportDialog)
        shoot(dialog, state)
        form = dialog._form
        form.verticalScrollBar().setValue(form.verticalScrollBar().maximum())
        shoot(dialog, f"{state}-below")
        dialog.close()
        application.processEvents()
    session.store.history.setClean()
    window.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
