"""How long a series will take and how large it will be, as people say it."""

from __future__ import annotations

# Measured on two cores: what an image costs besides its pixels (poses, files, their checksums),
# and a mask of FULL columns (run lengths and PNG).
PER_IMAGE_S = 0.08
PER_MASK_S = 0.015
FULL = 1536
# Starting a worker: its interpreter, the compiled kernels, the scene's arrays.
PER_WORKER_S = 5.0


def series_seconds(
    images: int, size: int, masks: int, workers: int, full_seconds: float, full_size: int
) -> float:
    """About the time of `images` of `size` columns, from what the window's full image took.

    Workers share the processors, so they save the time around the images, not the images'.
    """
    projecting = full_seconds * (size / full_size) ** 2
    around = PER_IMAGE_S + masks * PER_MASK_S * (size / FULL) ** 2
    start = PER_WORKER_S if workers > 1 else 0.0
    return start + images * (projecting + around / workers)


def time_text(seconds: float) -> str:
    """As short as can be."""
    if seconds > 2 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds > 90 else f"{max(seconds, 1.0):.0f} s"


def size_text(size: float) -> str:
    """MB or GB of a number of bytes."""
    if size > 1e9:
        return f"{size / 1e9:.2g} GB"
    return f"{size / 1e6:.0f} MB" if size > 10e6 else f"{size / 1e6:.1f} MB"


def count_text(count: int) -> str:
    """A number with its thousands apart."""
    return f"{count:,}".replace(",", "\u202f")
