"""What does not lie where the CT is, is said with its distance."""

from __future__ import annotations

import numpy as np
import pytest

from synthex_gui.geometry.arrays import Grid, Label, LabelMap, Mesh
from synthex_gui.loading.fit import apart_mm, fit_warnings, share_inside
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.sources import BuiltInTool, LandmarkItem

LABELS = (Label(1, "rod"),)


def labels_at(ct, shift_mm):
    matrix = ct.grid.world_from_voxel.copy()
    matrix[:3, 3] += shift_mm
    return LabelMap((ct.values == 1000).astype(np.uint8), Grid(ct.grid.shape, matrix), LABELS)


def said(ct, **parts):
    scene = parts.pop("scene", Scene())
    return fit_warnings(scene, SceneAssets(ct=ct, **parts))


@pytest.mark.parametrize(
    ("shift_mm", "word"),
    [
        ((0, 0, 0), None),
        ((10, -8, 4), None),
        ((0, 0, 100), "% of the labelled voxels"),
        ((0, 0, 400), "lie outside the CT, 2"),
        ((-900, 0, 0), "lie outside the CT, 8"),
    ],
)
def test_labels_that_lie_elsewhere(small_ct, shift_mm, word):
    found = said(small_ct, labels=labels_at(small_ct, shift_mm))
    assert len(found) == (word is not None)
    assert word is None or word in found[0]


def test_landmarks_of_another_frame(small_ct):
    inside, outside = (0.0, 0.0, 0.0), (0.0, 0.0, 500.0)
    for places, count in (([inside] * 3, 0), ([inside, outside], 0), ([outside, outside], 1)):
        items = tuple(LandmarkItem(name=f"L{n}", position=p) for n, p in enumerate(places))
        found = said(small_ct, scene=Scene(landmarks=items))
        assert len(found) == count
    assert "2 of 2 landmarks lie outside the CT (L0 420 mm away)" in found[0]


def test_a_tool_in_the_next_room(small_ct):
    triangle = Mesh(np.eye(3), np.array([[0, 1, 2]], np.int32))
    pose = ((1.0, 0, 0, 0), (0, 1.0, 0, 0), (0, 0, 1.0, 5000.0), (0, 0, 0, 1.0))
    tool = Tool(name="wire", source=BuiltInTool(tool="k-wire"), world_from_tool=pose)
    assert not said(small_ct, scene=Scene(tools=(tool.evolve(name="near"),)), meshes={})
    found = said(small_ct, scene=Scene(tools=(tool,)), meshes={"wire": triangle})
    assert "tool wire lies 4" in found[0]


def test_nothing_is_said_without_a_ct(small_ct):
    assert not fit_warnings(Scene(), SceneAssets(labels=labels_at(small_ct, (900, 0, 0))))


def test_distance_and_share_on_an_oblique_grid():
    turn = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = turn * 2.0
    grid = Grid((10, 10, 10), matrix)
    at = (turn @ np.array([30.0, 4.0, 4.0]))[None]
    # The last face lies at 19 mm.
    assert apart_mm(grid, at) == pytest.approx(11.0)
    assert share_inside(grid, at) == 0.0
    assert (
        share_inside(
            grid,
            np.concatenate([at, turn @ np.full((3, 1), 4.0) * np.ones((1, 1))], axis=None).reshape(
                2, 3
            ),
        )
        == 0.5
    )
