"""What the radiograph is compared with: another level of the same pose, or a real X-ray image."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from synthex_gui.io.loaded import XrayImage
from synthex_gui.physics.backends.base import Image
from synthex_gui.scene.study import Level

Mode = Literal["divider", "beside", "blend"]
MODES: tuple[tuple[Mode, str], ...] = (
    ("divider", "Divider"),
    ("beside", "Beside"),
    ("blend", "Blend"),
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """With a `level` of the same pose, or with the image of a file, or (both None) with nothing.

    `file_values` (h, w) float32, bright where little signal arrived, as the live image is.
    """

    level: Level | None = None
    path: Path | None = None
    file_values: Image | None = None
    frames: int = 1
    frame: int = 0

    @property
    def title(self) -> str:
        """What stands on the image."""
        if self.level is not None:
            return self.level.capitalize()
        if self.path is None:
            return ""
        part = f", frame {self.frame + 1} of {self.frames}" if self.frames > 1 else ""
        return f"{self.path.name}{part}"


NOTHING = Comparison()


def with_file(path: Path, frame: int, image: XrayImage) -> Comparison:
    """A real image: the negative logarithm of a linear one, a logarithmic one turned round."""
    pixels = image.pixels
    if image.kind == "linear":
        # A detector's zero is not an infinite path; one grey level of 16 bits bounds it.
        top = max(float(pixels.max()), 1e-6)
        values = -np.log(np.maximum(pixels / np.float32(top), np.float32(1 / 65535)))
    else:
        values = 1 - pixels
    return Comparison(None, path, values.astype(np.float32), image.frames, frame)


def auto_window(values: Image) -> tuple[float, float]:
    """(low, high): the 1st and 99.5th percentile of the inner part, shutters and burnt air out."""
    height, width = values.shape
    inner = values[height // 8 : -(height // 8) or None, width // 8 : -(width // 8) or None]
    matter = inner[(inner > values.min()) & (inner < values.max())]
    low, high = np.percentile(matter if matter.size else inner, (1.0, 99.5))
    return float(low), float(max(high, low + 1e-3))
