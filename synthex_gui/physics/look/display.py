"""Grey values of an image through a window, as a screen or an 8-bit file takes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.numeric.jit import vector_kernel
from synthex_gui.numeric.tiles import run_tiles

Image = NDArray[np.float32]
Bytes = NDArray[np.uint8]


def grey_bytes(
    pixels: Image, low: float, high: float, inverted: bool, threads: int = 1
) -> NDArray[np.uint8]:
    """(h, w) grey values of `pixels` (h, w): `low` and below 0, `high` and above 255, the other
    way round when `inverted`; rounded down. What is not a number is 0.
    """
    plain = np.ascontiguousarray(pixels, dtype=np.float32)
    scale = np.float32(255.0 / (high - low))
    grey = np.empty(plain.shape, np.uint8)
    base, way = np.float32(255.0 if inverted else 0.0), np.float32(-1.0 if inverted else 1.0)
    run_tiles(
        lambda top, bottom: _grey_rows(plain, np.float32(low), scale, base, way, top, bottom, grey),
        len(plain),
        threads,
    )
    return grey


def warm_up_display() -> None:
    """Compile for images that may be written to, and for those that may not."""
    for is_writeable in (True, False):
        image = np.zeros((2, 2), np.float32)
        image.setflags(write=is_writeable)
        grey_bytes(image, 0.0, 1.0, False)


@vector_kernel
def _grey_rows(
    pixels: Image,
    low: np.float32,
    scale: np.float32,
    base: np.float32,
    way: np.float32,
    top: int,
    bottom: int,
    grey: Bytes,
) -> None:
    zero, most = np.float32(0.0), np.float32(255.0)
    for row in range(top, bottom):
        values, target = pixels[row], grey[row]
        for x in range(values.size):
            value = base + way * ((values[x] - low) * scale)
            # What is not a number fails the first comparison.
            value = value if value > zero else zero
            target[x] = np.uint8(np.int32(value if value < most else most))
