"""The files that belong to one that a person chose: its voxels, and the names of its labels."""

from __future__ import annotations

from pathlib import Path

from synthex_gui.io.errors import InputError
from synthex_gui.io.labels.table import find_table
from synthex_gui.io.volumes import metaimage, nrrd
from synthex_gui.io.volumes.door import image_kind, stem


def parts_of(path: Path) -> tuple[Path, ...]:
    """The file, and the one with the voxels where its header names another.

    Raises InputError for a damaged header or a missing part.
    """
    try:
        kind = image_kind(path)
    except InputError:
        # A mesh or a table.
        return (path,)
    data = path
    if kind == "metaimage":
        data = metaimage.read_header(path).data_path
    elif kind == "nrrd":
        data = nrrd.read_header(path).data_path
    return (path,) if data == path else (path, data)


def table_beside(path: Path) -> Path | None:
    """The table of names that a label map would be read with; None for none."""
    return find_table(path, stem(path))
