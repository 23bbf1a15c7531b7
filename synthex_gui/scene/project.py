"""The ``.synthex`` project file: plain JSON, relative POSIX paths, SHA-256, a format number."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from pydantic import ValidationError

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import WriteError, absolute, real, write_whole
from synthex_gui.core.text import TextError, json_of, shown, text_of
from synthex_gui.core.wording import fault_of
from synthex_gui.scene.cases import Case
from synthex_gui.scene.migrations import MIGRATIONS, VERSION
from synthex_gui.scene.model import Scene
from synthex_gui.scene.sources import FileSource, MeshFile, ToolSource, VolumeSource

FORMAT = "synthex-project"
# A scene is some kilobytes; anything larger is another file, and reading it takes the memory first.
MAX_BYTES = 64 * 1024 * 1024
# Linux takes 4096 bytes, the others fewer.
MOST_PATH_BYTES = 4096
REMEDY = "open an older copy of it"


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
        data = json_of(text_of(path, MAX_BYTES, "a project"))
    except TextError as error:
        raise ProjectError(f"{path}: {error}; {REMEDY}") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ProjectError(f"{path}: is not a SyntheX project")
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ProjectError(f"{path}: has no version number, so it is damaged; {REMEDY}")
    if version > VERSION:
        raise NewerVersionError(
            f"{path}: made by a newer version of the program (format {shown(version)}, this one "
            f"reads up to {VERSION}); update the program"
        )
    for step in range(version, VERSION):
        data, notes = MIGRATIONS[step](data)
        if say is not None:
            for note in notes:
                say(f"{path.name}: {note}")
    try:
        scene = Scene.model_validate(data.get("scene"))
    except ValidationError as error:
        fault = fault_of(error, data.get("scene"), "the scene")
        raise ProjectError(f"{path}: {fault}; correct the file, or {REMEDY}") from error
    view = data.get("view")
    return _resolved(path, scene), view if isinstance(view, dict) else {}


def write_project(path: Path, scene: Scene, view: dict[str, Any] | None = None) -> None:
    """Write a project whole or not at all; ProjectError names what failed.

    The file is written beside its target, flushed to disk and renamed over it.
    """
    document = {
        "format": FORMAT,
        "version": VERSION,
        "scene": _relative(scene, real(path).parent).model_dump(mode="json"),
        "view": view or {},
    }
    # Readable where a name is not English, and a line for each value in a version control's diff.
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        line = next(line for line in text.splitlines() if text[error.start] in line)
        raise ProjectError(
            f"{path}: a name in it is not UTF-8 ({line.strip().rstrip(',')!r}); "
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

    changed = scene.evolve(
        ct=of(scene.ct),
        labels=of(scene.labels),
        tools=tuple(tool.evolve(source=of(tool.source)) for tool in scene.tools),
    )
    plan = scene.plan
    if plan is None or plan.study is None or not plan.study.cases:
        return changed
    cases = tuple(
        case.evolve(ct=of(case.ct), labels=of(case.labels)) if isinstance(case, Case) else case
        for case in plan.study.cases
    )
    return changed.evolve(plan=plan.evolve(study=plan.study.evolve(cases=cases)))


def named_sources(scene: Scene) -> Iterator[tuple[str, VolumeSource | ToolSource]]:
    """(role, reference) of everything that a scene and the cases of its plan are made from."""
    found: list[tuple[str, Any]] = [("ct", scene.ct), ("labels", scene.labels)]
    found += [(f"tool {tool.name}", tool.source) for tool in scene.tools]
    study = None if scene.plan is None else scene.plan.study
    for case in () if study is None else study.cases:
        if isinstance(case, Case):
            found += [(f"{case.name} ct", case.ct), (f"{case.name} labels", case.labels)]
    yield from ((role, source) for role, source in found if source is not None)


def _relative(scene: Scene, folder: Path) -> Scene:
    def change(path: str) -> str:
        place = absolute(Path(path))
        try:
            return PurePosixPath(Path(os.path.relpath(place, folder))).as_posix()
        except ValueError:  # another drive on Windows has no relative path
            return place.as_posix()

    return map_paths(scene, change)


def _resolved(project: Path, scene: Scene) -> Scene:
    folder = real(project).parent

    def change(path: str) -> str:
        problem = _path_problem(folder, path)
        if problem:
            raise ProjectError(f"{project}: its path {shown(path)} {problem}")
        return str(absolute(folder / path))

    return map_paths(scene, change)


def _path_problem(folder: Path, path: str) -> str:
    """What no system would open, or open as something else than the project means."""
    if not path:
        return "is empty; a path names a file"
    # The operating system refuses both with a ValueError, wherever the path is first used.
    if "\0" in path:
        return "holds a NUL character, which no file name has"
    try:
        length = len(os.fsencode(path))
    except UnicodeEncodeError:
        return "holds half a character, which no file name has"
    if length > MOST_PATH_BYTES:
        return "is longer than any path"
    # A file may be called so.
    if os.path.lexists(folder / path):
        return ""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", path):
        return "is a URL; save the file and name its place"
    if os.name == "posix" and ("\\" in path or PureWindowsPath(path).drive):
        return "is one of Windows; name its place on this system"
    return ""
