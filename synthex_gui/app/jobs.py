"""Long work off the UI thread: a generator of steps, driven by one thread, cancellable."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from synthex_gui.app.faults import report
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.steps import Steps

log = logging.getLogger(__name__)

# A signal from another thread is queued: thousands a second would keep the window from painting.
EMIT_EVERY_S = 0.1


class Job(QObject):
    """One piece of work: progress, then exactly one of done, failed or cancelled."""

    progress = Signal(int, int, str)
    done = Signal(object)
    failed = Signal(str)
    cancelled = Signal()
    ended = Signal()

    def __init__(
        self, title: str, work: Callable[[], Steps[Any]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.error: SynthexError | None = None
        self._work = work
        self._cancel = threading.Event()
        self._resume = threading.Event()
        self._resume.set()
        # The last steps only: the first ones of a series compile and read, and say nothing of it.
        self._marks: deque[tuple[float, int]] = deque(maxlen=30)
        # A library that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=f"job-{title}", daemon=True)

    def start(self) -> None:
        """Begin; call once."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask to stop at the next step; the generator is closed, its `finally` cleans up."""
        self._cancel.set()
        self._resume.set()

    def set_paused(self, paused: bool) -> None:
        """Hold the work at its next step, or let it go on."""
        if paused:
            self._resume.clear()
        else:
            self._resume.set()

    @property
    def is_paused(self) -> bool:
        """True while held."""
        return not self._resume.is_set()

    def join(self, timeout_s: float) -> None:
        """Wait for the end of work that has begun."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def seconds_left(self, done: int, total: int) -> float | None:
        """Remaining time from the last 30 steps; None before there are two."""
        if len(self._marks) < 2 or done <= 0:
            return None
        (t0, n0), (t1, n1) = self._marks[0], self._marks[-1]
        return (t1 - t0) / (n1 - n0) * (total - done) if n1 > n0 else None

    def _run(self) -> None:
        generator = self._work()
        last = 0.0
        try:
            while True:
                try:
                    done, total, text = next(generator)
                except StopIteration as stop:
                    self.done.emit(stop.value)
                    return
                now = time.monotonic()
                if not self._marks or done > self._marks[-1][1]:
                    self._marks.append((now, done))
                if now - last >= EMIT_EVERY_S or done == total:
                    last = now
                    self.progress.emit(done, total, text)
                self._resume.wait()
                if self._cancel.is_set():
                    generator.close()
                    self.cancelled.emit()
                    return
        except SynthexError as error:
            self.error = error
            self._end_with(str(error))
        except OSError as error:
            if error.filename is None:
                self._fail(error)
            else:
                log.warning("%s failed", self.title, exc_info=error)
                name = Path(str(error.filename)).name
                self._end_with(
                    f"{self.title}: {name}: {error.strerror}; look whether it is there, may be "
                    "used and has room on its disk"
                )
        except MemoryError as error:
            log.warning("%s failed", self.title, exc_info=error)
            self._end_with(f"{self.title}: not enough memory; close other programs and try again")
        except Exception as error:
            self._fail(error)
        finally:
            generator.close()
            self.ended.emit()

    def _fail(self, error: Exception) -> None:
        report(error, f"{self.title} failed")
        self._end_with(
            f"{self.title}: failed by an error of the program; Help, Copy diagnostics has more"
        )

    def _end_with(self, text: str) -> None:
        # A reader that was killed by cancelling reports a crash, which is no news.
        if self._cancel.is_set():
            self.cancelled.emit()
        else:
            self.failed.emit(text)
