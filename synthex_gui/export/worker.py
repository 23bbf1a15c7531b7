"""Worker processes that make images; one that dies is replaced and its image made again."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.processes import deaf_children, end_with_parent
from synthex_gui.export.dataset import ExportError

Result = TypeVar("Result")

# After the first death: a third one is no accident.
REPEATS = 2
OUT_OF_MEMORY = 77
# Two a worker: none waits for work, and few are lost when the export is stopped.
AHEAD = 2
# For the image under way when the export is stopped.
PATIENCE_S = 2.0


class Workers(Generic[Result]):
    """Processes that each call `start(*arguments)` once and then its result with every number.

    `died(pid)` is called for each process that has ended by itself.
    """

    def __init__(
        self,
        count: int,
        start: Callable[..., Callable[[int], Result]],
        arguments: Sequence[Any],
        died: Callable[[int], None],
    ) -> None:
        self._start, self._arguments, self._died = start, tuple(arguments), died
        # A fork would take the window's threads and the device's context along.
        self._context = get_context("spawn")
        self._deaths: Counter[int | None] = Counter()
        self._workers = []
        atexit.register(self.close)
        try:
            for _ in range(count):
                self._workers.append(self._begin())
        except BaseException:
            self.close()
            raise

    def results(self, todo: Sequence[int]) -> Iterator[Result]:
        """One for each number, in whatever order they are done. Raises what the work raises, and
        ExportError for a number at which a worker died three times.
        """
        queue, left = deque(todo), len(todo)
        while left:
            for worker in self._workers:
                while queue and len(worker.asked) < AHEAD:
                    worker.ask(queue.popleft())
            for pipe in connection.wait([worker.pipe for worker in self._workers]):
                worker = next(item for item in self._workers if item.pipe is pipe)
                try:
                    kind, value = worker.pipe.recv()
                except (EOFError, OSError):
                    queue.extendleft(reversed(self._replace(worker)))
                    continue
                if kind == "failed":
                    raise value
                if kind == "ready":
                    worker.is_ready = True
                    # Starting works: two deaths at it and one a day later are no three in a row.
                    self._deaths[None] = 0
                    continue
                worker.asked.popleft()
                left -= 1
                yield value

    def close(self) -> None:
        """End all, giving the image under way a moment."""
        atexit.unregister(self.close)
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.pipe.close()
        end = time.monotonic() + PATIENCE_S
        for worker in workers:
            worker.process.join(max(0.0, end - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    def _begin(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_serve, args=(theirs, self._start, self._arguments), name="synthex-export"
        )
        with deaf_children():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _replace(self, worker: _Worker) -> list[int]:
        """A new one in the place of a dead one; the numbers that it still had to do."""
        worker.process.join(PATIENCE_S)
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        self._died(worker.process.pid)
        index = worker.asked[0] if worker.is_ready and worker.asked else None
        self._deaths[index] += 1
        if self._deaths[index] > REPEATS:
            what = "an export process" if index is None else f"image {index}: its process"
            when = "at its start" if index is None else "while it was made"
            raise ExportError(
                f"{what} {_reason(worker.process.exitcode)} {when}, {REPEATS + 1} times; finished "
                "images are kept, and resuming goes on from them"
            )
        self._workers[self._workers.index(worker)] = self._begin()
        return list(worker.asked)


class _Worker:
    def __init__(self, process: Any, pipe: Connection) -> None:
        self.process, self.pipe = process, pipe
        self.asked: deque[int] = deque()
        self.is_ready = False

    def ask(self, number: int) -> None:
        self.asked.append(number)
        # Of one that is dead already, its end is read next.
        with contextlib.suppress(OSError):
            self.pipe.send(number)


def _reason(code: int | None) -> str:
    if code == OUT_OF_MEMORY:
        return "ran out of memory"
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        hint = " (perhaps for want of memory)" if name == "SIGKILL" else ""
        return f"was ended by {name}{hint}"
    return f"ended by itself (exit code {code})"


def _serve(
    pipe: Connection, start: Callable[..., Callable[[int], Any]], arguments: tuple[Any, ...]
) -> None:
    """The worker: answers until the pipe closes."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The pipe breaks when the export is stopped: nobody waits for more.
    with contextlib.suppress(EOFError, OSError):
        try:
            work = start(*arguments)
            pipe.send(("ready", None))
            while True:
                pipe.send(("done", work(pipe.recv())))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return
        except Exception as error:
            pipe.send(("failed", _portable(error)))


def _portable(error: Exception) -> Exception:
    """The error itself where it is made of its text alone, else one with its text."""
    if not isinstance(error, SynthexError):
        return RuntimeError(f"{type(error).__name__}: {error}")
    is_plain = type(error).__init__ is SynthexError.__init__
    return error if is_plain else ExportError(str(error))
