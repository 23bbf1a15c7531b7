"""The manifest: what a data set is made from and the hash of every file in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from synthex_gui.export.dataset import FORMAT, MANIFEST, label_path
from synthex_gui.export.provenance import nameless, versions
from synthex_gui.export.writers.base import File, Series

CAMERA_CONVENTION = "synthex-camera-1"


def manifest_files(series: Series) -> Iterator[File]:
    """One file; its presence says that the series is whole, so it must be the last."""
    plan = series.scene.plan
    manifest = {
        "format": FORMAT,
        "plan_sha256": series.plan_sha256,
        "images": series.count,
        "seed": plan.seed if plan is not None else None,
        "structures": list(series.structures),
        "backends": backends_used(series.folder, series.count),
        "camera_convention": CAMERA_CONVENTION,
        "versions": versions(),
        "inputs": series.inputs,
        "scene": nameless(series.scene).model_dump(mode="json"),
        **_said(series.folder, series.count),
        "files": [
            {
                "path": name,
                "sha256": series.files[name],
                "bytes": (series.folder / name).stat().st_size,
            }
            for name in sorted(series.files)
        ],
    }
    text = json.dumps(manifest, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    yield MANIFEST, text.encode()


def backends_used(folder: Path, count: int) -> dict[str, str]:
    """Kind of backend -> the images that it made, such as ``{"cuda": "0-2, 4", "cpu": "3"}``.

    Read from the images' own records, for an export may have been resumed elsewhere.
    """
    made: dict[str, list[int]] = {}
    for index in range(count):
        record = json.loads((folder / label_path(index)).read_text(encoding="utf-8"))
        made.setdefault(record["backend"], []).append(index)
    return {kind: _ranges(made[kind]) for kind in sorted(made)}


def notices_of(folder: Path, count: int) -> dict[str, str]:
    """What was said of images -> the images, such as ``{"the CT is not in the beam ...": "3-7"}``;
    empty for most series.
    """
    found: dict[str, list[int]] = {}
    for index in range(count):
        record = json.loads((folder / label_path(index)).read_text(encoding="utf-8"))
        for text in record.get("notices", ()):
            found.setdefault(text, []).append(index)
    return {text: _ranges(found[text]) for text in sorted(found)}


def unseen_in(folder: Path, count: int) -> list[str]:
    """The structures and tools that no image of a series shows, in the order of its masks."""
    seen: dict[str, bool] = {}
    for index in range(count):
        record = json.loads((folder / label_path(index)).read_text(encoding="utf-8"))
        for mask in record["masks"]:
            seen[mask["name"]] = seen.get(mask["name"], False) or mask["bbox"] is not None
    return [name for name, is_seen in seen.items() if not is_seen]


def _said(folder: Path, count: int) -> dict[str, dict[str, str]]:
    notices = notices_of(folder, count)
    return {"notices": notices} if notices else {}


def _ranges(indices: list[int]) -> str:
    parts = []
    # Along a run without gaps, index and place rise together.
    for _, run in groupby(enumerate(indices), lambda item: item[1] - item[0]):
        members = [index for _, index in run]
        parts.append(str(members[0]) if len(members) == 1 else f"{members[0]}-{members[-1]}")
    return ", ".join(parts)
