"""The rotating log file: for its owner alone, without names of files and patients."""

from __future__ import annotations

import faulthandler
import logging
import os
import time
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from platformdirs import user_log_path

from synthex_gui.app.private import make_private, open_private, private_folder
from synthex_gui.app.redaction import RedactingFormatter

log = logging.getLogger(__name__)

# 10 MB in all.
MAX_BYTES, BACKUPS = 2_000_000, 4
LOG, CRASH, CRASH_BEFORE = "synthex-gui.log", "crash.log", "crash-before.log"
_crash_stream: TextIOWrapper | None = None


class _PrivateHandler(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        return open_private(Path(self.baseFilename), self.mode)


def log_folder() -> Path:
    """Where the log is kept; ``SYNTHEX_LOG_DIR`` overrides it."""
    override = os.environ.get("SYNTHEX_LOG_DIR")
    return Path(override) if override else user_log_path("synthex-gui", appauthor=False)


def log_file() -> Path | None:
    """The file that is written now; None where there is none."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _PrivateHandler):
            return Path(handler.baseFilename)
    return None


def start_logging(is_detailed: bool = False) -> str:
    """Log to a rotating file; empty, or why there is none, fit for the window."""
    global _crash_stream
    folder = log_folder()
    try:
        private_folder(folder)
        path = folder / LOG
        handler = _PrivateHandler(path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8")
        make_private(path)
        # What the last run left of a crash is what its report needs.
        if (folder / CRASH).is_file() and (folder / CRASH).stat().st_size:
            os.replace(folder / CRASH, folder / CRASH_BEFORE)
        # A crash in C code (OpenGL, a codec) reaches no Python handler; the file must stay open.
        _crash_stream = open_private(folder / CRASH, "w")
        faulthandler.enable(_crash_stream)
    except OSError as error:
        logging.basicConfig(level=logging.WARNING)
        log.warning("no log file: %s", error)
        return f"{folder}: no log is written there ({error.strerror or error}); free the folder"
    # UTC: lines of two time zones, or of a change to summer time, stay in order.
    formatter = RedactingFormatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    set_detailed(is_detailed)
    return ""


def set_detailed(is_detailed: bool) -> None:
    """Every step of this program, or what matters; libraries say only what matters."""
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger("synthex_gui").setLevel(logging.DEBUG if is_detailed else logging.INFO)
