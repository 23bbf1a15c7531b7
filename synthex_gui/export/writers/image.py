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
from synthex_gui.physics.look.looks import log_signal
from synthex_gui.physics.look.scene_look import look_of
from synthex_gui.scene.plan import SeriesPlan

# What 65535 stands for: 1.25 times the open field, so that noise is not clipped; -ln of a signal
# that is 16-bit counting's last count, 11.1; the look's white.
PNG16_TOP = {"signal": 1.25, "log": 12.0, "look": 1.0}


def image_files(item: Item) -> Iterator[File]:
    """One file, its format the plan's."""
    values = quantity_of(item)
    is_png = item.plan.image_format == "png16"
    yield path_of(item), png16(values, PNG16_TOP[item.plan.quantity]) if is_png else tiff32(values)


def quantity_of(item: Item) -> Image:
    """(h, w) float32: what the plan's images hold."""
    signal = item.radiograph.signal
    if item.plan.quantity == "log":
        return log_signal(signal)
    if item.plan.quantity == "look":
        return look_of(signal, item.sample.scene, item.radiograph.camera)
    return signal


def path_of(item: Item) -> str:
    """Relative path of the image."""
    ending = "png" if item.plan.image_format == "png16" else "tiff"
    return image_path(item.sample.number, ending)


def full_scale(plan: SeriesPlan) -> float | None:
    """The stored value of 1 (for the signal the open field); None for TIFF, which holds the
    quantity itself.
    """
    return 65535 / PNG16_TOP[plan.quantity] if plan.image_format == "png16" else None


def png16(values: Image, top: float) -> bytes:
    """(h, w) float32 from 0 to `top` as a 16-bit PNG, what lies outside clipped."""
    scaled = np.rint(np.clip(values * (65535 / top), 0, 65535))
    stream = io.BytesIO()
    # Noise hardly compresses: level 1 is as small as 9 within a few per cent.
    PillowImage.fromarray(scaled.astype(np.uint16)).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def tiff32(image: Image) -> bytes:
    """(h, w) float32 TIFF, uncompressed, without dates or names."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, image.astype(np.float32), metadata=None, software="")
    return stream.getvalue()
