"""A structure of a label map as a 0/1 field on its own bounding box."""

from __future__ import annotations

import numpy as np

from synthex_gui.geometry.arrays import Grid, LabelMap
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.physics.backends.base import Field


def mask_field(labels: LabelMap, name: str) -> Field:
    """The mask of a structure or group, one voxel of margin kept inside the label map's grid.

    The margin makes the trilinear mask fall to 0 as it does in the whole grid.
    """
    ids = np.array(labels.ids_of(name))
    chosen = np.zeros(int(max(int(labels.values.max()), int(ids.max()))) + 1, dtype=np.uint8)
    chosen[ids] = 1
    mask = chosen[labels.values]
    spans = []
    for axis in range(3):
        others = tuple(other for other in range(3) if other != axis)
        hit = np.flatnonzero(mask.any(axis=others))
        if not hit.size:
            return Field(mask[:1, :1, :1], 1.0, Grid((1, 1, 1), labels.grid.world_from_voxel))
        spans.append((max(int(hit[0]) - 1, 0), min(int(hit[-1]) + 2, mask.shape[axis])))
    (k0, k1), (j0, j1), (i0, i1) = spans
    box = np.ascontiguousarray(mask[k0:k1, j0:j1, i0:i1])
    matrix = labels.grid.world_from_voxel.copy()
    matrix[:3, 3] = transform_points(matrix, [[i0, j0, k0]])[0]
    return Field(box, 1.0, Grid((k1 - k0, j1 - j0, i1 - i0), matrix))
