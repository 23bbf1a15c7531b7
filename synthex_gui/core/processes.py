"""Child processes that neither outlive their parent nor hear its Ctrl-C, and temporary folders
that the next start removes when their process was killed.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import signal
import tempfile
import threading
import zlib
from collections.abc import Iterator
from functools import cache
from multiprocessing import connection, parent_process
from pathlib import Path

from synthex_gui.core.errors import SynthexError

# Where results for another process may lie in memory.
MEMORY_FOLDER = Path("/dev/shm")


def end_with_parent() -> None:
    """End this child process within a second of its parent's end, whatever it is doing."""
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        # Nobody waits for what a clean end would tidy up or say.
        os._exit(1)

    threading.Thread(target=watch, name="synthex-parent-watch", daemon=True).start()


@contextlib.contextmanager
def deaf_children() -> Iterator[None]:
    """A process started within never hears Ctrl-C: the terminal sends it to all, and each would
    print a traceback, even before its own code runs.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    # The first start of this helper would unblock the signal again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def scratch_folder(kind: str, within: Path | None = None) -> tempfile.TemporaryDirectory[str]:
    """A temporary folder that the next start removes if this process is killed; in `within` or
    where the system has such folders. Raises SynthexError with `scratch_trouble`.
    """
    try:
        return tempfile.TemporaryDirectory(
            prefix=scratch_prefix(kind), dir=within, ignore_cleanup_errors=True
        )
    except OSError as error:
        place = within or os.environ.get("TMPDIR") or tempfile.tempdir or "the temporary folder"
        raise SynthexError(scratch_trouble(place, error)) from error


def scratch_trouble(place: Path | str, error: OSError) -> str:
    """What to say where a temporary folder takes no more: it is at fault, not the file read."""
    return (
        f"{place}: no temporary files can be written there ({error.strerror or error}); free some "
        "space or let TMPDIR name another folder"
    )


def scratch_prefix(kind: str) -> str:
    """How a temporary folder's name begins: kind, machine and process, for `_sweep`."""
    _sweep(str(tempfile.gettempdir()))
    _sweep(str(MEMORY_FOLDER))
    return f"synthex-{kind}-{_machine()}-{os.getpid()}-"


@cache
def _machine() -> str:
    """The host and, in a container, its own numbering of processes; 8 hex digits."""
    numbering = ""
    with contextlib.suppress(OSError):
        numbering = os.readlink("/proc/self/ns/pid")
    return f"{zlib.crc32(f'{platform.node()} {numbering}'.encode()):08x}"


@cache
def _sweep(place: str) -> None:
    """Remove what killed processes of this machine and user have left in a folder, once a run."""
    pattern = re.compile(rf"synthex-[a-z]+-{_machine()}-(\d+)-\w+")
    with contextlib.suppress(OSError):
        for item in os.scandir(place):
            found = pattern.fullmatch(item.name)
            if found and not _is_running(int(found[1])) and item.is_dir(follow_symlinks=False):
                shutil.rmtree(item.path, ignore_errors=True)


def _is_running(process: int) -> bool:
    if os.name != "posix":
        # There a signal 0 would end it; folders in use cannot be removed anyway.
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
