"""Input files that a project names outside its own folder: another person's project may name any
file of this machine, and an export would take a picture of it.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import real
from synthex_gui.core.steps import Steps
from synthex_gui.io.child.pool import load_steps
from synthex_gui.scene.model import Scene
from synthex_gui.scene.project import ProjectError, named_sources
from synthex_gui.scene.sources import FileSource, MeshFile

# A folder of more files is no DICOM series; hashing it might take hours.
MOST_FILES = 20_000
SHOWN = 3


def outside(project: Path, scene: Scene) -> tuple[FileSource | MeshFile, ...]:
    """The references to what lies outside the project's folder tree, links followed; a glance."""
    folder = real(project).parent
    return tuple(
        source
        for _, source in named_sources(scene)
        if isinstance(source, FileSource | MeshFile)
        and not real(Path(source.path)).is_relative_to(folder)
    )


def unknown_outside(project: Path, scene: Scene) -> Steps[tuple[str, ...]]:
    """The paths outside the project's folder that a person has to be asked about.

    Not asked about is what the project names by its SHA-256 too: whoever saved it knew the file's
    content. Hashing runs in a child process; yields (done, total, text). Raises nothing of its own.
    """
    sources = outside(project, scene)
    unknown = []
    for index, source in enumerate(sources):
        yield index, len(sources), f"Checking {Path(source.path).name}"
        if not (yield from _is_known(source)):
            unknown.append(source.path)
    return tuple(dict.fromkeys(unknown))


def outside_text(project: Path, paths: tuple[str, ...]) -> str:
    """What to say of them in one line, without a remedy."""
    named = ", ".join(paths[:SHOWN]) + (f" and {len(paths) - SHOWN} more" if paths[SHOWN:] else "")
    return f"{project.name} names files outside its folder: {named}"


def refuse_outside(project: Path, scene: Scene) -> Steps[None]:
    """Raise ProjectError where `unknown_outside` finds something: for who cannot be asked."""
    paths = yield from unknown_outside(project, scene)
    if paths:
        text = outside_text(project, paths)
        raise ProjectError(
            f"{text}; move them into it, or give --allow-outside if you trust whoever made it"
        )


def _is_known(source: FileSource | MeshFile) -> Steps[bool]:
    path = Path(source.path)
    if source.sha256 is None or not (path.is_file() or _is_small(path)):
        return False
    try:
        digest = yield from load_steps("sha256", path)
    except SynthexError:
        return False
    return bool(digest == source.sha256)


def _is_small(folder: Path) -> bool:
    return folder.is_dir() and len(list(islice(folder.rglob("*"), MOST_FILES))) < MOST_FILES
