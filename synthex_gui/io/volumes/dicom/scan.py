"""What a folder of DICOM files holds: series to choose from, each with the reason if unusable.

Grouped by header alone; pixels are not touched, names and dates are not kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.io.errors import InputError
from synthex_gui.io.loaded import SeriesInfo
from synthex_gui.io.volumes.dicom.header import KINDS, damage_named, read_header
from synthex_gui.io.volumes.dicom.planes import SliceHeader, planes_of

MAX_FILES = 50_000
XA_3D = "1.2.840.10008.5.1.4.1.1.13.1.1"


@dataclass(frozen=True)
class Series:
    """A series with its planes, unordered."""

    info: SeriesInfo
    planes: tuple[SliceHeader, ...]


@dataclass
class _Group:
    uid: str
    path: Path
    first: Any
    planes: list[SliceHeader] = field(default_factory=list)


def list_series(folder: Path | str, progress: Progress = no_progress) -> tuple[SeriesInfo, ...]:
    """The series below a folder (or in one file), usable ones first, largest first.

    Raises InputError when there is no DICOM file at all.
    """
    return tuple(series.info for series in scan(Path(folder), progress))


def scan(source: Path, progress: Progress = no_progress) -> tuple[Series, ...]:
    """All series below `source`, usable ones first, largest first; InputError when none."""
    files = [source] if source.is_file() else _files(source)
    groups: dict[tuple[Any, ...], _Group] = {}
    for done, path in enumerate(files):
        with damage_named(path):
            _sort_in(path, groups)
        progress(done + 1, len(files), "reading headers")
    if not groups:
        raise InputError(source, "holds no DICOM file")
    seen: dict[str, int] = {}
    result = []
    for group in sorted(groups.values(), key=lambda item: (-len(item.planes), item.uid)):
        seen[group.uid] = seen.get(group.uid, 0) + 1
        part = "" if seen[group.uid] == 1 else f"#{seen[group.uid]}"
        with damage_named(group.path):
            result.append(Series(_info(group, group.uid + part), tuple(group.planes)))
    return tuple(sorted(result, key=lambda item: bool(item.info.problem)))


def _sort_in(path: Path, groups: dict[tuple[Any, ...], _Group]) -> None:
    """Add a file's planes to the series, size and orientation that it belongs to."""
    header = read_header(path)
    if header is None:
        return
    uid = str(header.get("SeriesInstanceUID", ""))
    image_type = [str(word).upper() for word in header.get("ImageType", None) or []]
    planes = list(planes_of(path, header))
    turn = None
    if planes and planes[0].orientation:
        turn = tuple(round(value, 3) + 0.0 for value in planes[0].orientation)
    size = (int(header.get("Rows", 0) or 0), int(header.get("Columns", 0) or 0))
    key = (uid, size, turn, "LOCALIZER" in image_type, len(planes) > 1 and str(path))
    groups.setdefault(key, _Group(uid, path, header)).planes.extend(planes)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise InputError(folder, "does not exist")
    result = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith(".") and path.name != "DICOMDIR":
            result.append(path)
            if len(result) > MAX_FILES:
                raise InputError(folder, f"holds more than {MAX_FILES} files; choose one series")
    return sorted(result)


def _info(group: _Group, uid: str) -> SeriesInfo:
    header = group.first
    modality = str(header.get("Modality", "") or "")
    return SeriesInfo(
        uid,
        str(header.get("SeriesDescription", "") or ""),
        modality,
        len(group.planes),
        int(header.get("Rows", 0) or 0),
        int(header.get("Columns", 0) or 0),
        _problem(header, modality, group.planes),
    )


def _problem(header: Any, modality: str, planes: list[SliceHeader]) -> str:
    three_d_angiography = str(header.get("SOPClassUID", "")) == XA_3D
    if modality != "CT" and not three_d_angiography:
        return f"is {KINDS.get(modality, f'of modality {modality!r}')}, not a CT"
    if "LOCALIZER" in [str(word).upper() for word in header.get("ImageType", None) or []]:
        return "is a localizer (scout view), not a CT volume"
    if int(header.get("SamplesPerPixel", 1) or 1) != 1:
        return "is a colour image, not a CT"
    if len(planes) < 2:
        return "is a single slice, not a volume; open the folder that holds the whole series"
    if any(plane.position is None or plane.orientation is None for plane in planes):
        return "has slices without position or orientation, so their order is unknown"
    if any(plane.spacing is None or min(plane.spacing) <= 0 for plane in planes):
        return "has slices without pixel spacing"
    turn = np.array(planes[0].orientation).reshape(2, 3)
    if np.abs(turn @ turn.T - np.eye(2)).max() > 1e-3:
        return "has an orientation that is not a rotation"
    return ""
