"""Stored numbers to Hounsfield units: int16, air at -1024, nothing that is not a number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.io.errors import InputError
from synthex_gui.io.volumes.hu_check import HuSample, judged

AIR_HU = -1024
MAX_HU = 32767


class HounsfieldStack:
    """Takes slices of stored numbers one by one, (ny, nx) of any real dtype, and keeps HU.

    HU = stored * slope + intercept, rounded, clamped to [-1024, 32767]; scanners' padding (-2000,
    -2048) becomes air by the clamp, a declared padding value by its number, NaN too. Slice by
    slice, so that a float64 volume needs no second copy. `values` is (nz, ny, nx) int16. `mend`:
    (slope, offset) that the user has put upon HU that are none.
    """

    def __init__(
        self, path: Path, shape: tuple[int, int, int], mend: tuple[float, float] = (1.0, 0.0)
    ) -> None:
        self._slope, self._offset = mend
        self._sample = HuSample()
        self.mend: tuple[float, float] | None = None
        self.values: NDArray[np.int16] = np.empty(shape, np.int16)
        self._path = path
        self._holes = self._infinite = self._above = 0
        self._low, self._high = np.inf, -np.inf

    def put(
        self,
        index: int,
        stored: NDArray[Any],
        slope: float = 1.0,
        intercept: float = 0.0,
        padding: tuple[float, float] | None = None,
    ) -> None:
        """Fill slice `index`; `padding` (low, high) are stored values that mean "no data"."""
        slope, intercept = slope * self._slope, intercept * self._slope + self._offset
        plain = stored.dtype.kind in "iu" and slope == 1.0 and intercept == 0.0
        hu = stored if plain else stored.astype(np.float64) * slope + intercept
        real = np.isfinite(hu) if hu.dtype.kind == "f" else None
        if real is not None and not real.all():
            self._holes += int(np.isnan(hu).sum())
            self._infinite += int(np.isinf(hu).sum())
            inside = hu[real]
            hu = np.nan_to_num(hu, nan=AIR_HU, posinf=MAX_HU, neginf=AIR_HU)
        else:
            inside = hu
        outside = None
        if padding is not None:
            outside = (stored >= padding[0]) & (stored <= padding[1])
        self._sample.put(hu, outside)
        if outside is not None and outside.any():
            inside = hu[~outside]
            hu = np.where(outside, AIR_HU, hu)
        if inside.size:
            self._low = min(self._low, float(inside.min()))
            self._high = max(self._high, float(inside.max()))
        if hu.dtype.kind == "f":
            hu = np.rint(hu)
        self._above += int((hu > MAX_HU).sum())
        self.values[index] = np.clip(hu, AIR_HU, MAX_HU)

    def warnings(self) -> tuple[str, ...]:
        """What is suspicious. Raises InputError when no slice held a finite number."""
        low, high = self._low, self._high
        if low > high:
            raise InputError(self._path, "holds no finite number")
        result = []
        if self._holes:
            result.append(f"{self._holes} voxels are not a number; they were set to air")
        if self._infinite:
            result.append(f"{self._infinite} voxels are infinite; they were clamped")
        if self._above:
            result.append(f"{self._above} voxels lie above {MAX_HU} HU; they were clamped")
        if low == high:
            result.append(f"every voxel has the same value ({low:g})")
        text, mend = judged(self._sample)
        if mend is not None:
            # In numbers of the file, whatever was put upon them already.
            self.mend = (self._slope * mend.slope, self._offset * mend.slope + mend.offset)
        if text:
            result.append(text)
        return tuple(result)


def to_hounsfield(
    path: Path,
    values: NDArray[Any],
    slope: float = 1.0,
    intercept: float = 0.0,
    mend: tuple[float, float] = (1.0, 0.0),
) -> tuple[NDArray[np.int16], tuple[str, ...], tuple[float, float] | None]:
    """(nz, ny, nx) stored numbers to int16 HU, C-contiguous, with warnings and what would mend
    them, as `HounsfieldStack.mend`.

    Raises InputError for complex numbers or when nothing finite is there.
    """
    if values.dtype.kind not in "iuf" or values.ndim != 3:
        raise InputError(path, f"holds {values.ndim}-D {values.dtype} values, not a CT")
    nz, ny, nx = values.shape
    stack = HounsfieldStack(path, (nz, ny, nx), mend)
    for index, stored in enumerate(values):
        stack.put(index, stored, slope, intercept)
    warnings = stack.warnings()
    return stack.values, warnings, stack.mend
