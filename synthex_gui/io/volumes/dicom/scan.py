"""What a folder of DICOM files holds: series to choose from, each with the reason if unusable.

Grouped by header alone; pixels are not touched, names and dates are not kept.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.io.errors import InputError, not_there
from synthex_gui.io.loaded import SeriesInfo
from synthex_gui.io.volumes.dicom.header import damage_named, read_header
from synthex_gui.io.volumes.dicom.kinds import is_localizer, problem_of, remarks_of
from synthex_gui.io.volumes.dicom.planes import SliceHeader, planes_of
from synthex_gui.io.volumes.dicom.split import Group, by_phase, joined, turned_alike, without_copies
from synthex_gui.io.volumes.dicom.values import text_of, whole_of

MAX_FILES = 50_000
Unreadable = tuple[Path, str]


@dataclass(frozen=True)
class Series:
    """A series with its planes, unordered; `unreadable` the files beside them that are empty, cut
    or damaged, and why: they may belong to it. `remarks` one line each.
    """

    info: SeriesInfo
    planes: tuple[SliceHeader, ...]
    remarks: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


def list_series(folder: Path | str, progress: Progress = no_progress) -> tuple[SeriesInfo, ...]:
    """The series below a folder (or in one file), usable ones first, largest first.

    Raises InputError when there is no DICOM file at all.
    """
    return tuple(series.info for series in scan(Path(folder), progress))


def scan(source: Path, progress: Progress = no_progress) -> tuple[Series, ...]:
    """All series below `source`, usable ones first, largest first; InputError when none."""
    files = [source] if source.is_file() else _files(source)
    sorted_in: dict[Hashable, list[Group]] = {}
    broken: list[Unreadable] = []
    foreign: list[Path] = []
    for done, path in enumerate(files):
        try:
            with damage_named(path):
                if not _sort_in(path, sorted_in):
                    foreign.append(path)
        except InputError as error:
            if len(files) == 1:
                raise
            broken.append((path, error.reason))
        progress(done + 1, len(files), "reading headers")
    groups = [group for alike in sorted_in.values() for group in alike]
    if not groups:
        if broken:
            raise InputError(*broken[0])
        raise InputError(source, "holds no DICOM file")
    broken += _strays(foreign, groups)
    groups = joined([without_copies(group) for group in groups], _identity)
    groups = [part for group in groups for part in by_phase(group)]
    return _series(groups, broken)


def _series(groups: list[Group], broken: Sequence[Unreadable]) -> tuple[Series, ...]:
    seen: dict[str, int] = {}
    result = []
    for group in sorted(groups, key=lambda item: (-len(item.planes), item.uid, item.part)):
        seen[group.uid] = seen.get(group.uid, 0) + 1
        part = "" if seen[group.uid] == 1 else f"#{seen[group.uid]}"
        folders = {plane.path.parent for plane in group.planes}
        with damage_named(group.path):
            remarks = (*group.remarks, *remarks_of(group.first))
            info = _info(group, group.uid + part, remarks)
        beside = tuple(item for item in broken if item[0].parent in folders)
        result.append(Series(info, tuple(group.planes), remarks, beside))
    return tuple(sorted(result, key=lambda item: bool(item.info.problem)))


def _sort_in(path: Path, groups: dict[Hashable, list[Group]]) -> bool:
    """Add a file's planes to the series, size and orientation that it belongs to; False for a file
    that is no DICOM image.
    """
    header = read_header(path)
    if header is None:
        return False
    planes = list(planes_of(path, header))
    new = Group(text_of(header, "SeriesInstanceUID"), path, header)
    # A multi-frame file is a volume of its own.
    file = path if len(planes) > 1 else None
    alike = groups.setdefault(
        (new.uid, text_of(header, "Modality"), _size(new), is_localizer(header), file), []
    )
    home = next((group for group in alike if turned_alike(group.planes[0], planes[0])), None)
    if home is None:
        home = new
        alike.append(new)
    home.add(planes, header)
    return True


def _identity(group: Group) -> Hashable:
    """What slices of one volume have in common."""
    names = ("StudyInstanceUID", "FrameOfReferenceUID", "Modality", "SOPClassUID")
    texts = tuple(text_of(group.first, name) for name in names)
    return texts, _size(group), group.planes[0].spacing, is_localizer(group.first)


def _strays(foreign: Sequence[Path], groups: Sequence[Group]) -> list[Unreadable]:
    """Files that are no DICOM but are numbered like the images beside them."""
    patterns: dict[Path, set[str]] = defaultdict(set)
    for group in groups:
        for plane in group.planes:
            patterns[plane.path.parent].add(_pattern(plane.path))
    return [
        (path, "is empty" if not path.stat().st_size else "is no DICOM file")
        for path in foreign
        if _pattern(path) in patterns[path.parent]
    ]


def _pattern(path: Path) -> str:
    return re.sub(r"\d+", "#", path.name.lower())


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise not_there(folder)
    result = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith(".") and path.name != "DICOMDIR":
            result.append(path)
            if len(result) > MAX_FILES:
                raise InputError(folder, f"holds more than {MAX_FILES} files; choose one series")
    return sorted(result)


def _size(group: Group) -> tuple[int, int]:
    return whole_of(group.first, "Rows"), whole_of(group.first, "Columns")


def _info(group: Group, uid: str, remarks: tuple[str, ...]) -> SeriesInfo:
    rows, columns = _size(group)
    named = text_of(group.first, "SeriesDescription")
    return SeriesInfo(
        uid,
        ", ".join(part for part in (named, group.part, *remarks[:1]) if part),
        text_of(group.first, "Modality"),
        len(group.planes),
        rows,
        columns,
        problem_of(group.first, group.planes),
    )
