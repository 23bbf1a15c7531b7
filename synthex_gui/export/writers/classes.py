"""The class of each pixel, where structures overlap by a priority that is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

# Femur over hip bone over sacrum over vertebrae: conventions of the published hip studies.
PRIORITY = (
    "femur-right",
    "femur-left",
    "hemipelvis-right",
    "hemipelvis-left",
    "upper-sacrum",
    "vertebrae",
)


def priority_of(structures: Sequence[str]) -> tuple[str, ...]:
    """The structures, the one that wins first; those without a place keep their order, last."""
    known = [name for name in PRIORITY if name in structures]
    return (*known, *(name for name in structures if name not in PRIORITY))


def class_image(
    folder: Path, record: Mapping[str, Any], names: Sequence[str], shape: tuple[int, int]
) -> NDArray[np.uint8]:
    """(h, w) uint8 of an image's record: 0 background, n the nth of `names`; read from its masks.

    A name may be a structure's or a tool's.
    """
    classes = np.zeros(shape, dtype=np.uint8)
    files = {mask["name"]: mask.get("file") for mask in record["masks"]}
    # The one that wins is painted last.
    for name in reversed(priority_of(names)):
        file = files.get(name)
        if file is not None:
            with PillowImage.open(folder / file) as picture:
                classes[np.asarray(picture) > 0] = names.index(name) + 1
    return classes
