"""Where the structures of a label map lie."""

from __future__ import annotations

import numpy as np
import pytest

from synthex_gui.geometry.arrays import BOX_SLICES, Grid, Label, LabelMap
from synthex_gui.scene.assets import structure_centre_mm


def _labels(values: np.ndarray) -> LabelMap:
    affine = np.diag([0.5, 2.0, 3.0, 1.0])
    affine[:3, 3] = 10.0, -20.0, 30.0
    table = tuple(Label(n, f"part {n}", group="both" * (n in (3, 7))) for n in (1, 3, 7, 9))
    return LabelMap(values, Grid(values.shape, affine), table)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_boxes_hold_each_label_and_no_more(dtype: type) -> None:
    generator = np.random.default_rng(5)
    values = np.zeros((2 * BOX_SLICES + 7, 21, 17), dtype=dtype)
    values[generator.random(values.shape) < 0.001] = 1
    values[3:60, 4:9, 2:5] = 7
    values[10, 11, 12] = 3
    boxes = _labels(values).boxes
    assert sorted(boxes) == [1, 3, 7]
    for label_id, box in boxes.items():
        z, y, x = np.nonzero(values == label_id)
        assert box == tuple((axis.min(), axis.max()) for axis in (x, y, z))


def test_a_group_is_centred_on_the_box_of_all_its_parts() -> None:
    values = np.zeros((BOX_SLICES + 10, 9, 9), dtype=np.uint8)
    values[2, 1, 0] = 3
    values[BOX_SLICES + 8, 5, 8] = 7
    labels = _labels(values)
    middle = np.array([4.0, 3.0, (2 + BOX_SLICES + 8) / 2])
    expected = np.array([10.0, -20.0, 30.0]) + middle * [0.5, 2.0, 3.0]
    np.testing.assert_allclose(structure_centre_mm(labels, ["both"]), expected)
    assert structure_centre_mm(labels, ["part 9", "unknown"]) is None
