"""The ``.synthex`` project file: plain JSON, relative POSIX paths, SHA-256, a format number."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import WriteError, write_whole
from synthex_gui.scene.migrations import MIGRATIONS, VERSION
from synthex_gui.scene.model import FileSource, MeshFile, Scene

FORMAT = "synthex-project"
# A scene is some kilobytes; anything larger is another file, and reading it takes the memory first.
MAX_BYTES = 64 * 1024 * 1024


class ProjectError(SynthexError):
    """A project that cannot be read or written; the text names the file and the reason."""


class NewerVersionError(ProjectError):
    """A project that a newer program wrote, and reads."""


def read_project(
    path: Path, say: Callable[[str], None] | None = None
) -> tuple[Scene, dict[str, Any]]:
    """(scene with absolute paths, the ``view`` block) of a project file.

    `say` hears what had to change in a file of an older version. Raises ProjectError for what is
    not a project, is damaged, names what it does not hold, or comes from a newer version.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ProjectError(f"{path}: too large for a project file")
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectError(f"{path}: {error.strerror or error}") from error
    # json recurses with the nesting: 100,000 brackets end it.
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{path}: not a project file, the JSON is damaged ({error})") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ProjectError(f"{path}: not a SyntheX project")
    version = data.get("version")
    if not isinstance(version, int) or version < 1:
        raise ProjectError(f"{path}: the project has no version number")
    if version > VERSION:
        raise NewerVersionError(
            f"{path}: made by a newer version of the program (format {version}, this one reads "
            f"up to {VERSION}); update the program"
        )
    for step in range(version, VERSION):
        data, notes = MIGRATIONS[step](data)
        if say is not None:
            for note in notes:
                say(f"{path.name}: {note}")
    try:
        scene = Scene.model_validate(data.get("scene"))
    except (ValidationError, RecursionError) as error:
        raise ProjectError(f"{path}: {_first_line(error)}") from error
    view = data.get("view")
    return _resolved(scene, path.resolve().parent), view if isinstance(view, dict) else {}


def write_project(path: Path, scene: Scene, view: dict[str, Any] | None = None) -> None:
    """Write a project whole or not at all; ProjectError names what failed.

    The file is written beside its target, flushed to disk and renamed over it.
    """
    document = {
        "format": FORMAT,
        "version": VERSION,
        "scene": _relative(scene, path.resolve().parent).model_dump(mode="json"),
        "view": view or {},
    }
    # Readable where a name is not English, and a line for each value in a version control's diff.
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ProjectError(
            f"{path}: a name in it is not UTF-8 ({text[error.start - 20 : error.end]!r}); "
            "rename the file or set a UTF-8 locale"
        ) from error
    try:
        write_whole(path, data)
    except WriteError as error:
        raise ProjectError(str(error)) from error


AnyFile = FileSource | MeshFile


def map_paths(scene: Scene, change: Callable[[str], str]) -> Scene:
    """The scene with every file path changed."""
    return map_files(scene, lambda source: source.evolve(path=change(source.path)))


def map_files(scene: Scene, change: Callable[[AnyFile], AnyFile]) -> Scene:
    """The scene with every reference to a file changed."""

    def of(source: Any) -> Any:
        return change(source) if isinstance(source, AnyFile) else source

    return scene.evolve(
        ct=of(scene.ct),
        labels=of(scene.labels),
        tools=tuple(tool.evolve(source=of(tool.source)) for tool in scene.tools),
    )


def _relative(scene: Scene, folder: Path) -> Scene:
    def change(path: str) -> str:
        absolute = Path(path).resolve()
        try:
            return PurePosixPath(Path(os.path.relpath(absolute, folder))).as_posix()
        except ValueError:  # another drive on Windows has no relative path
            return absolute.as_posix()

    return map_paths(scene, change)


def _resolved(scene: Scene, folder: Path) -> Scene:
    def change(path: str) -> str:
        # The operating system refuses it with a ValueError, wherever the path is first used.
        if "\0" in path:
            raise ProjectError("a path in the project holds a NUL character")
        return str((folder / path).resolve())

    return map_paths(scene, change)


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "scene"
        return f"{where}: {first['msg'].removeprefix('Value error, ')}"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
