"""Errors of the program itself: every one is logged, and shown once.

An exception in a slot, an observer of VTK, an event of Qt or a thread ends nothing, and would be
seen by nobody.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)

from synthex_gui.app.redaction import redacted

log = logging.getLogger(__name__)

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


@dataclass(frozen=True)
class Fault:
    """`place` is the kind of the error and where it was raised: the same fault has the same one.

    `report` is the traceback without names of files and patients.
    """

    place: str
    report: str


class Faults(QObject):
    """`found` is emitted in the thread where a fault happened: connect a method of a QObject."""

    found = Signal(object)  # Fault


_faults: Faults | None = None


def report(error: BaseException, where: str) -> None:
    """Log an error that nobody expected, and show it where there is a window; any thread."""
    log.error("%s", where, exc_info=error)
    if _faults is not None:
        _faults.found.emit(_fault_of(error))


def catch_everything(faults: Faults) -> Callable[[], None]:
    """Give `faults` what nobody catches, from now on; what is returned ends that."""
    global _faults
    before = sys.excepthook, threading.excepthook, sys.unraisablehook

    def uncaught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        # Also to the terminal, where whoever started the program from one looks.
        sys.__excepthook__(kind, error, trace)
        if not issubclass(kind, KeyboardInterrupt):
            report(error if error is not None else kind(), "uncaught")
            # A painter that the failed event left is still active while anything holds its frame,
            # and Qt crashes on it.
            sys.last_traceback = sys.last_value = None
            traceback.clear_frames(trace)

    def in_thread(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            name = arguments.thread.name if arguments.thread else "a thread"
            report(arguments.exc_value, f"uncaught in {name}")

    def unraisable(what: sys.UnraisableHookArgs) -> None:
        # Of an object that is being freed: nothing was left undone that a person asked for.
        log.error("%s: %r", what.err_msg or "ignored", what.object, exc_info=what.exc_value)

    def qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        logging.getLogger("qt").log(_LEVELS.get(kind, logging.WARNING), "%s", text)

    _faults = faults
    sys.excepthook, threading.excepthook, sys.unraisablehook = uncaught, in_thread, unraisable
    qt_before = qInstallMessageHandler(qt_message)

    def end() -> None:
        global _faults
        _faults = None
        sys.excepthook, threading.excepthook, sys.unraisablehook = before
        qInstallMessageHandler(qt_before)

    return end


def _fault_of(error: BaseException) -> Fault:
    frames = traceback.extract_tb(error.__traceback__)
    at = f", {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    text = "".join(traceback.format_exception(error))
    return Fault(f"{type(error).__name__}{at}", redacted(text))
