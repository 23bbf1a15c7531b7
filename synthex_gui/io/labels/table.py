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
TABLE_ENDINGS = (".csv", ".json", ".tsv", ".txt", ".label", ".ctbl")
SIZE_LIMIT = 8 << 20
_RGB = r"(?P<r>\d{1,3})\s+(?P<g>\d{1,3})\s+(?P<b>\d{1,3})"
# ITK-SNAP: number, red, green, blue, opacity, two switches, "name".
SNAP_LINE = re.compile(
    rf'\s*(?P<id>\d{{1,5}})\s+{_RGB}\s+[\d.]+\s+[01]\s+[01]\s+"(?P<name>[^"]*)"\s*'
)
# Slicer: number, name, red, green, blue, opacity.
COLOUR_LINE = re.compile(rf"\s*(?P<id>\d{{1,5}})\s+(?P<name>[^\s,;]+)\s+{_RGB}\s+\d{{1,3}}\s*")


def find_table(path: Path) -> Path | None:
    """What holds the names of a label map's structures, or None: a table of the same stem beside
    it, or an nnU-Net data set's own.
    """
    for ending in TABLE_ENDINGS:
        candidate = path.with_name(stem(path) + ending)
        if candidate.is_file() and candidate != path:
            return candidate
    if path.parent.name.lower().startswith("labels"):
        for folder in (path.parent, path.parent.parent):
            if (folder / "dataset.json").is_file():
                return folder / "dataset.json"
    return None


def read_table(path: Path) -> tuple[Label, ...]:
    """Labels of a table by id: CSV, TSV or JSON, ITK-SNAP's label descriptions, Slicer's colours.

    Raises InputError naming what is missing.
    """
    text = read_text(path, SIZE_LIMIT, "a table of labels")
    if path.suffix.lower() == ".json":
        rows = _json_rows(path, text)
    else:
        rows = _described(text) or _csv_rows(path, text)
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


def _described(text: str) -> list[dict[str, Any]]:
    """Rows of ITK-SNAP's descriptions or of a Slicer colour table; none for anything else."""
    rows = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = SNAP_LINE.fullmatch(line) or COLOUR_LINE.fullmatch(line)
        if found is None:
            return []
        rows.append(dict(found.groupdict()))
    return rows


def embedded_labels(metadata: Mapping[str, str]) -> dict[int, Label]:
    """Id -> label of the names that a NIfTI file has in its own header's extensions."""
    found = {}
    for key, name in metadata.items():
        kind, _, number = key.partition(":")
        if kind == "label" and number.isdigit() and 0 < int(number) <= 65535:
            colour = parse_colour(metadata.get(f"colour:{number}", ""))
            found[int(number)] = Label(int(number), name, colour or default_colour(int(number)))
    return found


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
