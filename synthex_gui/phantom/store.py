"""Phantoms on disk: a per-user cache, and files for other programs."""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from numpy.typing import NDArray

from synthex_gui.core.steps import Steps, run_to_end
from synthex_gui.geometry.arrays import Grid, LabelMap, Landmark, Volume
from synthex_gui.phantom.build import Phantom, build
from synthex_gui.phantom.tables.labels import TABLE
from synthex_gui.phantom.trunk.parameters import PhantomError, PhantomParameters

log = logging.getLogger(__name__)

_RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def write_files(phantom: Phantom, folder: Path) -> tuple[Path, ...]:
    """Write `ct.nii.gz`, `labels.nii.gz`, `labels.csv`, `landmarks.json` (the 14 of the hip) and
    `truth.json` (see `phantom_truth`); equal bytes each time.

    Raises PhantomError when the folder cannot be written.
    """
    names = ("ct.nii.gz", "labels.nii.gz", "labels.csv", "landmarks.json", "truth.json")
    paths = tuple(folder / name for name in names)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(paths[0], lambda path: _write_nifti(phantom.ct.values, phantom.ct.grid, path))
        _replace(
            paths[1], lambda path: _write_nifti(phantom.labels.values, phantom.labels.grid, path)
        )
        _write_text(paths[2], label_csv(phantom.labels))
        _write_text(paths[3], landmark_json(phantom.landmarks))
        _write_text(paths[4], json.dumps(phantom.truth, indent=1) + "\n")
    except OSError as error:
        raise PhantomError(f"{folder}: cannot write the phantom ({error.strerror})") from error
    return paths


def label_csv(labels: LabelMap) -> str:
    """The label table as CSV text with the header `id,name,color,group`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "name", "color", "group"])
    writer.writerows([row.id, row.name, row.color, row.group] for row in labels.table)
    return text.getvalue()


def landmark_json(landmarks: tuple[Landmark, ...]) -> str:
    """The landmarks as JSON text, LPS mm, rounded to a micrometre."""
    rows = [
        {"name": mark.name, "position": [round(v, 3) for v in mark.position]} for mark in landmarks
    ]
    return json.dumps({"frame": "LPS", "unit": "mm", "landmarks": rows}, indent=1) + "\n"


def cached_steps(
    parameters: PhantomParameters,
    folder: Path,
    threads: int | None = None,
    say: Callable[[str], None] = log.warning,
) -> Steps[Phantom]:
    """The phantom from the cache folder, else built and stored; a damaged entry is built anew.

    Yields (done, total, text) while building; returns the Phantom. `say` hears why it could not be
    stored, which spoils nothing.
    """
    entry = folder / f"phantom-{parameters.key()}"
    phantom = _read_entry(parameters, entry)
    if phantom is None:
        phantom = yield from build(parameters, threads)
        try:
            _write_entry(phantom, entry)
        except (OSError, PhantomError) as error:
            say(f"the phantom cannot be kept between runs ({error}); it is built anew each time")
    return phantom


def cached(parameters: PhantomParameters, folder: Path) -> Phantom:
    """`cached_steps` run to its end."""
    return run_to_end(cached_steps(parameters, folder))


def _write_entry(phantom: Phantom, entry: Path) -> None:
    # Its presence says that an entry is whole: it goes first and comes back last.
    (entry / "meta.json").unlink(missing_ok=True)
    write_files(phantom, entry)
    meta = {
        "parameters": phantom.parameters.model_dump(),
        "world_from_voxel": phantom.ct.grid.world_from_voxel.tolist(),
        "label_ids": [label.id for label in phantom.labels.table],
        "landmarks": [[mark.name, *mark.position] for mark in phantom.landmarks],
        "truth": phantom.truth,
        "crc32": _checksum(phantom.ct.values, phantom.labels.values),
    }
    _write_text(entry / "meta.json", json.dumps(meta))


def _read_entry(parameters: PhantomParameters, entry: Path) -> Phantom | None:
    """The stored phantom; None when there is none or its bytes are not those written."""
    try:
        meta: dict[str, Any] = json.loads((entry / "meta.json").read_text(encoding="utf-8"))
        hu = _read_nifti(entry / "ct.nii.gz", np.dtype(np.int16))
        values = _read_nifti(entry / "labels.nii.gz", np.dtype(np.uint8))
        if meta["parameters"] != parameters.model_dump() or meta["crc32"] != _checksum(hu, values):
            return None
        grid = Grid((hu.shape[0], hu.shape[1], hu.shape[2]), np.array(meta["world_from_voxel"]))
        kept = set(meta["label_ids"])
        table = tuple(label for label in TABLE if label.id in kept)
        landmarks = tuple(Landmark(name, (x, y, z)) for name, x, y, z in meta["landmarks"])
        return Phantom(
            parameters, Volume(hu, grid), LabelMap(values, grid, table), landmarks, meta["truth"]
        )
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, zlib.error,
            ImageFileError, RecursionError):  # fmt: skip
        return None


def _checksum(*arrays: NDArray[Any]) -> int:
    value = 0
    for array in arrays:
        value = zlib.crc32(array.reshape(-1).view(np.uint8).data, value)
    return value


def _write_nifti(values: NDArray[Any], grid: Grid, path: Path) -> None:
    image = nib.Nifti1Image(values.T, _RAS_FROM_LPS @ grid.world_from_voxel, dtype=values.dtype)
    image.header.set_xyzt_units("mm")
    image.set_qform(image.affine, code=1)
    image.set_sform(image.affine, code=1)
    nib.save(image, path)


def _read_nifti(path: Path, dtype: np.dtype[Any]) -> NDArray[Any]:
    values = np.asanyarray(nib.load(path).dataobj).T
    if values.dtype != dtype or values.ndim != 3:
        raise ValueError(f"{path}: not the type that was written")
    return np.ascontiguousarray(values)


def _write_text(path: Path, text: str) -> None:
    _replace(path, lambda part: part.write_text(text, encoding="utf-8", newline="\n"))


def _replace(path: Path, write: Callable[[Path], Any]) -> None:
    """Write beside the target and move into place, so that no half file ever has its name."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as part:
        draft = Path(part) / path.name
        write(draft)
        with draft.open("rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(draft, path)
