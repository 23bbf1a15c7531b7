"""Equal parameters give equal bytes: in memory, in the cache, in files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from synthex_gui.core.steps import run_to_end
from synthex_gui.phantom import (
    Phantom,
    PhantomParameters,
    build,
    build_phantom,
    cached,
    cached_steps,
    write_files,
)

SMALL = PhantomParameters(spacing_mm=3.0, extent="pelvis")


def same(a: Phantom, b: Phantom) -> bool:
    return (
        np.array_equal(a.ct.values, b.ct.values)
        and np.array_equal(a.labels.values, b.labels.values)
        and a.labels.table == b.labels.table
        and a.landmarks == b.landmarks
        and a.truth == b.truth
        and np.array_equal(a.ct.grid.world_from_voxel, b.ct.grid.world_from_voxel)
    )


@pytest.mark.parametrize("threads", [1, 3])
def test_any_number_of_threads_gives_the_same_bytes(coarse: Phantom, threads: int) -> None:
    assert same(coarse, build_phantom(PhantomParameters(spacing_mm=3.0), threads=threads))


def test_asymmetric_shape_is_reproducible() -> None:
    parameters = PhantomParameters.sampled(5, spacing_mm=3.0, extent="pelvis")
    assert same(build_phantom(parameters, threads=1), build_phantom(parameters, threads=2))


def test_seed_changes_texture_but_not_bones() -> None:
    a, b = (build_phantom(SMALL.model_copy(update={"seed": seed})) for seed in (0, 1))
    assert not np.array_equal(a.ct.values, b.ct.values)
    marks = [np.array([m.position for m in phantom.landmarks]) for phantom in (a, b)]
    assert np.abs(marks[0] - marks[1]).max() < 2.5


def test_progress_counts_up_to_the_total() -> None:
    steps = list(build(SMALL))
    done = [step[0] for step in steps]
    assert done == sorted(done)
    assert steps[-1][0] == steps[-1][1]
    assert all(step[2] for step in steps)


def test_pelvis_extent_is_a_part_of_the_torso(coarse: Phantom) -> None:
    part = build_phantom(SMALL)
    planes = part.ct.grid.shape[0]
    assert planes < coarse.ct.grid.shape[0]
    assert part.landmarks == coarse.landmarks
    low = np.array([part.labels.values[:80], coarse.labels.values[:80]])
    assert np.array_equal(np.isin(low[0], (1, 2, 4, 5)), np.isin(low[1], (1, 2, 4, 5)))


def test_chest_extent_is_the_upper_part_of_the_torso_with_the_lungs_about_its_middle() -> None:
    fixed = {"spacing_mm": 3.0, "lesions": 12}
    whole, part = (
        build_phantom(PhantomParameters.sampled(5, **fixed, extent=extent))
        for extent in ("torso", "chest")
    )
    planes = part.ct.grid.shape[0]
    assert np.array_equal(part.ct.values, whole.ct.values[-planes:])
    assert np.array_equal(part.labels.values, whole.labels.values[-planes:])
    last = [0.0, 0.0, planes - 1.0, 1.0]
    top = [0.0, 0.0, whole.ct.grid.shape[0] - 1.0, 1.0]
    assert part.ct.grid.world_from_voxel @ last == pytest.approx(
        whole.ct.grid.world_from_voxel @ top
    )
    assert part.landmarks == whole.landmarks
    for name in ("lungs", "lung-lesions"):
        held = np.isin(part.labels.values, part.labels.ids_of(name)).sum()
        assert held == np.isin(whole.labels.values, whole.labels.ids_of(name)).sum() > 0
    lungs = np.isin(part.labels.values, part.labels.ids_of("lungs")).any(axis=(1, 2))
    assert np.flatnonzero(lungs).mean() == pytest.approx(planes / 2, abs=0.1 * planes)


def test_cache_gives_back_what_was_built(tmp_path: Path) -> None:
    calls: list[str] = []
    built = run_to_end(cached_steps(SMALL, tmp_path), lambda done, total, text: calls.append(text))
    assert calls
    calls.clear()
    again = run_to_end(cached_steps(SMALL, tmp_path), lambda done, total, text: calls.append(text))
    assert same(built, again)
    assert len(calls) < 3
    assert again.ct.values.flags.c_contiguous


@pytest.mark.parametrize("name", ["ct.nii.gz", "labels.nii.gz", "meta.json"])
@pytest.mark.parametrize("damage", ["truncated", "flipped", "gone"])
def test_damaged_cache_entry_is_built_anew(tmp_path: Path, name: str, damage: str) -> None:
    built = cached(SMALL, tmp_path)
    path = next(tmp_path.rglob(name))
    data = bytearray(path.read_bytes())
    if damage == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "flipped":
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)
    else:
        path.unlink()
    assert same(built, cached(SMALL, tmp_path))
    assert same(built, cached(SMALL, tmp_path))


def test_cache_leaves_no_drafts(tmp_path: Path) -> None:
    cached(SMALL, tmp_path)
    assert not [p for p in tmp_path.rglob("*") if p.name.startswith(".writing")]


def test_an_unwritable_cache_spoils_nothing_and_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    said: list[str] = []
    built = run_to_end(cached_steps(SMALL, blocked, say=said.append))
    assert same(built, build_phantom(SMALL))
    assert len(said) == 1
    assert "\n" not in said[0]
    assert "file" in said[0]


def test_files_are_equal_each_time_and_readable(tmp_path: Path, coarse: Phantom) -> None:
    first = write_files(coarse, tmp_path / "a")
    second = write_files(coarse, tmp_path / "b")
    assert [p.name for p in first] == [
        "ct.nii.gz",
        "labels.nii.gz",
        "labels.csv",
        "landmarks.json",
        "truth.json",
    ]
    assert json.loads(first[4].read_text()) == coarse.truth
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    image = nib.load(first[0])
    assert np.array_equal(np.asarray(image.dataobj).T, coarse.ct.values)
    ras = image.affine @ [0, 0, 0, 1]
    lps = coarse.ct.grid.world_from_voxel @ [0, 0, 0, 1]
    assert np.allclose(ras[:3] * [-1, -1, 1], lps[:3])
    with first[2].open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["id", "name", "color", "group"]
    assert {int(row["id"]) for row in rows} == set(np.unique(coarse.labels.values)) - {0}
    marks = json.loads(first[3].read_text())
    assert (marks["frame"], marks["unit"], len(marks["landmarks"])) == ("LPS", "mm", 14)
    assert marks["landmarks"][0] == {"name": "FH-l", "position": [83.0, 0.0, 0.0]}
