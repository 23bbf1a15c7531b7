"""Landmarks: Slicer's ``.mrk.json`` and ``.fcsv``, and our own JSON. Always LPS mm afterwards.

Our file: ``{"frame": "LPS", "unit": "mm", "landmarks": [{"name": ..., "position": [x, y, z]}]}``.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

from synthex_gui.geometry.arrays import Landmark
from synthex_gui.io.errors import InputError
from synthex_gui.io.text import parsed_json, read_text

SIZE_LIMIT = 32 << 20
# Slicer wrote numbers before names: 0 was RAS, 1 was LPS.
SIGN_OF_FRAME = {"LPS": 1.0, "1": 1.0, "RAS": -1.0, "0": -1.0}


def read_landmarks(path: Path | str) -> tuple[Landmark, ...]:
    """Landmarks in file order, LPS mm. Raises InputError: unknown frame, unit, damaged numbers."""
    source = Path(path).expanduser()
    text = read_text(source, SIZE_LIMIT, "landmarks (.mrk.json, .fcsv or .json)")
    if source.suffix.lower() == ".fcsv":
        result = _read_fcsv(source, text)
    else:
        data = parsed_json(source, text)
        if not isinstance(data, dict):
            raise InputError(source, "holds no landmarks")
        result = _read_slicer(source, data) if "markups" in data else _read_own(source, data)
    if not result:
        raise InputError(source, "holds no landmarks")
    return tuple(result)


def _read_own(path: Path, data: dict[str, Any]) -> list[Landmark]:
    items = data.get("landmarks")
    if not isinstance(items, list):
        raise InputError(path, 'holds no "landmarks"')
    sign = _sign(path, data.get("frame"))
    if data.get("unit") != "mm":
        raise InputError(path, f'its unit is {data.get("unit")!r}; it must be "mm"')
    return [_landmark(path, _object(path, item), "name", sign) for item in items]


def _read_slicer(path: Path, data: dict[str, Any]) -> list[Landmark]:
    result = []
    markups = data["markups"]
    if not isinstance(markups, list):
        raise InputError(path, 'its "markups" are damaged')
    for markup in markups:
        markup = _object(path, markup)
        sign = _sign(path, markup.get("coordinateSystem"))
        unit = markup.get("coordinateUnits", "mm")
        # Slicer's schema allows a word or a coded entry that begins with it.
        if (unit[0] if isinstance(unit, list) and unit else unit or "mm") != "mm":
            raise InputError(path, f"its unit is {unit!r}; it must be mm")
        points = markup.get("controlPoints", [])
        if not isinstance(points, list):
            raise InputError(path, 'its "controlPoints" are damaged')
        for item in points:
            point = _object(path, item)
            if point.get("positionStatus", "defined") == "defined":
                result.append(_landmark(path, point, "label", sign))
    return result


def _read_fcsv(path: Path, text: str) -> list[Landmark]:
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
        elif line.strip():
            rows.append(line)
    sign = _sign(path, frame)
    try:
        table = list(csv.reader(rows))
    except csv.Error as error:
        raise InputError(path, f"is not a readable table ({error})") from error
    if table and len(table[-1]) < len(table[0]):
        raise InputError(path, "is cut short in its last line; copy it again")
    for row in table:
        cells = dict(zip(columns, row, strict=False))
        name = cells.get("label") or cells.get("id") or ""
        numbers = [cells.get(axis) for axis in "xyz"]
        result.append(_landmark(path, {"label": name, "position": numbers}, "label", sign))
    return result


def _sign(path: Path, frame: Any) -> float:
    sign = SIGN_OF_FRAME.get(str(frame).strip().upper()) if frame is not None else None
    if sign is None:
        raise InputError(path, f"does not say whether it is LPS or RAS (found {frame!r})")
    return sign


def _object(path: Path, item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise InputError(path, "holds something that is not a landmark")
    return item


def _landmark(path: Path, item: dict[str, Any], name_key: str, sign: float) -> Landmark:
    name = str(item.get(name_key) or "").strip()
    try:
        x, y, z = (float(value) for value in item["position"])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(path, f"landmark {name!r} has no position of three numbers") from error
    if not all(math.isfinite(value) for value in (x, y, z)):
        raise InputError(path, f"the position of landmark {name!r} is not finite")
    return Landmark(name, (sign * x + 0.0, sign * y + 0.0, z + 0.0))
