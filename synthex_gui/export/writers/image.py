"""The radiograph: 16-bit PNG, or float32 TIFF of the signal as it is."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import tifffile
from PIL import Image as PillowImage

from synthex_gui.export.dataset import image_path
from synthex_gui.export.writers.base import File, Item
from synthex_gui.physics.backends.base import Image
from synthex_gui.scene.plan import SeriesPlan

# 16-bit images: this value stands for 1.25 times the open field, so that noise is not clipped.
PNG16_FULL_SCALE = 65535 / 1.25


def image_files(item: Item) -> Iterator[File]:
    """One file, its format the plan's."""
    signal = item.radiograph.signal
    data = png16(signal) if item.plan.image_format == "png16" else tiff32(signal)
    yield path_of(item), data


def path_of(item: Item) -> str:
    """Relative path of the image."""
    ending = "png" if item.plan.image_format == "png16" else "tiff"
    return image_path(item.sample.number, ending)


def full_scale(plan: SeriesPlan) -> float | None:
    """The stored value of the open field; None for TIFF, which holds the signal itself."""
    return PNG16_FULL_SCALE if plan.image_format == "png16" else None


def png16(signal: Image) -> bytes:
    """(h, w) float32 signal to a 16-bit PNG, what lies above 1.25 clipped."""
    scaled = np.rint(np.clip(signal * PNG16_FULL_SCALE, 0, 65535))
    stream = io.BytesIO()
    # Noise hardly compresses: level 1 is as small as 9 within a few per cent.
    PillowImage.fromarray(scaled.astype(np.uint16)).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def tiff32(image: Image) -> bytes:
    """(h, w) float32 TIFF, uncompressed, without dates or names."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, image.astype(np.float32), metadata=None, software="")
    return stream.getvalue()
