"""The journal of an unfinished series: which images are whole, on disk before the next begins.

One line an image, written after its files: an HDF5 file or one JSON for all would not survive a
kill (30 of 30 open HDF5 files were unreadable), a line more or less does.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from synthex_gui.core.files import TEMPORARY, WriteError, all_files, hash_of, write_whole
from synthex_gui.export.dataset import (
    COCO,
    FACTORS,
    FORMAT,
    ITEM_FOLDERS,
    JOURNAL,
    MANIFEST,
    PIXEL_FOLDERS,
    ExportError,
)
from synthex_gui.export.place import LOCK

# What a run that was stopped may have left, and nothing else: the writers' names of an image, and
# the series' own files.
OWN = re.compile(
    r"(?:images/\d{5,}\.(?:png|tiff)|labels/\d{5,}\.json|masks/\d{5,}/[\w.-]+\.png"
    r"|(?:\w+/)?(?:train|valid|test)_data/(?:proj|seg|lands)/\d{5,}\.(?:tiff|png|h5)|[\w-]+\.h5"
    rf"|{MANIFEST}|{COCO}|{FACTORS}|{JOURNAL})"
)
OF_IMAGE = re.compile(rf"^({'|'.join(ITEM_FOLDERS)})/(\d{{5,}})")
UNFINISHED = re.compile(rf"\.\d+{TEMPORARY}$")

# Relative path -> SHA-256, of one image's files.
Files = dict[str, str]


class Journal:
    """The journal in a folder, of the series whose fingerprint is `plan_sha256`."""

    def __init__(self, folder: Path, plan_sha256: str) -> None:
        self.folder = folder
        self.path = folder / JOURNAL
        self.plan_sha256 = plan_sha256
        # What `begin` found amiss in an unfinished series.
        self.notices: list[str] = []

    def begin(self, resume: bool) -> dict[int, Files]:
        """The images that are already whole, with their files; the folder is made ready.

        Raises ExportError for a folder that holds something else or another plan's series.
        """
        try:
            present = all_files(self.folder) - {LOCK}
        except OSError as error:
            raise ExportError(
                f"{self.folder}: cannot be used ({error.strerror or error})"
            ) from error
        if present and not resume:
            raise ExportError(f"{self.folder}: is not empty; choose another folder or resume")
        if present and JOURNAL not in present:
            raise ExportError(f"{self.folder}: holds no unfinished export of this program")
        done = self._whole_images() if present else {}
        left = self._half_images(present, done)
        try:
            for name in left:
                (self.folder / name).unlink()
        except OSError as error:
            raise ExportError(
                f"{error.filename}: cannot be removed ({error.strerror or error})"
            ) from error
        lines = [{"format": FORMAT, "plan": self.plan_sha256}]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        text += "".join(_line(index, files) for index, files in done.items())
        write_whole(self.path, text.encode())
        return done

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The journal open for `append`. Raises WriteError."""
        try:
            # Unbuffered: what a full disk refused would be tried, and refused, again at closing.
            stream = open(self.path, "ab", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise self._unwritable(error) from error
        with stream:
            yield stream

    def append(self, stream: BinaryIO, index: int, files: Files) -> None:
        """Note an image and flush the line to disk, or leave the journal as it was. Raises
        WriteError.
        """
        line = _line(index, files).encode()
        whole = os.fstat(stream.fileno()).st_size
        try:
            # A disk that fills up takes a part of it first.
            while line:
                line = line[stream.write(line) :]
            os.fsync(stream.fileno())
        except OSError as error:
            with suppress(OSError):
                stream.truncate(whole)
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> WriteError:
        return WriteError(f"{self.path}: cannot be written ({error.strerror or error})")

    def end(self) -> None:
        """The series is whole, or has not begun: the journal goes."""
        self.path.unlink(missing_ok=True)

    def is_finished(self) -> bool:
        """True when the folder holds this very series, whole. ExportError for another one."""
        return not self.path.exists() and self._has_manifest()

    def is_packed(self) -> bool:
        """True when all is written and only what the packs replace was still to go."""
        if not self.path.exists() or not self._has_manifest():
            return False
        manifest = json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))
        listed = [item["path"] for item in manifest["files"]]
        return not any(name.startswith(PIXEL_FOLDERS) for name in listed)

    def _has_manifest(self) -> bool:
        manifest_path = self.folder / MANIFEST
        if not manifest_path.is_file():
            return False
        try:
            manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ExportError(f"{manifest_path}: the manifest is damaged ({error})") from error
        if manifest.get("plan_sha256") != self.plan_sha256:
            raise ExportError(f"{self.folder}: holds a finished export of another plan")
        return True

    def _whole_images(self) -> dict[int, Files]:
        # A kill can leave half a last line: whatever follows the last newline never counted.
        head, *lines = self.path.read_bytes().split(b"\n")[:-1] or [b""]
        plan = _parsed(head).get("plan")
        if plan is None:
            raise ExportError(f"{self.path}: its first line is damaged; choose another folder")
        if plan != self.plan_sha256:
            raise ExportError(f"{self.folder}: holds an unfinished export of another plan")
        done: dict[int, Files] = {}
        for number, line in enumerate(lines, 2):
            image = _image_of(_parsed(line))
            if image is None:
                self.notices.append(f"{self.path.name}: line {number} is damaged and not used")
                continue
            index, files = image
            lost = [name for name, digest in files.items() if not self._is_whole(name, digest)]
            if lost:
                self.notices.append(
                    f"image {index} is made again: {lost[0]} is missing or has changed"
                )
            else:
                done[index] = files
        return done

    def _is_whole(self, name: str, digest: str) -> bool:
        path = self.folder / name
        try:
            return path.is_file() and not path.is_symlink() and hash_of(path) == digest
        except OSError:
            return False

    def _half_images(self, present: set[str], done: dict[int, Files]) -> set[str]:
        """What an interrupted run has left. ExportError for a file that is none of its."""
        kept = {name for files in done.values() for name in files} | {JOURNAL}
        left = present - kept
        # A writer of somebody's own has names that only the finished images tell.
        known = {_shape(name) for files in done.values() for name in files}
        for name in sorted(left):
            is_temporary = UNFINISHED.search(name) is not None
            plain = UNFINISHED.sub("", name)
            of_image = OF_IMAGE.match(plain)
            is_done = of_image is not None and int(of_image[2]) in done
            is_own = OWN.fullmatch(plain) is not None or _shape(plain) in known
            if not is_own or (is_done and not is_temporary):
                raise ExportError(
                    f"{self.folder / name}: is not of this export; move it away and resume"
                )
        return left


def _shape(name: str) -> str:
    return OF_IMAGE.sub(r"\1/#", name)


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _image_of(line: dict[str, Any]) -> tuple[int, Files] | None:
    """Index and files of a journal's line; None for one that this program did not write."""
    index, files = line.get("index"), line.get("files")
    if type(index) is not int or not isinstance(files, dict) or not files:
        return None
    for name, digest in files.items():
        parts = OF_IMAGE.match(name)
        if parts is None or int(parts[2]) != index or ".." in name or not isinstance(digest, str):
            return None
    return index, files


def _line(index: int, files: Files) -> str:
    return json.dumps({"index": index, "files": files}) + "\n"
