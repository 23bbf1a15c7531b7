"""Whether a point of the screen lies on or inside an outline of loose segments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF

Segments = NDArray[np.float64]


def segments_of(lines: Sequence[QLineF]) -> Segments:
    """(n, 4) x1, y1, x2, y2 of loose lines."""
    return np.array([[line.x1(), line.y1(), line.x2(), line.y2()] for line in lines]).reshape(-1, 4)


def segments_along(points: NDArray[np.float64]) -> Segments:
    """(n, 4) segments of a closed line through (n, 2) points."""
    return np.hstack([points, np.roll(points, -1, axis=0)])


def is_near(point: QPointF, segments: Segments, distance: float) -> bool:
    """True within `distance` of any segment."""
    if not len(segments):
        return False
    start, step = segments[:, :2], segments[:, 2:] - segments[:, :2]
    at = np.array([point.x(), point.y()])
    # A segment of no length is a point, not a division by zero.
    length2 = np.maximum((step**2).sum(axis=1), 1e-12)
    along = np.clip(((at - start) * step).sum(axis=1) / length2, 0.0, 1.0)
    gap = at - (start + along[:, None] * step)
    return bool((gap**2).sum(axis=1).min() <= distance**2)


def is_inside(point: QPointF, segments: Segments) -> bool:
    """True when a ray to the right crosses the segments an odd number of times."""
    # Half open, so that a ray through a shared corner counts once.
    x1, y1, x2, y2 = segments.T
    crosses = (y1 > point.y()) != (y2 > point.y())
    x1, y1, x2, y2 = x1[crosses], y1[crosses], x2[crosses], y2[crosses]
    x = x1 + (point.y() - y1) / (y2 - y1) * (x2 - x1)
    return bool((x > point.x()).sum() % 2)
