"""Damaged volumes by the way the program loads them: a reader process, a warning or one line."""

from __future__ import annotations

import multiprocessing
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from synthex_gui.core.errors import SynthexError
from synthex_gui.io.child.pool import ReaderPool
from synthex_gui.io.errors import ReaderCrashedError
from tests.io.dicom_writer import enhanced, series
from tests.trust.mutants import mutant

FORMATS = ("nii", "nii.gz", "nrrd", "mha", "dcm")
LONGEST_S = 20.0
GROWTH_KB = 800_000


@pytest.fixture(scope="module")
def pool():
    pool = ReaderPool()
    pool.warm_up()
    yield pool
    pool.close()


def seeds(ending: str, folder: Path) -> list[tuple[Path, Path]]:
    """(what is opened, the file of it to be damaged)."""
    if ending == "dcm":
        series(folder / "series")
        enhanced(folder / "frames.dcm")
        slices = sorted((folder / "series").iterdir())
        frames = folder / "frames.dcm"
        return [(folder / "series", slices[5]), (frames, frames)]
    values = np.random.default_rng(0).integers(-1000, 1000, (12, 14, 16)).astype(np.int16)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((2, 2, 3))
    found = []
    for is_packed in (False, True) if ending in ("nrrd", "mha") else (ending == "nii.gz",):
        path = folder / f"{'packed' if is_packed else 'plain'}.{ending}"
        sitk.WriteImage(image, str(path), useCompression=is_packed)
        found.append((path, path))
    return found


def peak_kb(pool: ReaderPool) -> int:
    """The most memory that a reader process has ever held."""
    most = 0
    for child in multiprocessing.active_children():
        try:
            text = Path(f"/proc/{child.pid}/status").read_text()
        except OSError:
            continue
        most = max(most, int(text.partition("VmHWM:")[2].split()[0]))
    return most


@pytest.mark.trust("I1")
@pytest.mark.parametrize("count", [10, pytest.param(600, marks=pytest.mark.slow)])
@pytest.mark.parametrize("ending", FORMATS)
def test_damaged_volumes(pool, tmp_path, tries, ending, count):
    found = seeds(ending, tmp_path)
    known = [whole(pool, opened) for opened, _ in found]
    random = np.random.default_rng([zlib.crc32(ending.encode()), count])
    before = peak_kb(pool) if sys.platform.startswith("linux") else 0
    loads = 0
    for number in range(count):
        which = number % len(found)
        opened, file = found[which]
        data = file.read_bytes()
        kind, damaged = mutant(data, random)
        file.write_bytes(damaged)
        begun = time.monotonic()
        try:
            loaded = pool.load("volume", opened, limit_s=3 * LONGEST_S)
        except ReaderCrashedError as error:
            # An element that claims gigabytes meets the limit that is set before reading.
            fault = "" if "needs more memory" in str(error) else str(error)
        except SynthexError as error:
            fault = "two lines" if "\n" in str(error) else ""
        else:
            loads += 1
            fault = wrong(kind, loaded, known[which])
        took = time.monotonic() - begun
        file.write_bytes(data)
        tries.check(
            not fault and took < LONGEST_S, f"{file.name} {number} {kind}: {fault} ({took:.1f} s)"
        )
    if sys.platform.startswith("linux"):
        assert peak_kb(pool) - before < GROWTH_KB
    assert loads < count
    assert whole(pool, found[0][0]) == known[0]


def whole(pool, path):
    loaded = pool.load("volume", path)
    return loaded.volume.values.tobytes()


def wrong(kind, loaded, right):
    """Why this must not have been loaded as it was."""
    volume = loaded.volume
    if not np.isfinite(volume.grid.world_from_voxel).all():
        return "a position that is no number"
    if abs(np.linalg.det(volume.grid.world_from_voxel[:3, :3])) < 1e-12:
        return "a flat grid"
    if kind == "cut" and volume.values.tobytes() != right and not loaded.warnings:
        return "a cut file was loaded as if it were whole"
    return ""
