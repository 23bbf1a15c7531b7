"""SHA-256 of an input: what a manifest says instead of a path."""

from __future__ import annotations

import hashlib
from pathlib import Path

from synthex_gui.io.errors import InputError
from synthex_gui.io.progress import Progress, no_progress

CHUNK = 4 << 20


def sha256_of(path: Path | str, progress: Progress = no_progress) -> str:
    """Hex SHA-256 of a file, or of a folder.

    A folder's is the SHA-256 of "relative POSIX path, NUL, the 32 bytes of the file's SHA-256" of
    all its files one after the other, sorted by path. Raises InputError when something cannot be
    read.
    """
    source = Path(path).expanduser()
    if source.is_file():
        return _of_file(source, progress)
    if not source.is_dir():
        raise InputError(source, "does not exist")
    files = sorted(
        (item.relative_to(source).as_posix(), item) for item in source.rglob("*") if item.is_file()
    )
    if not files:
        raise InputError(source, "is empty")
    total = hashlib.sha256()
    for done, (name, item) in enumerate(files):
        total.update(name.encode() + b"\0" + bytes.fromhex(_of_file(item, no_progress)))
        progress(done + 1, len(files), "checking")
    return total.hexdigest()


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
