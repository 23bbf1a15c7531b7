"""Which reader a kind of input has, and about how much memory it will want."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthex_gui.core.steps import Progress
from synthex_gui.io.hashing import sha256_of
from synthex_gui.io.labels.look import is_label_map
from synthex_gui.io.labels.map import read_labels
from synthex_gui.io.landmarks import read_landmarks
from synthex_gui.io.meshes.door import read_mesh
from synthex_gui.io.volumes.door import declared_bytes, list_series, read_volume
from synthex_gui.io.xray import read_xray


@dataclass(frozen=True)
class Reader:
    """`read(path, progress=..., **options)`; `bytes_needed(path)` what its result may take."""

    read: Callable[..., Any]
    bytes_needed: Callable[[Path], int]


def _landmarks(path: str, progress: Progress) -> Any:
    progress(0, 1, "reading")
    return read_landmarks(path)


def _mesh_bytes(path: Path) -> int:
    # A binary STL spends 50 bytes on a triangle, finding its neighbours some 500.
    return 12 * path.stat().st_size


READERS: Mapping[str, Reader] = {
    "volume": Reader(read_volume, declared_bytes),
    "series": Reader(list_series, lambda _: 0),
    "is-labels": Reader(is_label_map, declared_bytes),
    "labels": Reader(read_labels, declared_bytes),
    "landmarks": Reader(_landmarks, lambda _: 0),
    "mesh": Reader(read_mesh, _mesh_bytes),
    "xray": Reader(read_xray, lambda path: 32 * path.stat().st_size),
    "sha256": Reader(sha256_of, lambda _: 0),
}
