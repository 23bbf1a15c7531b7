"""What a folder of DICOM files holds: series to choose from, each with the reason if unusable.

Grouped by header alone; pixels are not touched, names and dates are not kept.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from synthex_gui.io.errors import InputError
from synthex_gui.io.loaded import SeriesInfo
from synthex_gui.io.progress import Progress, no_progress

MAX_FILES = 50_000
DEFLATED = "1.2.840.10008.1.2.1.99"
DEFLATED_LIMIT = 256 << 20
KINDS = {
    "MR": "a magnetic resonance image",
    "US": "an ultrasound image",
    "PT": "a PET image",
    "NM": "a nuclear medicine image",
    "SEG": "a DICOM segmentation",
    "RTDOSE": "a radiotherapy dose",
    "RTSTRUCT": "a radiotherapy structure set",
    "RTPLAN": "a radiotherapy plan",
    "CR": "a radiograph",
    "DX": "a radiograph",
    "MG": "a mammogram",
    "RF": "a fluoroscopy image",
    "XA": "an angiography image",
    "SR": "a report",
    "PR": "a presentation state",
    "KO": "a list of key images",
    "REG": "a registration",
    "SC": "a screen capture",
    "OT": "an image of another kind",
}
XA_3D = "1.2.840.10008.5.1.4.1.1.13.1.1"


@dataclass(frozen=True)
class SliceHeader:
    """One image plane: `position` (3,) and `orientation` (6,) in LPS, `spacing` (rows, columns)
    in mm; `frame` its index in a multi-frame file; `padding` stored values without data.
    """

    path: Path
    frame: int
    number: int
    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, ...] | None
    slope: float | None
    intercept: float | None
    padding: tuple[float, float] | None


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


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn whatever pydicom raises on damaged data, at once or when an element is first used,
    into an InputError that names the file.
    """
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:
        # The library's text may quote an element, a patient's name among them.
        kind = type(error).__name__
        raise InputError(path, f"is damaged or cut short ({kind}); copy it again") from error


def read_header(path: Path) -> Any | None:
    """A file's data set without pixels; None when it is not a DICOM image header.

    Raises InputError for damage, or a deflated file that unpacks to more than any image needs.
    """
    with damage_named(path):
        with path.open("rb") as stream:
            first = stream.read(132)
        marked = first[128:132] == b"DICM"
        if not marked and path.suffix.lower() not in (".dcm", ".ima", ".dicom"):
            return None
        if marked:
            meta = pydicom.filereader.read_file_meta_info(path)
            if str(meta.get("TransferSyntaxUID", "")) == DEFLATED:
                _refuse_deflate_bomb(path)
        header = pydicom.dcmread(path, stop_before_pixels=True, force=not marked)
        if "SOPClassUID" not in header or "DirectoryRecordSequence" in header:
            return None
        return header


def _sort_in(path: Path, groups: dict[tuple[Any, ...], _Group]) -> None:
    """Add a file's planes to the series, size and orientation that it belongs to."""
    header = read_header(path)
    if header is None:
        return
    uid = str(header.get("SeriesInstanceUID", ""))
    image_type = [str(word).upper() for word in header.get("ImageType", None) or []]
    planes = list(_planes(path, header))
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


def _refuse_deflate_bomb(path: Path) -> None:
    inflater = zlib.decompressobj(-15)
    total = 0
    with path.open("rb") as stream:
        stream.seek(132)
        # The group length element tells where the deflated part begins.
        head = stream.read(12)
        stream.seek(132 + 12 + int.from_bytes(head[8:12], "little"))
        pending = stream.read(1 << 16)
        while pending and not inflater.eof:
            total += len(inflater.decompress(pending, 1 << 20))
            if total > DEFLATED_LIMIT:
                raise InputError(path, "unpacks to more than any image needs; refused")
            pending = inflater.unconsumed_tail or stream.read(1 << 16)


def _planes(path: Path, header: Any) -> Iterator[SliceHeader]:
    frames = _integer(header.get("NumberOfFrames", 1)) or 1
    shared = _first(header.get("SharedFunctionalGroupsSequence"))
    each = header.get("PerFrameFunctionalGroupsSequence") or []
    for index in range(max(1, min(frames, len(each) or 1))):
        groups = [header]
        if frames > 1 or each:
            own = each[index] if index < len(each) else None
            groups = [group for group in (own, shared) if group is not None] + [header]

        def find(sequence: str, name: str, groups: list[Any] = groups) -> Any:
            for group in groups:
                item = _first(group.get(sequence))
                if item is not None and item.get(name) is not None:
                    return item.get(name)
            return groups[-1].get(name)

        low = header.get("PixelPaddingValue")
        limit = header.get("PixelPaddingRangeLimit", low)
        padding = None
        if isinstance(low, int | float) and isinstance(limit, int | float):
            padding = (float(min(low, limit)), float(max(low, limit)))
        yield SliceHeader(
            path,
            index,
            _integer(header.get("InstanceNumber", 0)) * 100_000 + index,
            _floats(find("PlanePositionSequence", "ImagePositionPatient"), 3),
            _floats(find("PlaneOrientationSequence", "ImageOrientationPatient"), 6),
            _floats(find("PixelMeasuresSequence", "PixelSpacing"), 2),
            _float(find("PixelValueTransformationSequence", "RescaleSlope")),
            _float(find("PixelValueTransformationSequence", "RescaleIntercept")),
            padding,
        )


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


def _first(sequence: Any) -> Any | None:
    return sequence[0] if sequence else None


def _floats(value: Any, count: int) -> tuple[float, ...] | None:
    try:
        numbers = tuple(float(item) for item in value)
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else None


def _float(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _integer(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
