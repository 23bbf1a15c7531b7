"""SHA-256 of an input, what a manifest says instead of a path; and whether it was written again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from stat import S_ISREG

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.io.errors import InputError, not_there
from synthex_gui.io.labels.table import find_table
from synthex_gui.io.volumes.door import parts_of

CHUNK = 4 << 20
# Files, bytes, nanoseconds of the latest change.
Stamp = tuple[int, int, int]


def sha256_of(path: Path | str, progress: Progress = no_progress) -> str:
    """Hex SHA-256 of a file, or of a folder.

    A folder's is the SHA-256 of "relative POSIX path, NUL, the 32 bytes of the file's SHA-256" of
    all its files one after the other, sorted by path; likewise that of a header and the file with
    its voxels. Raises InputError when something cannot be read.
    """
    source = Path(path).expanduser()
    if os.path.isfile(source):
        folder, parts = source.parent.resolve(), list(parts_of(source))
        if len(parts) == 1:
            return _of_file(source, progress)
        parts = [folder / source.name, parts[1]]
    elif os.path.isdir(source):
        folder, parts = source, list(source.rglob("*"))
    else:
        raise not_there(source)
    files = sorted((item.relative_to(folder).as_posix(), item) for item in parts if item.is_file())
    if not files:
        raise InputError(source, "is empty")
    total = hashlib.sha256()
    for done, (name, item) in enumerate(files):
        total.update(
            name.encode("utf-8", "surrogateescape")
            + b"\0"
            + bytes.fromhex(_of_file(item, no_progress))
        )
        progress(done + 1, len(files), "checking")
    return total.hexdigest()


def stamp_of(path: Path | str) -> Stamp:
    """What changes when a file, what belongs to it or one in a folder is written again: a glance,
    not a proof. Zeros for what is not there.
    """
    source = Path(path).expanduser()
    # Both say no to an impossible name, where the methods of a path raise.
    files: Iterable[Path] = ()
    if os.path.isfile(source):
        files = _around(source)
    elif os.path.isdir(source):
        files = source.rglob("*")
    count, size, latest = 0, 0, 0
    for item in files:
        try:
            found = item.stat()
        except OSError:
            continue
        if S_ISREG(found.st_mode):
            count, size, latest = count + 1, size + found.st_size, max(latest, found.st_mtime_ns)
    return count, size, latest


def _around(source: Path) -> Iterable[Path]:
    table = find_table(source)
    yield from () if table is None else (table,)
    try:
        yield from parts_of(source)
    except InputError:
        yield source


def _of_file(path: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    size = max(1, path.stat().st_size)
    done = 0
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                done += len(chunk)
                progress(min(done, size), size, "checking")
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})") from error
    return digest.hexdigest()
