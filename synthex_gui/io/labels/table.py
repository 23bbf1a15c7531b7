"""Names and colours of labels: CSV or JSON beside the map, or Slicer's segment metadata.

Columns and keys are found by name, since every tool writes them differently.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from synthex_gui.core.files import stem
from synthex_gui.geometry.arrays import Label
from synthex_gui.io.errors import InputError
from synthex_gui.io.labels.colours import default_colour, parse_colour
from synthex_gui.io.text import parsed_json, read_text

ID_COLUMNS = ("id", "label", "index", "value", "labelvalue", "label_id", "intensity")
NAME_COLUMNS = ("name", "structure", "label_name", "labelname", "description", "text", "class")
COLOUR_COLUMNS = ("color", "colour", "hex", "rgb")
SIZE_LIMIT = 8 << 20


def find_table(path: Path) -> Path | None:
    """The ``.csv`` or ``.json`` of the same stem beside a label map, or None."""
    for ending in (".csv", ".json"):
        candidate = path.with_name(stem(path) + ending)
        if candidate.is_file():
            return candidate
    return None


def read_table(path: Path) -> tuple[Label, ...]:
    """Labels of a ``.csv`` or ``.json`` table, by id. Raises InputError naming what is missing."""
    text = read_text(path, SIZE_LIMIT, "a table of labels")
    rows = _json_rows(path, text) if path.suffix.lower() == ".json" else _csv_rows(path, text)
    labels: dict[int, Label] = {}
    for row in rows:
        label = _label(path, row)
        if label is None:
            continue
        if label.id in labels and labels[label.id].name != label.name:
            raise InputError(path, f"names label {label.id} twice")
        labels[label.id] = label
    if not labels:
        raise InputError(path, "holds no label")
    return tuple(labels[key] for key in sorted(labels))


def slicer_segments(
    path: Path, metadata: Mapping[str, str]
) -> tuple[tuple[int, int, str, str], ...]:
    """(layer, value, name, colour) of each segment in the key:=value lines of a ``.seg.nrrd``."""
    result = []
    for key, text in metadata.items():
        match = re.fullmatch(r"Segment(\d{1,5})_LabelValue", key)
        if not match:
            continue
        number = match.group(1)
        layer = metadata.get(f"Segment{number}_Layer", "0")
        if not (re.fullmatch(r"\d{1,5}", text) and re.fullmatch(r"\d{1,5}", layer)):
            raise InputError(path, f"its segment {number} has a damaged value or layer")
        name = metadata.get(f"Segment{number}_Name", "") or f"label-{text}"
        colour = parse_colour(metadata.get(f"Segment{number}_Color", ""))
        result.append((int(layer), int(text), name, colour or default_colour(int(number) + 1)))
    return tuple(result)


def _csv_rows(path: Path, text: str) -> list[dict[str, Any]]:
    first = text.split("\n", 1)[0]
    # Excel writes semicolons where the decimal mark is a comma.
    delimiter = max(",;\t", key=first.count)
    try:
        reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
        columns = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        rows = list(reader)
    except csv.Error as error:
        raise InputError(path, f"is not a readable CSV table ({error})") from error
    if not set(columns) & set(ID_COLUMNS) or not set(columns) & set(NAME_COLUMNS):
        raise InputError(path, "has no columns for id and name; its header must be id,name,color")
    return rows


def _json_rows(path: Path, text: str) -> list[dict[str, Any]]:
    data = parsed_json(path, text)
    if isinstance(data, dict):
        inner = data.get("labels", data.get("structures", data))
        if isinstance(inner, dict):
            return [_json_pair(key, value) for key, value in inner.items()]
        data = inner
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise InputError(path, "holds no list of labels")
    return [{str(key).lower(): value for key, value in row.items()} for row in data]


def _json_pair(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"id": key} | {str(name).lower(): item for name, item in value.items()}
    # Either {"1": "spleen"} or, as nnU-Net writes it, {"spleen": 1}.
    return {"id": key, "name": value} if isinstance(value, str) else {"id": value, "name": key}


def _label(path: Path, row: Mapping[str, Any]) -> Label | None:
    raw = next((row[name] for name in ID_COLUMNS if row.get(name) not in (None, "")), None)
    name = next((row[name] for name in NAME_COLUMNS if row.get(name) not in (None, "")), None)
    if raw is None and not name:
        return None
    if not re.fullmatch(r"\d{1,5}", str(raw).strip()):
        raise InputError(path, f"label id {raw!r} is not a whole number from 0 to 65535")
    number = int(str(raw).strip())
    if number > 65535:
        raise InputError(path, f"label id {number} is above 65535")
    if number == 0:
        return None
    return Label(
        number,
        str(name).strip() if name else f"label-{number}",
        _colour(row) or default_colour(number),
        str(row.get("group") or "").strip(),
    )


def _colour(row: Mapping[str, Any]) -> str | None:
    for column in COLOUR_COLUMNS:
        value = row.get(column)
        if isinstance(value, list):
            return parse_colour(",".join(str(item) for item in value))
        if value:
            return parse_colour(str(value))
    for names in (("r", "g", "b"), ("red", "green", "blue")):
        parts = [row.get(name) for name in names]
        if all(part not in (None, "") for part in parts):
            return parse_colour(",".join(str(part) for part in parts))
    return None
