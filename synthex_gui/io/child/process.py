"""One reader process as its owner sees it: started, asked, killed."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from synthex_gui.core.processes import deaf_children
from synthex_gui.io.child.serve import serve
from synthex_gui.io.errors import ReaderCrashedError

POLL_S = 0.05
START_LIMIT_S = 60.0


class Child:
    """A spawned process that runs `serve`; `readers` names the module with its READERS.

    Spawned, not forked: a fork would carry Qt's and OpenMP's threads along in whatever state.
    """

    def __init__(self, readers: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=serve, args=(theirs, readers), name="synthex-reader", daemon=True
        )
        with deaf_children():
            self._process.start()
        theirs.close()
        self._ready = False

    def is_alive(self) -> bool:
        return self._process.is_alive()

    def kill(self) -> None:
        # Not asked to end: it may hang, and has nothing to save.
        self._process.kill()
        self._process.join(5.0)
        self._connection.close()

    def ask(
        self, source: Path, request: dict[str, Any], end: float
    ) -> Generator[tuple[int, int, str], None, dict[str, Any]]:
        """Yields progress, returns the answer; ReaderCrashedError when none comes."""
        latest = (0, 1, "starting the reader")
        start_end = time.monotonic() + START_LIMIT_S
        sent = False
        while True:
            if self._ready and not sent:
                self._send(source, request)
                sent = True
            message = self._receive(source, "the reader crashed on this file")
            if message is not None and "ready" in message:
                self._ready = True
            elif message is not None and "progress" in message:
                done, total, text = message["progress"]
                latest = (int(done), int(total), str(text))
            elif message is not None:
                return message
            if time.monotonic() > (end if self._ready else max(end, start_end)):
                raise ReaderCrashedError(source, "took too long to read; it may be damaged")
            yield latest

    def _send(self, source: Path, request: dict[str, Any]) -> None:
        try:
            self._connection.send_bytes(json.dumps(request).encode())
        except OSError as error:
            raise ReaderCrashedError(source, "the reader crashed before it began") from error

    def _receive(self, source: Path, text: str) -> dict[str, Any] | None:
        try:
            if not self._connection.poll(POLL_S):
                return None
            message: dict[str, Any] = json.loads(self._connection.recv_bytes())
        except (EOFError, OSError, ValueError) as error:
            when = text if self._ready else "the reader process could not start"
            raise ReaderCrashedError(source, when) from error
        return message
