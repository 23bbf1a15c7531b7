"""One image to a file: raw float32 TIFF, or a display PNG with its window recorded."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image as PillowImage

from synthex_gui.core.errors import SynthexError
from synthex_gui.physics.backends.base import Image
from synthex_gui.physics.look.looks import LOG_WINDOW, log_signal, picture
from synthex_gui.physics.render import Radiograph
from synthex_gui.scene.detector import Processing

# Path lengths run from nothing to a pelvis' bone seen along its length.
PATH_WINDOW_MM = (0.0, 100.0)


def quantity_image(radiograph: Radiograph, quantity: str) -> Image:
    """The image a quantity names: ``line-integral``, ``signal`` or ``path-mm:NAME``.

    At the realistic level the line integral is -ln(signal). SynthexError for an unknown name.
    """
    if quantity == "signal":
        return radiograph.signal
    if quantity == "line-integral":
        if radiograph.line_integral is not None:
            return radiograph.line_integral
        return log_signal(radiograph.signal)
    name = quantity.removeprefix("path-mm:")
    if quantity.startswith("path-mm:"):
        for paths in (radiograph.tools_mm, radiograph.structures_mm):
            if name in paths:
                return paths[name]
        raise SynthexError(f"the scene has no label or tool called {name!r}")
    raise SynthexError(f"{quantity!r} is no quantity; use line-integral, signal or path-mm:NAME")


def look_file(
    signal: Image, processing: Processing, window: tuple[float, float] | None
) -> tuple[bytes, dict[str, Any]]:
    """8-bit PNG of a signal's look, and every number it was made with, to be recorded."""
    shown = picture(signal, processing, window)
    return _png8(shown.grey * 255.0), shown.record


def display_file(
    image: Image, quantity: str, window: tuple[float, float] | None
) -> tuple[bytes, dict[str, Any]]:
    """8-bit PNG, bone bright, and what was applied, to be recorded."""
    shown = log_signal(image) if quantity == "signal" else image
    low, high = window or (PATH_WINDOW_MM if quantity.startswith("path-mm:") else LOG_WINDOW)
    grey = np.clip((shown - low) / (high - low) * 255.0, 0, 255)
    record = {"image": "log" if quantity == "signal" else quantity, "low": low, "high": high}
    return _png8(grey), record


def _png8(grey: Image) -> bytes:
    stream = io.BytesIO()
    PillowImage.fromarray(np.rint(grey).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()
