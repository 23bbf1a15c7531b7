"""The reader process: takes requests from a pipe, reads, answers. May die; nobody minds.

Messages are JSON. Request: kind, path, options, folder (for arrays). Answers: ready, progress,
result or error.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import time
import traceback
import warnings
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.processes import end_with_parent, scratch_trouble
from synthex_gui.io.child.transfer import pack, pack_error
from synthex_gui.io.errors import InputError, ReaderCrashedError

# The limit counts address space, not memory: stacks and arenas of the libraries' threads are in it.
SLACK_BYTES = 2 << 30
# The file, what it unpacks to, the result, and one temporary of its size.
MEMORY_FACTOR = 4
PROGRESS_INTERVAL_S = 0.05


def serve(connection: Connection, module: str) -> None:
    """Answer requests until the pipe closes; `module` names the module that holds READERS."""
    end_with_parent()
    # A library's warning quotes the file, perhaps a patient's name, on the terminal.
    warnings.simplefilter("ignore")
    readers: dict[str, Any] = dict(importlib.import_module(module).READERS)
    # The pipe closes when the window goes, however it goes: no reader outlives it.
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        _send(connection, {"ready": True})
        while True:
            request = json.loads(connection.recv_bytes())
            _send(connection, _answer(connection, readers, request))


def _answer(
    connection: Connection, readers: dict[str, Any], request: dict[str, Any]
) -> dict[str, Any]:
    path, folder = Path(request["path"]), Path(request["folder"])
    reader = readers[request["kind"]]
    last, stage = 0.0, ""

    def progress(done: int, total: int, text: str) -> None:
        nonlocal last, stage
        now = time.monotonic()
        if now - last >= PROGRESS_INTERVAL_S or done >= total or text != stage:
            last, stage = now, text
            _send(connection, {"progress": [int(done), int(total), text]})

    try:
        progress(0, 1, "reading")
        _limit_memory(MEMORY_FACTOR * _bytes_needed(reader, path) + SLACK_BYTES)
        found = reader.read(path, progress=progress, **request["options"])
        return {"result": _packed(found, folder)}
    except SynthexError as error:
        return {"error": pack_error(error, folder)}
    except MemoryError:
        text = "needs more memory to read than its size explains; is it damaged?"
        return {"error": pack_error(ReaderCrashedError(path, text), folder)}
    except OSError as error:
        text = f"cannot be read ({error.strerror or error})"
        return {"error": pack_error(InputError(path, text), folder)}
    except Exception as error:
        text = f"could not be read ({_where(error)})"
        return {"error": pack_error(ReaderCrashedError(path, text), folder)}


def _packed(found: Any, folder: Path) -> Any:
    try:
        return pack(found, folder)
    except OSError as error:
        raise SynthexError(scratch_trouble(folder.parent, error)) from error


def _bytes_needed(reader: Any, path: Path) -> int:
    """What the reader thinks it needs; 0 when the file cannot even be looked at."""
    try:
        return int(reader.bytes_needed(path))
    except (OSError, SynthexError):
        return 0


def _where(error: Exception) -> str:
    """Kind and place of an unexpected error; its text may quote the file, so it stays out."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place


def _limit_memory(allowance: int) -> None:
    """Let this process grow by `allowance` bytes from here on, where the system can say so."""
    if not sys.platform.startswith("linux"):
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * resource.getpagesize() + allowance
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _send(connection: Connection, message: dict[str, Any]) -> None:
    connection.send_bytes(json.dumps(message).encode())
