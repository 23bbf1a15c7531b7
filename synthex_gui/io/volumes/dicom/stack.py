"""Order of DICOM planes in space, and whether they make a regular lattice.

ITK stacks whatever it is given: one missing slice stretches all, a duplicate squeezes all, gantry
tilt is dropped. Here every plane keeps its measured place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from synthex_gui.geometry.transforms import Matrix, Vector
from synthex_gui.io.errors import InputError
from synthex_gui.io.volumes.dicom.planes import SliceHeader
from synthex_gui.io.volumes.dicom.scan import Series

TILT_DEG = 0.05
MAX_TILT_DEG = 45.0


@dataclass(frozen=True, eq=False)
class Stack:
    """Planes ordered along their normal.

    `rotation` (3, 3): columns are the row direction, the column direction and the normal;
    `place_mm` (n, 3): first pixel of each plane in those axes; `pixel_mm` (along i, along j).
    `regular` tells whether `world_from_voxel` places every plane.
    """

    planes: tuple[SliceHeader, ...]
    rotation: Matrix
    place_mm: Matrix
    pixel_mm: tuple[float, float]
    regular: bool
    warnings: tuple[str, ...]

    @property
    def world_from_voxel(self) -> Matrix:
        """(4, 4) of a regular stack: the step between planes is their mean step."""
        count = len(self.planes)
        step = (self.place_mm[-1] - self.place_mm[0]) / (count - 1)
        result = np.eye(4)
        result[:3, 0] = self.rotation[:, 0] * self.pixel_mm[0]
        result[:3, 1] = self.rotation[:, 1] * self.pixel_mm[1]
        result[:3, 2] = self.rotation @ step
        result[:3, 3] = self.rotation @ self.place_mm[0]
        return result + 0.0


def order(series: Series) -> Stack:
    """Planes by their place along the normal, with warnings for whatever is not regular.

    Raises InputError for several images at every place, or planes sheared beyond 45 degrees.
    """
    planes = sorted(series.planes, key=lambda plane: (plane.number, plane.path.name))
    folder = planes[0].path.parent
    rotation = _axes(planes[0])
    spacings = np.array([plane.spacing for plane in planes])
    if np.abs(spacings - spacings[0]).max() > 1e-3 * spacings[0].max():
        raise InputError(folder, "its slices differ in pixel spacing")
    place = np.array([plane.position for plane in planes]) @ rotation
    planes, place, warnings = _without_duplicates(planes, place)
    if len(planes) < 2:
        raise InputError(folder, "all its slices lie at one position: not a volume")
    heights = place[:, 2]
    gaps = np.diff(heights)
    usual = float(np.median(gaps))
    count = len(planes)
    even = heights[0] + (heights[-1] - heights[0]) * np.arange(count) / (count - 1)
    uniform = float(np.abs(heights - even).max()) <= max(0.01, 0.02 * usual)
    shift = place[-1, :2] - place[0, :2]
    tilt_deg = float(np.degrees(np.arctan2(np.linalg.norm(shift), heights[-1] - heights[0])))
    sideways = place[:, :2] - place[0, :2]
    straight = shift[None, :] * ((heights - heights[0]) / (heights[-1] - heights[0]))[:, None]
    wander = float(np.abs(sideways - straight).max())
    if tilt_deg > MAX_TILT_DEG:
        raise InputError(folder, f"its slices are sheared by {tilt_deg:.0f} degrees; damaged?")
    regular = uniform
    warnings += _numbers_left_out(planes)
    if not uniform:
        warnings += (_gap_text(gaps, usual),)
    if tilt_deg > TILT_DEG:
        regular = False
        warnings += (f"gantry tilt of {tilt_deg:.1f} degrees: resampled in its true geometry",)
    elif wander > 0.1 * min(spacings[0]):
        regular = False
        warnings += (f"slices are shifted sideways by up to {wander:.1f} mm: resampled",)
    pixel_mm = (float(spacings[0, 1]), float(spacings[0, 0]))
    return Stack(tuple(planes), rotation, place, pixel_mm, regular, warnings)


def _axes(plane: SliceHeader) -> Matrix:
    turn = np.array(plane.orientation, dtype=np.float64).reshape(2, 3)
    row = turn[0] / np.linalg.norm(turn[0])
    column = turn[1] - (turn[1] @ row) * row
    column /= np.linalg.norm(column)
    return np.stack([row, column, np.cross(row, column)], axis=1)


def _without_duplicates(
    planes: list[SliceHeader], place: Matrix
) -> tuple[list[SliceHeader], Matrix, tuple[str, ...]]:
    ranks = np.argsort(place[:, 2], kind="stable")
    heights: Vector = place[ranks, 2]
    fresh = np.concatenate([[True], np.diff(heights) > 1e-3])
    counts = np.diff(np.append(np.flatnonzero(fresh), len(ranks)))
    folder = planes[0].path.parent
    if counts.min() > 1:
        raise InputError(
            folder,
            f"holds {counts.min()} images at every position (time points, phases or energies); "
            "export one of them",
        )
    kept = ranks[fresh]
    warnings: tuple[str, ...] = ()
    dropped = len(planes) - len(kept)
    if dropped:
        warnings = (f"{dropped} slices repeat a position; the first of each was kept",)
    return [planes[index] for index in kept], place[kept], warnings


def _numbers_left_out(planes: list[SliceHeader]) -> tuple[str, ...]:
    """Slices that are evenly spaced but numbered 1, 3, 5: every second file may not be there."""
    numbers = np.abs(np.diff([plane.number // 100_000 for plane in planes]))
    step = int(numbers.min()) if numbers.size else 0
    if step < 2 or numbers.max() != step or planes[0].frame != planes[-1].frame:
        return ()
    return (
        f"its images are numbered in steps of {step}: files between them may be missing, and the "
        "slice distance too large",
    )


def _gap_text(gaps: Vector, usual: float) -> str:
    multiples = gaps / usual
    whole = np.rint(multiples)
    missing = int((whole - 1).sum())
    if missing > 0 and np.abs(multiples - whole).max() < 0.05:
        widest = float(gaps.max())
        return f"{missing} slices are missing (gap of {widest:.1f} mm); filled by interpolation"
    return (
        f"slice distances vary from {gaps.min():.2f} to {gaps.max():.2f} mm: resampled to a "
        "regular grid"
    )
