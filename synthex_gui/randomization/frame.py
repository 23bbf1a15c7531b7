"""One image on its way: pixels, masks, and where its original pixels have gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Matrix = NDArray[np.float64]
Points = NDArray[np.float64]
# What moved points where no matrix does: (n, 2) column, row -> the same.
PointMap = Callable[[Points], Points]


@dataclass
class Frame:
    """`image` (h, w) float32 and `masks` (n, h, w) of any type, changed in turn; `moves` what
    became of a pixel, in order; `operations` what was done, with every number it was done with.
    """

    image: Floats
    masks: NDArray[Any] | None
    rng: np.random.Generator
    moves: list[Matrix | PointMap] = field(default_factory=list)
    operations: list[dict[str, Any]] = field(default_factory=list)

    def note(self, operation: str, **numbers: Any) -> None:
        """Record an operation; numbers are plain, so that the record is JSON."""
        plain = {
            key: value.item() if isinstance(value, np.generic) else value
            for key, value in numbers.items()
        }
        self.operations.append({"operation": operation, **plain})

    @property
    def span(self) -> tuple[float, float]:
        """Least and largest value; of a constant image 1 apart, so that nothing divides by 0."""
        low, high = float(self.image.min()), float(self.image.max())
        return low, high if high > low else low + 1.0

    def uniform(self, low: float, high: float) -> float:
        """A number in [low, high)."""
        return float(self.rng.uniform(low, high))

    def one_of(self, count: int) -> int:
        """0 to count - 1."""
        return int(self.rng.integers(count))

    def moved(self, points: Points) -> Points:
        """(n, 2) where pixels of the original image are now."""
        for move in self.moves:
            if callable(move):
                points = move(points)
            else:
                points = points @ move[:2, :2].T + move[:2, 2]
        return points

    def matrix(self) -> Matrix | None:
        """(3, 3) what moved every pixel; None where no single matrix is true."""
        total = np.eye(3)
        for move in self.moves:
            if callable(move):
                return None
            total = move @ total
        return total


def floats(values: Any) -> Floats:
    """As float32; OpenCV's types say only that it is an array."""
    result: Floats = np.asarray(values, dtype=np.float32)
    return result
