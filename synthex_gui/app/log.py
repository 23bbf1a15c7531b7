"""The rotating log file, and what happens to exceptions nobody caught."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
import time
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from platformdirs import user_log_path

log = logging.getLogger(__name__)

MAX_BYTES, BACKUPS = 2_000_000, 4
_fault_file = None


def start_logging() -> Path | None:
    """Log to a rotating file (8 MB in all); its path, None where it cannot be written."""
    global _fault_file
    folder = user_log_path("synthex-gui", appauthor=False)
    path = folder / "synthex-gui.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8"
        )
        # A crash in C code (OpenGL, a codec) reaches no Python handler; the file must stay open.
        _fault_file = open(folder / "crash.log", "w", encoding="utf-8")  # noqa: SIM115
        faulthandler.enable(_fault_file)
    except OSError as error:
        logging.basicConfig(level=logging.WARNING)
        log.warning("no log file: %s", error)
        return None
    # UTC: lines of two time zones, or of a change to summer time, stay in order.
    formatter = logging.Formatter(
        "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    return path


def catch_exceptions(show: Callable[[str], None]) -> None:
    """Log every uncaught exception and show one line of it; the program goes on."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("uncaught", exc_info=(kind, error, trace))
        # Also to the terminal, where whoever started the program from one looks.
        sys.__excepthook__(kind, error, trace)
        show(f"An internal error: {kind.__name__}: {error}")

    sys.excepthook = hook
    threading.excepthook = lambda arguments: log.error(
        "uncaught in %s",
        arguments.thread.name if arguments.thread else "a thread",
        exc_info=(
            arguments.exc_type,
            arguments.exc_value or arguments.exc_type(),
            arguments.exc_traceback,
        ),
    )
