"""Landmarks: Slicer's ``.mrk.json`` and ``.fcsv``, and our own JSON. Always LPS mm afterwards.

Our file: ``{"frame": "LPS", "unit": "mm", "landmarks": [{"name": ..., "position": [x, y, z]}]}``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synthex_gui.core.text import shown
from synthex_gui.geometry.arrays import Landmark
from synthex_gui.io.errors import InputError
from synthex_gui.io.loaded import LoadedLandmarks
from synthex_gui.io.text import parsed_json, read_text

SIZE_LIMIT = 32 << 20
# As `scene.model.LandmarkItem` has it; room for the number of a name that is there twice.
LONGEST_NAME = 90
FARTHEST_MM = 1e6
# Slicer wrote numbers before names: 0 was RAS, 1 was LPS.
SIGN_OF_FRAME = {"LPS": 1.0, "1": 1.0, "RAS": -1.0, "0": -1.0}
MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "um": 1e-3}
# Markups whose control points are places that somebody pointed at. Those of a plane or a region
# only hold its handles.
POINTED = frozenset({"fiducial", "pointlist", "line", "curve", "closedcurve", "angle"})


def read_landmarks(path: Path | str) -> LoadedLandmarks:
    """Landmarks in file order, LPS mm, every name there once, with warnings.

    Raises InputError: unknown frame or unit, damaged numbers, nothing placed.
    """
    source = Path(path).expanduser()
    text = read_text(source, SIZE_LIMIT, "landmarks (.mrk.json, .fcsv or .json)")
    said: list[str] = []
    if source.suffix.lower() == ".fcsv":
        result = _read_fcsv(source, text, said)
    else:
        data = parsed_json(source, text)
        if not isinstance(data, dict):
            raise InputError(source, "holds no landmarks")
        result = _read_slicer(source, data, said) if "markups" in data else _read_own(source, data)
    if not result:
        raise InputError(source, "; ".join(["holds no landmarks", *said]))
    return LoadedLandmarks(tuple(_told_apart(result, said)), tuple(said))


def _told_apart(landmarks: list[Landmark], said: list[str]) -> Iterator[Landmark]:
    """Each with a name of its own: nothing that is written may take another's place."""
    taken = {item.name for item in landmarks}
    seen: set[str] = set()
    unnamed = doubled = 0
    for number, item in enumerate(landmarks, start=1):
        name = item.name or f"landmark-{number}"
        unnamed += not item.name
        doubled += name in seen
        other, wanted = 2, name
        while name in seen or (name != item.name and name in taken):
            name = f"{wanted}-{other}"
            other += 1
        seen.add(name)
        yield Landmark(name, item.position)
    if unnamed:
        said.append(f"{unnamed} landmarks have no name; they are numbered")
    if doubled:
        said.append(f"{doubled} names are there more than once; they are numbered")


def _read_own(path: Path, data: dict[str, Any]) -> list[Landmark]:
    items = data.get("landmarks")
    if not isinstance(items, list):
        raise InputError(path, 'holds no "landmarks"')
    sign = _sign(path, data.get("frame"))
    scale = _scale(path, data.get("unit"))
    return [_landmark(path, _object(path, item), "name", sign, scale) for item in items]


def _read_slicer(path: Path, data: dict[str, Any], said: list[str]) -> list[Landmark]:
    result: list[Landmark] = []
    markups = data["markups"]
    if not isinstance(markups, list):
        raise InputError(path, 'its "markups" are damaged')
    missing = 0
    for markup in markups:
        markup = _object(path, markup)
        kind = str(markup.get("type") or "Fiducial")
        if kind.lower() not in POINTED:
            said.append(f"a {kind} was left out: its handles are no landmarks")
            continue
        sign = _sign(path, markup.get("coordinateSystem"))
        unit = markup.get("coordinateUnits", "mm")
        # Slicer's schema allows a word or a coded entry that begins with it.
        scale = _scale(path, unit[0] if isinstance(unit, list) and unit else unit or "mm")
        points = markup.get("controlPoints", [])
        if not isinstance(points, list):
            raise InputError(path, 'its "controlPoints" are damaged')
        for item in points:
            point = _object(path, item)
            if point.get("positionStatus", "defined") == "defined":
                result.append(_landmark(path, point, "label", sign, scale))
            else:
                missing += 1
    if missing:
        said.append(f"{missing} points were never placed; they are left out")
    return result


def _read_fcsv(path: Path, text: str, said: list[str]) -> list[Landmark]:
    frame: str | None = None
    columns = ["id", "x", "y", "z"]
    result = []
    rows = []
    for line in text.splitlines():
        if line.startswith("#"):
            key, _, value = line[1:].partition("=")
            if key.strip() == "CoordinateSystem":
                frame = value.strip()
            elif key.strip() == "columns":
                columns = [name.strip() for name in value.split(",")]
            elif key.strip().startswith("Fiducial List file"):
                # Slicer 3 and 4.0 knew one frame and did not name it.
                frame = "RAS"
                said.append("a fiducial list of Slicer 3: taken as RAS, as Slicer wrote it")
        elif line.strip():
            rows.append(line)
    sign = _sign(path, frame)
    try:
        table = list(csv.reader(rows))
    except csv.Error as error:
        raise InputError(path, f"is not a readable table ({error})") from error
    # Slicer writes every column of every line, empty or not: a short last line lost its end.
    if table and len(table[-1]) < len(table[0]):
        raise InputError(path, "is cut short in its last line; copy it again")
    for row in table:
        cells = dict(zip(columns, row, strict=False))
        name = cells.get("label") or ""
        numbers = [cells.get(axis) for axis in "xyz"]
        result.append(_landmark(path, {"label": name, "position": numbers}, "label", sign))
    return result


def _scale(path: Path, unit: Any) -> float:
    # JSON may hold a list or an object here, which no table can be asked for.
    if not isinstance(unit, str) or unit not in MM_PER_UNIT:
        raise InputError(path, f"its unit is {unit!r}; it must be one of {', '.join(MM_PER_UNIT)}")
    return MM_PER_UNIT[unit]


def _sign(path: Path, frame: Any) -> float:
    sign = SIGN_OF_FRAME.get(str(frame).strip().upper()) if frame is not None else None
    if sign is None:
        raise InputError(path, f"does not say whether it is LPS or RAS (found {frame!r})")
    return sign


def _object(path: Path, item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise InputError(path, "holds something that is not a landmark")
    return item


def _landmark(
    path: Path, item: dict[str, Any], name_key: str, sign: float, mm_per_unit: float = 1.0
) -> Landmark:
    name = str(item.get(name_key) or "").strip()
    try:
        x, y, z = (mm_per_unit * float(value) for value in item["position"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(path, f"landmark {name!r} has no position of three numbers") from error
    if len(name) > LONGEST_NAME:
        raise InputError(path, f"landmark {shown(name)} has more than {LONGEST_NAME} characters")
    if not all(math.isfinite(value) for value in (x, y, z)):
        raise InputError(path, f"the position of landmark {name!r} is not finite")
    if max(abs(x), abs(y), abs(z)) > FARTHEST_MM:
        raise InputError(
            path, f"landmark {name!r} lies more than a kilometre from the origin; damaged?"
        )
    return Landmark(name, (sign * x + 0.0, sign * y + 0.0, z + 0.0))
