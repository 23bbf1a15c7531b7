"""Is an image a label map? By what its voxels are, not by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.core.steps import Progress, no_progress
from synthex_gui.io.volumes.door import LABEL_RATIO, image_kind, read_image, refuse_packed

# More different numbers are an image; TotalSegmentator has 117 structures, a brain atlas some 200.
MOST_IDS = 1000
# Ids leave gaps, but few are more than so many times their count.
SPARSE = 20
# Of the voxels of structures so many have a neighbour of the same number; noise has few.
LEAST_ALIKE = 0.6
MOST_LABEL = 65535


def is_label_map(path: Path | str, progress: Progress = no_progress) -> bool:
    """True for whole numbers from 0 on, not many of them, in regions of one number each.

    False for DICOM. Raises InputError for what is no image or damaged.
    """
    source = Path(path).expanduser()
    if source.is_dir() or image_kind(source) == "dicom":
        return False
    refuse_packed(source, LABEL_RATIO)
    raw, slope, intercept = read_image(source, image_kind(source), progress)
    if raw.values.ndim == 4 or any(key.startswith("Segment0_") for key in raw.metadata):
        return True
    values = raw.values if (slope, intercept) == (1.0, 0.0) else raw.values * slope + intercept
    return looks_like_ids(values)


def looks_like_ids(values: NDArray[Any]) -> bool:
    """True for voxels (nz, ny, nx) that are ids of structures, whatever they are stored as."""
    low, high = float(values.min()), float(values.max())
    if not (low == 0 and 0 < high <= MOST_LABEL):
        return False
    if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        return False
    ids = values.astype(np.uint16)
    count = int(np.count_nonzero(np.bincount(ids.ravel())))
    # A phantom's CT of three densities has few numbers, too, but far apart.
    if count > MOST_IDS or high > max(255.0, float(SPARSE * count)):
        return False
    left, right = ids[..., :-1], ids[..., 1:]
    is_structure = left > 0
    inside = int(np.count_nonzero(is_structure))
    alike = int(np.count_nonzero(is_structure & (left == right)))
    return alike >= LEAST_ALIKE * inside > 0
