"""The journal of an unfinished series: which images are whole, on disk before the next begins.

One line an image, written after its files: an HDF5 file or one JSON for all would not survive a
kill (30 of 30 open HDF5 files were unreadable), a line more or less does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from synthex_gui.core.files import TEMPORARY, WriteError, all_files, hash_of, write_whole
from synthex_gui.export.dataset import FORMAT, ITEM_FOLDERS, JOURNAL, MANIFEST, ExportError
from synthex_gui.export.place import LOCK

# Relative path -> SHA-256, of one image's files.
Files = dict[str, str]


class Journal:
    """The journal in a folder, of the series whose fingerprint is `plan_sha256`."""

    def __init__(self, folder: Path, plan_sha256: str) -> None:
        self.folder = folder
        self.path = folder / JOURNAL
        self.plan_sha256 = plan_sha256

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
        done = self._whole_images(present) if present else {}
        self._remove_half_images(present, done)
        lines = [{"format": FORMAT, "plan": self.plan_sha256}]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        text += "".join(_line(index, files) for index, files in done.items())
        write_whole(self.path, text.encode())
        return done

    @contextmanager
    def opened(self) -> Iterator[TextIO]:
        """The journal open for `append`."""
        with open(self.path, "a", encoding="utf-8") as stream:
            yield stream

    def append(self, stream: TextIO, index: int, files: Files) -> None:
        """Note an image and flush the line to disk. Raises WriteError."""
        try:
            stream.write(_line(index, files))
            stream.flush()
            os.fsync(stream.fileno())
        except OSError as error:
            raise WriteError(
                f"{self.path}: cannot be written ({error.strerror or error})"
            ) from error

    def end(self) -> None:
        """The series is whole, or has not begun: the journal goes."""
        self.path.unlink(missing_ok=True)

    def is_finished(self) -> bool:
        """True when the folder holds this very series, whole. ExportError for another one."""
        manifest_path = self.folder / MANIFEST
        if not manifest_path.is_file() or self.path.exists():
            return False
        try:
            manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ExportError(f"{manifest_path}: the manifest is damaged ({error})") from error
        if manifest.get("plan_sha256") != self.plan_sha256:
            raise ExportError(f"{self.folder}: holds a finished export of another plan")
        return True

    def _whole_images(self, present: set[str]) -> dict[int, Files]:
        lines = self.path.read_bytes().split(b"\n")
        # A kill can leave half a last line: whatever follows the last newline never counted.
        try:
            whole = [json.loads(line) for line in lines[:-1] if line]
        except ValueError as error:
            raise ExportError(f"{self.path}: the journal is damaged ({error})") from error
        if not whole or whole[0].get("plan") != self.plan_sha256:
            raise ExportError(f"{self.folder}: holds an unfinished export of another plan")
        done = {}
        for line in whole[1:]:
            files = line["files"]
            if all(
                name in present and hash_of(self.folder / name) == files[name] for name in files
            ):
                done[int(line["index"])] = dict(files)
        return done

    def _remove_half_images(self, present: set[str], done: dict[int, Files]) -> None:
        kept = {name for files in done.values() for name in files} | {JOURNAL}
        for name in present - kept:
            if name.split("/")[0] in ITEM_FOLDERS or name.endswith(TEMPORARY):
                (self.folder / name).unlink()


def _line(index: int, files: Files) -> str:
    return json.dumps({"index": index, "files": files}) + "\n"
