"""Files that appear whole or not at all, and their hashes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from stat import S_ISDIR

from synthex_gui.core.errors import SynthexError

TEMPORARY = ".synthex-tmp"
# Why a path leads nowhere.
UNREACHABLE = {
    errno.ENOENT: "does not exist in {folder}; was it moved or renamed?",
    errno.ENOTDIR: "does not exist: {folder} is no folder",
    errno.ELOOP: "is a link that leads in a circle; put the file itself there",
    errno.ENAMETOOLONG: "has a name that is too long for a file",
}
DOUBLE_ENDINGS = (".nii.gz", ".seg.nrrd", ".seg.nhdr")


class WriteError(SynthexError):
    """A file that could not be written; the text names it and the reason."""


def write_whole(path: Path, data: bytes, makes_folders: bool = True) -> str:
    """Write beside the target, flush to disk, rename over it; returns the SHA-256.

    Raises WriteError on any OS error; no half file stays under the target's name. Without
    `makes_folders` one that has gone in mid-run does not come back, perhaps on another disk.
    """
    write_together({path: data}, makes_folders)
    return hashlib.sha256(data).hexdigest()


def write_together(files: Mapping[Path, bytes], makes_folders: bool = False) -> None:
    """As `write_whole`, but no file gets its name before all are on disk."""
    # Two running programs may save the same settings at once.
    staged = {path: path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY}") for path in files}
    path = next(iter(files))
    try:
        for path, data in files.items():
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if makes_folders:
                path.parent.mkdir(parents=True, exist_ok=True)
            with open(staged[path], "wb") as stream:
                stream.write(data)
                stream.flush()
                # Else the new name may stand on an empty file after a power cut.
                os.fsync(stream.fileno())
        for path, temporary in staged.items():
            os.replace(temporary, path)
    except OSError as error:
        # The disk may be failing altogether; the error below says so.
        for temporary in staged.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise WriteError(f"{path}: cannot be written ({error.strerror or error})") from error


def write_made(path: Path, make: Callable[[Path], None]) -> str:
    """As `write_whole`, of a file that `make` writes to the path it is given. Raises WriteError."""
    staged = path.with_name(f"{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        make(staged)
        # For writing: Windows flushes no file that is open for reading.
        with open(staged, "r+b") as stream:
            os.fsync(stream.fileno())
        digest = hash_of(staged)
        os.replace(staged, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            staged.unlink(missing_ok=True)
        if isinstance(error, OSError):
            text = f"{path}: cannot be written ({error.strerror or error})"
            raise WriteError(text) from error
        raise
    return digest


def forget_unfinished(folder: Path, process: int) -> None:
    """Remove what a dead process has left half written below a folder."""
    for path in folder.rglob(f"*.{process}{TEMPORARY}"):
        with contextlib.suppress(OSError):
            path.unlink()


def stem(path: Path) -> str:
    """The file's name without its ending, ``.nii.gz`` and ``.seg.nrrd`` counted as one."""
    lower = path.name.lower()
    for ending in DOUBLE_ENDINGS:
        if lower.endswith(ending):
            return path.name[: -len(ending)]
    return path.stem


def absolute(path: Path) -> Path:
    """Absolute, ``~`` put out where no file is called so, links followed; but a link whose target
    has another ending keeps its own name, since the ending says what a file is (git-annex and its
    like keep files under other names). A circle of links is left as it stands, and so is what is
    no path at all: whoever opens it says so.
    """
    try:
        path = path if os.path.lexists(path) else path.expanduser()
        found = path.resolve()
        return found if found.suffix == path.suffix else path.parent.resolve() / path.name
    # A user who does not exist and a circle are a RuntimeError.
    except (OSError, RuntimeError, ValueError):
        return Path(os.path.abspath(path)) if "\0" not in str(path) else path


def real(path: Path) -> Path:
    """Where a path leads, every link followed; `absolute` where that cannot be said."""
    try:
        return absolute(path).resolve()
    except (OSError, RuntimeError, ValueError):
        return absolute(path)


def why_no_file(path: Path) -> str:
    """What is to be said of a path that is not a file: missing, a folder, a device, a circle."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        text = UNREACHABLE.get(error.errno or 0, f"cannot be reached ({error.strerror or error})")
        return text.format(folder=path.parent)
    except ValueError:
        return "has a name that no file can have"
    if S_ISDIR(mode):
        return "is a folder; a file is needed"
    # Reading a pipe or a device may never end.
    return "is a device or a pipe; a file is needed"


def hash_of(path: Path) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def all_files(folder: Path) -> set[str]:
    """Relative POSIX paths of all below a folder that is no folder; no link is followed."""
    found = set()
    for place, folders, files in os.walk(folder):
        paths = [Path(place, name) for name in (*folders, *files)]
        found |= {
            path.relative_to(folder).as_posix()
            for path in paths
            if path.is_symlink() or not path.is_dir()
        }
    return found
