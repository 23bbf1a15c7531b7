"""Whether a point of the screen lies on or inside an outline of loose segments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF


def is_near(point: QPointF, lines: Sequence[QLineF], distance: float) -> bool:
    """True within `distance` of any segment."""
    if not lines:
        return False
    start, step = _arrays(lines)
    at = np.array([point.x(), point.y()])
    length2 = np.maximum((step**2).sum(axis=1), 1e-12)
    along = np.clip(((at - start) * step).sum(axis=1) / length2, 0.0, 1.0)
    gap = at - (start + along[:, None] * step)
    return bool((gap**2).sum(axis=1).min() <= distance**2)


def is_inside(point: QPointF, lines: Sequence[QLineF]) -> bool:
    """True when a ray to the right crosses the segments an odd number of times."""
    if not lines:
        return False
    start, step = _arrays(lines)
    end = start + step
    crosses = (start[:, 1] > point.y()) != (end[:, 1] > point.y())
    x = start[crosses, 0] + (point.y() - start[crosses, 1]) / step[crosses, 1] * step[crosses, 0]
    return bool((x > point.x()).sum() % 2)


def _arrays(lines: Sequence[QLineF]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    start = np.array([[line.x1(), line.y1()] for line in lines])
    step = np.array([[line.dx(), line.dy()] for line in lines])
    return start, step
