"""Are these numbers Hounsfield units? Judged by where a body's voxels lie, not by extremes.

In HU most of a body lies between fat (-120) and muscle (80), and what is around it at -1000. The
histogram of a file whose offset was forgotten, applied twice or replaced by something else has the
same two hills elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Soft tissue and water in HU, and air.
BODY = (-200.0, 200.0)
AIR = (-1100.0, -900.0)
# A CT of a body has at least this share of its voxels in BODY; a lung alone still has a tenth.
LEAST_BODY = 0.02
# Numbers that span less cannot be the HU of anything with air or bone in it.
SPAN = 60.0
# No padding lies so deep, only numbers of another scale do.
DEEP = -4000.0
# Bone rarely fills so much of a crop, soft tissue does.
SOFT_HILL = 0.1
# With a wrong offset at least so much of what is no air must land in BODY to be believed.
CONVINCING = 0.5


@dataclass(frozen=True)
class Mend:
    """HU = (what was taken for HU) * `slope` + `offset`, and why."""

    slope: float
    offset: float
    why: str


# Offsets that files lack or have twice; the first that convinces is taken.
MENDS = (
    Mend(1.0, -1024.0, "stored with an offset of 1024 that was not taken off"),
    Mend(1.0, 1024.0, "the offset of -1024 seems to be applied twice"),
    Mend(1.0, -1000.0, "stored with an offset of 1000 that was not taken off"),
    Mend(1.0, 1000.0, "an offset of -1000 seems to be applied twice"),
    Mend(0.1, 0.0, "stored in tenths of HU"),
    Mend(10.0, 0.0, "stored in tens of HU"),
    Mend(1000.0, -1000.0, "stored as density, 0 air and 1 water"),
    Mend(1000.0, 0.0, "stored in thousands of HU"),
)


class HuSample:
    """A part of the voxels, as HU before they are clamped."""

    def __init__(self) -> None:
        self._sample: list[NDArray[np.float32]] = []

    def put(self, hu: NDArray[Any], left_out: NDArray[np.bool_] | None = None) -> None:
        """A slice (ny, nx) of HU, without the voxels `left_out`; every fourth along each axis
        counts, of a small one all.
        """
        step = 4 if min(hu.shape) >= 64 else 1
        part = hu[::step, ::step].astype(np.float32)
        is_used = np.isfinite(part)
        if left_out is not None:
            is_used &= ~left_out[::step, ::step]
        self._sample.append(part[is_used])

    @property
    def values(self) -> NDArray[np.float32]:
        """(n,) the voxels counted."""
        return np.concatenate(self._sample) if self._sample else np.zeros(0, np.float32)


def judged(sample: HuSample) -> tuple[str, Mend | None]:
    """(what is suspicious, what would mend it); ("", None) for numbers that look like HU."""
    values = sample.values
    if not values.size:
        return "", None
    low, high = float(values.min()), float(values.max())
    if low == high:
        return "", None
    if low >= 0 and high <= 255 and high > SPAN and np.array_equal(values, np.rint(values)):
        return "the numbers run from 0 to 255: a picture cut to 8 bits, not Hounsfield units", None
    is_narrow = high - low <= SPAN
    is_elsewhere = (
        is_narrow
        or low >= 0
        or _share(values, BODY) < LEAST_BODY
        or _share(values, (-np.inf, DEEP)) > LEAST_BODY
        or _sits_on_air(values)
        or _lies_below_air(values)
    )
    if not is_elsewhere:
        return _outside_zero(values), None
    for mend in MENDS:
        if _convinces(values * mend.slope + mend.offset):
            return (
                f"the numbers do not look like Hounsfield units: {mend.why} (most lie near "
                f"{_usual(values):g})"
            ), mend
    if is_narrow:
        return f"the numbers run from {low:g} to {high:g} only: not Hounsfield units?", None
    if low >= 0:
        return (
            f"no number lies below 0 (from {low:g} to {high:g}): not Hounsfield units but another "
            "kind of image (MR?), or stored with an offset of 1024 or the like"
        ), None
    return (
        f"hardly a number lies between -200 and 200, where a body's HU lie (most near "
        f"{_usual(values):g}): not Hounsfield units?"
    ), None


def _convinces(hu: NDArray[np.float32]) -> bool:
    """True for two hills where HU have them, a body with air around it, and some bone."""
    is_air = (hu > AIR[0]) & (hu < AIR[1])
    rest = float(np.count_nonzero(hu >= AIR[1]))
    if rest == 0 or not is_air.mean() > LEAST_BODY or not 150 < hu.max() < 30_000:
        return False
    is_body = (hu > BODY[0]) & (hu < BODY[1])
    return bool(np.count_nonzero(is_body) / rest >= CONVINCING)


def _sits_on_air(values: NDArray[np.float32]) -> bool:
    """True where what looks like a body is the air of an offset that was forgotten: nothing lies
    where air should, and two hills stand where air and soft tissue of such a file do. A crop within
    a body has muscle, some 50, in the place of the lower, and bone of any density above.
    """
    if _share(values, (-1500.0, -300.0)) >= 0.001:
        return False
    lower = values[(values > -100.0) & (values < 150.0)]
    upper = values[(values > BODY[0] + 1024.0) & (values < BODY[1] + 1024.0)]
    if len(upper) < SOFT_HILL * len(values) or not len(lower):
        return False
    return -30.0 < float(np.median(lower)) < 40.0 and 880.0 < float(np.median(upper)) < 1130.0


def _lies_below_air(values: NDArray[np.float32]) -> bool:
    """True where air lies deeper than any padding has fat above it: an offset taken off twice."""
    is_deep = _share(values, (-np.inf, -1500.0)) > LEAST_BODY
    return is_deep and _share(values, (-1500.0, -1080.0)) > 0.01


def _outside_zero(values: NDArray[np.float32]) -> str:
    zero = float(np.mean(values == 0.0))
    has_air = np.count_nonzero(values < -700.0) > 0.02 * values.size
    if zero > 0.2 and not has_air:
        return (
            f"{100 * zero:.0f} % of all voxels are exactly 0, and hardly any is air: what lies "
            "outside the body seems to be masked with 0, which counts as water"
        )
    return ""


def _share(values: NDArray[np.float32], span: tuple[float, float]) -> float:
    return float(np.mean((values > span[0]) & (values < span[1])))


def _usual(values: NDArray[np.float32]) -> float:
    """The middle of the fullest bin."""
    counts, edges = np.histogram(values, bins=256)
    place = int(counts.argmax())
    return float(np.rint((edges[place] + edges[place + 1]) / 2))
