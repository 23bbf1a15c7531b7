"""Where landmarks fall on an image, and whether they can be seen there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera

INSIDE, OUTSIDE, BEHIND, HIDDEN = "inside", "outside", "behind the source", "hidden"


@dataclass(frozen=True)
class Mark:
    """A landmark in image coordinates; `state` inside, outside, behind the source, or hidden
    when metal lies before it.
    """

    name: str
    column: float
    row: float
    state: str


def landmark_marks(
    camera: Camera,
    names: Sequence[str],
    positions: Sequence[Sequence[float]],
    first_metal_mm: NDArray[np.float32] | None = None,
) -> list[Mark]:
    """Where landmarks fall on the image, and whether metal lies before them.

    `first_metal_mm` (h, w): distance from the source to the first metal of each pixel's ray.
    """
    if not names:
        return []
    points = np.array(positions, dtype=np.float64)
    pixels, depths = camera.project(points)
    marks = []
    for name, point, (column, row), depth in zip(names, points, pixels, depths, strict=True):
        state = INSIDE
        if depth <= 0:
            state = BEHIND
        elif not (-0.5 <= column < camera.width - 0.5 and -0.5 <= row < camera.height - 0.5):
            state = OUTSIDE
        elif first_metal_mm is not None:
            distance = float(np.linalg.norm(point - camera.source_mm))
            if first_metal_mm[round(row), round(column)] < distance:
                state = HIDDEN
        marks.append(Mark(name, float(column), float(row), state))
    return marks
