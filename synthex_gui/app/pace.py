"""How large the images are while something moves: as large as the machine makes them in time."""

from __future__ import annotations

from synthex_gui.physics.backends.base import Quality

COARSE = (384, Quality.DRAG)
MIDDLE_SIZE = 768
# An image should take no longer than this to follow the hand, and a larger one is given up again
# when it takes longer than that.
AIM_S, MOST_S = 0.030, 0.045
# Images at one size before another is tried: the first may have made copies or compiled.
SETTLED = 4


class DragPace:
    """Steps of size for moving images. From measured times the next larger step is tried when it
    should be quick enough, and left for good, until `reset`, when it is not.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Other arrays, another level or backend: begin with the coarsest."""
        self._step, self._highest = 0, 2
        self._seconds: list[float] = []

    def size_and_quality(self, full_size: int) -> tuple[int, Quality]:
        """Columns and quality of the next moving image, of at most `full_size` columns."""
        size, quality = self._steps(full_size)[self._step]
        return min(size, full_size), quality

    def took(self, size: int, full_size: int, seconds: float) -> None:
        """An image of that many columns took so long; of other sizes than the present one it says
        nothing.
        """
        steps = self._steps(full_size)
        if size != min(steps[self._step][0], full_size):
            return
        self._seconds.append(seconds)
        if len(self._seconds) < SETTLED:
            return
        # The quickest: what else the machine does at the moment is not the image's fault.
        typical = min(self._seconds[-SETTLED:])
        if typical > MOST_S and self._step > 0:
            self._highest = self._step = self._step - 1
            self._seconds = []
        elif self._step < self._highest and steps[self._step][0] < full_size:
            growth = (min(steps[self._step + 1][0], full_size) / size) ** 2
            if typical * growth < AIM_S:
                self._step += 1
                self._seconds = []

    @staticmethod
    def _steps(full_size: int) -> tuple[tuple[int, Quality], ...]:
        return COARSE, (MIDDLE_SIZE, Quality.FAST), (full_size, Quality.FAST)
