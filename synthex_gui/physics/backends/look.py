"""The display look as numbers alone, for whoever computes it: the CPU, or the device that holds the
signal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class LookStage:
    """From a signal (h, w), 1 in the open field, to what is shown, bone bright.

    ``log``: -ln(signal), of signals from `smallest` on; nothing else is read. ``clinical``: grey
    from 0 black to 1 white, in these steps, logarithms in ln:

    - `middle_ln` of the logarithms at `rows` x `columns` (int32 indices) is the middle m; they are
      limited to m + `most_above_ln`;
    - a pyramid with one more level than `gains` has numbers, finest first; the last level keeps
      `broad_contrast` / (1 + |d| / `broad_ln`) of its distance d from m;
    - each level's detail d grows to d (1 + (gain - 1) / (1 + |d| / `soft_ln`));
    - a sigmoid of `slope_per_ln` that is one half at m + `half_above_ln`, falling to black over the
      logarithms from `open_ln` to 0; and black where the part of the beam that the blades leave,
      0 to 1, is below `hide_below` (None: blades hide nothing).
    """

    kind: Literal["log", "clinical"]
    smallest: float
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    least_middle_ln: float
    most_above_ln: float
    gains: tuple[float, ...]
    soft_ln: float
    broad_contrast: float
    broad_ln: float
    slope_per_ln: float
    half_above_ln: float
    open_ln: float
    hide_below: float | None = None

    def middle_ln(self, samples_ln: NDArray[np.float32]) -> float:
        """The mean of the lattice's logarithms (rows, columns), at least `least_middle_ln`."""
        # Metal in the middle must not darken the patient around it. A device finds the same median,
        # and np.median takes nine times as long to be exact for an even number.
        half = samples_ln.size // 2
        median = np.partition(samples_ln, half, axis=None)[half]
        most = np.float32(median + np.float32(self.most_above_ln))
        mean = float(np.minimum(samples_ln, most).mean(dtype=np.float64))
        return max(mean, self.least_middle_ln)
