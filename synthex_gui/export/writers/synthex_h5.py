"""SyntheX's "controlled" layout: two HDF5 files a series and level, a group a patient.

``NAME.h5``: ``01/projs`` (N, H, W) float32. ``NAME_label.h5``: ``01/segs`` (N, H, W) uint8,
``01/lands`` (N, 2, L) float32 columns and rows, ``land-names/num-lands`` and ``land-names/land-00``
... The public training code of arXiv:2206.06127 reads them.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from synthex_gui.export.dataset import ExportError
from synthex_gui.export.writers.base import BigFile, Series
from synthex_gui.export.writers.classes import class_image
from synthex_gui.export.writers.records import (
    class_names,
    image_of,
    numbers_by_level,
    points_of,
    record_of,
)

DEFAULT_NAME = "series"


def h5_files(series: Series) -> Iterator[BigFile]:
    """Two files a level, where the plan asks for them."""
    plan = series.scene.plan
    if plan is None or "synthex-h5" not in plan.formats:
        return
    name = (plan.study.template if plan.study is not None else "") or DEFAULT_NAME
    by_level = numbers_by_level(series)
    for level, numbers in by_level.items():
        stem = f"{name}-{level}" if len(by_level) > 1 else name
        groups = _by_patient(series, numbers)
        yield f"{stem}.h5", _checked(partial(_write_images, series, groups), "projs")
        yield f"{stem}_label.h5", _checked(partial(_write_labels, series, groups), "segs")


Groups = dict[str, list[int]]


def _by_patient(series: Series, numbers: list[int]) -> Groups:
    """``01`` -> its images, patients in the order of the cases."""
    found: dict[str, list[int]] = {}
    for number in numbers:
        found.setdefault(record_of(series, number).get("case", ""), []).append(number)
    # Cases come in turn, so that their first images are in the cases' order; by weight they may
    # not be.
    # The published files count patients from 01.
    ordered = sorted(found.values(), key=lambda images: images[0])
    return {f"{patient:02d}": images for patient, images in enumerate(ordered, start=1)}


def _write_images(series: Series, groups: Groups, path: Path) -> str:
    digest = hashlib.sha256()
    with _to_disk(path) as file:
        for group, numbers in groups.items():
            first = image_of(series, record_of(series, numbers[0]))
            shape = (len(numbers), *first.shape)
            images = file.create_dataset(f"{group}/projs", shape, np.float32)
            for place, number in enumerate(numbers):
                images[place] = image = image_of(series, record_of(series, number))
                digest.update(image.tobytes())
    return digest.hexdigest()


def _write_labels(series: Series, groups: Groups, path: Path) -> str:
    digest = hashlib.sha256()
    names: list[str] | None = None
    with _to_disk(path) as file:
        for group, numbers in groups.items():
            segs = lands = None
            for place, number in enumerate(numbers):
                record = record_of(series, number)
                size = record["camera"]["height"], record["camera"]["width"]
                points = dict(points_of(record))
                if names is None:
                    names = list(points)
                if set(names) != set(points):
                    raise ExportError(
                        f"image {number}: its landmarks are not those of the first image; name "
                        "those of the series, or leave out what a case lacks"
                    )
                if segs is None or lands is None:
                    count = len(numbers)
                    segs = file.create_dataset(f"{group}/segs", (count, *size), np.uint8)
                    shape = (count, 2, len(names))
                    lands = file.create_dataset(f"{group}/lands", shape, np.float32)
                wanted = class_names(series, record)
                segs[place] = classes = class_image(series.folder, record, wanted, size)
                digest.update(classes.tobytes())
                if names:
                    lands[place] = np.stack([points[name] for name in names], axis=1)
        found = names or []
        file["land-names/num-lands"] = len(found)
        for place, name in enumerate(found):
            file[f"land-names/land-{place:02d}"] = name
    return digest.hexdigest()


@contextmanager
def _to_disk(path: Path) -> Iterator[h5py.File]:
    """A new HDF5 file. Raises OSError where the disk refuses it, whatever HDF5 makes of that."""
    file = h5py.File(path, "w")
    try:
        yield file
        # What closing refuses to write stays in memory, and ends the process at its exit.
        file.flush()
    except (OSError, RuntimeError) as error:
        told = re.search(r"errno = (\d+)", str(error))
        if told is None:
            raise
        with suppress(OSError):
            # Room for what HDF5 still holds: a full disk let every such process end in a crash.
            os.truncate(path, 0)
        number = int(told[1])
        raise OSError(number, os.strerror(number), str(path)) from error
    finally:
        file.close()


def _checked(write: Callable[[Path], str], key: str) -> Callable[[Path], None]:
    """`write` returns the digest of the arrays it was given: read back, they must have the same,
    for the images' own files may go afterwards.
    """

    def made(path: Path) -> None:
        given, found = write(path), hashlib.sha256()
        with h5py.File(path, "r") as file:
            for group in sorted(name for name in file if name.isdigit()):
                for image in file[f"{group}/{key}"]:
                    found.update(image.tobytes())
        if found.hexdigest() != given:
            raise ExportError(f"{path.name}: {key} does not read back as it was written")

    return made
