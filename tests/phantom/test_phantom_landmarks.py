"""The 14 landmarks: in order, at their places, on their bones."""

from __future__ import annotations

import numpy as np
import pytest

from synthex_gui.geometry.arrays import LabelMap
from synthex_gui.phantom import Phantom

# Left side of the default phantom, mm, found once by rule on an independent construction.
EXPECTED = {
    "FH": (83, 0, 0),
    "GSN": (71.5, 37, 42),
    "IOF": (43, 20.5, -61),
    "MOF": (19.5, -22, -38),
    "SPS": (3, -45.5, -16),
    "IPS": (3, -24.5, -50),
    "ASIS": (117, -62, 74),
}


def distance_to_label(labels: LabelMap, names: tuple[str, ...], point: np.ndarray) -> float:
    """mm from a point to the nearest voxel centre of some labels, 10 at most."""
    ids = [label_id for name in names for label_id in labels.ids_of(name)]
    inverse = np.linalg.inv(labels.grid.world_from_voxel)
    kji = (inverse @ np.append(point, 1.0))[:3][::-1]
    spacing = labels.grid.spacing_mm[0]
    reach = int(np.ceil(10 / spacing))
    centre = np.rint(kji).astype(int)
    low = np.maximum(centre - reach, 0)
    part = labels.values[tuple(slice(a, c + reach + 1) for a, c in zip(low, centre))]
    found = np.argwhere(np.isin(part, ids)) + low
    if not len(found):
        return 10.0
    return float(np.linalg.norm(found - kji, axis=1).min() * spacing)


def test_names_and_order(coarse: Phantom) -> None:
    names = [mark.name for mark in coarse.landmarks]
    assert names == [f"{name}-{side}" for name in EXPECTED for side in "lr"]


@pytest.mark.parametrize("name", EXPECTED)
def test_default_places(pelvis: Phantom, name: str) -> None:
    marks = {mark.name: np.array(mark.position) for mark in pelvis.landmarks}
    expected = np.array(EXPECTED[name], dtype=float)
    assert np.linalg.norm(marks[f"{name}-l"] - expected) < 1.5
    assert np.linalg.norm(marks[f"{name}-r"] - expected * [-1, 1, 1]) < 1.5


def test_head_centres_are_exact_and_frame_the_origin(coarse: Phantom) -> None:
    marks = {mark.name: mark.position for mark in coarse.landmarks}
    assert marks["FH-l"] == (83.0, 0.0, 0.0)
    assert marks["FH-r"] == (-83.0, 0.0, 0.0)


def test_each_lies_on_its_bone(pelvis: Phantom) -> None:
    for mark in pelvis.landmarks:
        side = "left" if mark.name.endswith("-l") else "right"
        bone = "femur" if mark.name.startswith("FH") else "hemipelvis"
        limit = 0.9 if mark.name.startswith("FH") else 1.3
        gap = distance_to_label(pelvis.labels, (f"{bone}-{side}",), np.array(mark.position))
        assert gap < limit, mark.name


def test_coarse_grid_agrees_with_fine(coarse: Phantom, pelvis: Phantom) -> None:
    for rough, fine in zip(coarse.landmarks, pelvis.landmarks):
        gap = np.linalg.norm(np.array(rough.position) - np.array(fine.position))
        assert gap < 2.5, rough.name
