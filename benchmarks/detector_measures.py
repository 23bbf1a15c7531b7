"""Measuring a detector from its images: slanted-edge MTF and noise power spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BIN_PX = 0.2


def slanted_edge_mtf(image: Array, pixel_mm: float) -> tuple[Array, Array]:
    """(frequency [lp/mm], MTF) of an image of one straight edge, a few degrees off the columns.

    The edge is fitted from the rows' centroids, pixels are binned by their distance to it, the
    edge-spread function is differentiated and transformed (as IEC 62220-1 does).
    """
    rows, columns = image.shape
    slope = np.abs(np.gradient(image, axis=1))
    slope[slope < 0.1 * slope.max()] = 0.0
    at = (slope * np.arange(columns)).sum(axis=1) / slope.sum(axis=1)
    steepness, offset = np.polyfit(np.arange(rows), at, 1)
    y, x = np.mgrid[:rows, :columns]
    distance = (x - offset - steepness * y) / np.hypot(1.0, steepness)
    half = min(columns // 2 - abs(steepness) * rows / 2 - 4, 60.0)
    edges = np.arange(-half, half + BIN_PX / 2, BIN_PX)
    place = np.digitize(distance.ravel(), edges) - 1
    inside = (place >= 0) & (place < len(edges) - 1)
    count = np.bincount(place[inside], minlength=len(edges) - 1)
    sums = np.bincount(place[inside], image.ravel()[inside], minlength=len(edges) - 1)
    spread = sums / np.maximum(count, 1)
    line = np.gradient(spread)
    window = np.hanning(len(line))
    found = np.abs(np.fft.rfft(line * window))
    cycles = np.fft.rfftfreq(len(line), BIN_PX)
    # np.gradient of bins is a central difference over two of them, each a mean over one.
    blur = np.sinc(cycles * BIN_PX) * np.sinc(2.0 * cycles * BIN_PX)
    inside_band = cycles < 0.6
    result = found[inside_band] / found[0] / blur[inside_band]
    return cycles[inside_band] / pixel_mm, result


def noise_power(images: list[Array], pixel_mm: float, size: int = 64) -> tuple[Array, Array]:
    """(frequency [lp/mm], noise power along it [mm2]), mean of rows and columns next to the axes.

    Squares of `size` pixels, each without its mean; the axes themselves are left out.
    """
    power = np.zeros((size, size))
    count = 0
    for image in images:
        flat = image / image.mean()
        for i in range(0, flat.shape[0] - size + 1, size):
            for j in range(0, flat.shape[1] - size + 1, size):
                part = flat[i : i + size, j : j + size]
                power += np.abs(np.fft.fft2(part - part.mean())) ** 2
                count += 1
    power *= pixel_mm**2 / (size * size) / count
    near = [1, 2, 3, size - 3, size - 2, size - 1]
    across = power[near][:, : size // 2].mean(axis=0)
    down = power[:, near][: size // 2].mean(axis=1)
    frequency = np.fft.fftfreq(size, pixel_mm)[: size // 2]
    return frequency[1:], ((across + down) / 2)[1:]
