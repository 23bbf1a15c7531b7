"""Operations that change values and leave every pixel in its place.

Ranges are arguments, since the paper's and the repository's differ. Kernels of sharpen and emboss
and the curves of contrast are those of imgaug, which the published training code used; they are
written here from its documentation.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from synthex_gui.randomization.frame import Floats, Frame, floats

Range = tuple[float, float]
POOLS: dict[str, Callable[[Floats], Floats]] = {
    "mean": lambda blocks: floats(blocks.mean(axis=2)),
    "max": lambda blocks: floats(blocks.max(axis=2)),
    "min": lambda blocks: floats(blocks.min(axis=2)),
    "median": lambda blocks: floats(np.median(blocks, axis=2)),
}


def noise(frame: Frame, sigma: Range) -> None:
    """Gaussian, its sigma a share of the image's span."""
    share = frame.uniform(*sigma)
    low, high = frame.span
    frame.image += np.float32(share * (high - low)) * frame.rng.standard_normal(
        frame.image.shape, dtype=np.float32
    )
    frame.note("noise", sigma=share)


def gamma(frame: Frame, exponent: Range) -> None:
    """On the image between its least and largest value."""
    power = frame.uniform(*exponent)
    low, high = frame.span
    # Back on the image's own scale: what follows, and the network, know it by that.
    frame.image = low + (high - low) * _unit(frame) ** np.float32(power)
    frame.note("gamma", exponent=power)


def invert(frame: Frame) -> None:
    """The largest value less each."""
    frame.image = frame.image.max() - frame.image
    frame.note("invert")


def impulses(frame: Frame, share: float, kinds: tuple[str, ...], coarse: Range | None) -> None:
    """A share of the pixels: ``impulse`` any value of the span, ``salt`` the largest, ``pepper``
    the least, ``salt-pepper`` either; ``coarse`` the same in cells, `coarse` of the image a side.
    """
    kind = kinds[frame.one_of(len(kinds))]
    low, high = frame.span
    shape = frame.image.shape
    cells = shape
    part = share
    if kind == "coarse" and coarse is not None:
        # The repository's coarse noise takes half of the share that its fine noise does.
        part = share / 2
        side = frame.uniform(*coarse)
        cells = tuple(max(2, int(size * side)) for size in shape)
        frame.note("impulses", kind=kind, share=part, resolution=side)
    else:
        frame.note("impulses", kind=kind, share=part)
    hit = frame.rng.random(cells, dtype=np.float32) < part
    values = frame.rng.random(cells, dtype=np.float32)
    if kind in ("salt", "pepper"):
        # Salt is the largest value, pepper the least.
        values[:] = kind == "salt"
    elif kind != "impulse":
        # 0 or 1, each as likely.
        values = np.round(values)
    if cells != shape:
        size = shape[1], shape[0]
        # Nearest: a cell is hit or it is not.
        hit = cv2.resize(hit.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        values = floats(cv2.resize(values, size, interpolation=cv2.INTER_NEAREST))
    frame.image[hit] = low + (high - low) * values[hit]


def contrast(frame: Frame) -> None:
    """Linear 0.5 to 2 about the middle, gamma 0.5 to 2, log of gain 0.6 to 1.4, or sigmoid of gain
    3 to 10 about 0.4 to 0.6; on the image between its least and largest value.
    """
    low, high = frame.span
    unit = _unit(frame)
    kind = ("linear", "gamma", "log", "sigmoid")[frame.one_of(4)]
    if kind == "linear":
        slope = frame.uniform(0.5, 2.0)
        unit = 0.5 + np.float32(slope) * (unit - np.float32(0.5))
        frame.note("contrast", kind=kind, slope=slope)
    elif kind == "gamma":
        power = frame.uniform(0.5, 2.0)
        unit = unit ** np.float32(power)
        frame.note("contrast", kind=kind, exponent=power)
    elif kind == "log":
        gain = frame.uniform(0.6, 1.4)
        unit = np.float32(gain) * np.log2(1 + unit)
        frame.note("contrast", kind=kind, gain=gain)
    else:
        gain, cutoff = frame.uniform(3.0, 10.0), frame.uniform(0.4, 0.6)
        unit = 1 / (1 + np.exp(np.float32(gain) * (np.float32(cutoff) - unit)))
        frame.note("contrast", kind=kind, gain=gain, cutoff=cutoff)
    frame.image = np.float32(low) + np.float32(high - low) * np.clip(unit, 0, 1)


def blur(frame: Frame, sigma: Range, box: tuple[int, int]) -> None:
    """Gaussian of `sigma` pixels, or the mean of a square of `box` pixels a side."""
    if frame.one_of(2) == 0:
        wide = frame.uniform(*sigma)
        # Narrower than that a Gaussian changes nothing, and OpenCV takes 0 for "guess".
        if wide > 0.05:
            frame.image = floats(cv2.GaussianBlur(frame.image, (0, 0), wide))
        frame.note("blur", kind="gaussian", sigma_px=wide)
    else:
        side = int(frame.rng.integers(box[0], box[1] + 1))
        frame.image = floats(cv2.blur(frame.image, (side, side)))
        frame.note("blur", kind="mean", side_px=side)


def corrupt_boxes(frame: Frame) -> None:
    """1 to 5 boxes, sides normal about 15 % of the image's with 15 %, noise of 20 % of a box's span
    in each.
    """
    height, width = frame.image.shape
    boxes = []
    for _ in range(1 + frame.one_of(5)):
        # A normal curve of that width goes below 0: a box has at least a pixel or two.
        share = np.clip(frame.rng.normal(0.15, 0.15, 2), 0.02, 0.9)
        h, w = max(1, int(share[0] * height)), max(1, int(share[1] * width))
        top, left = frame.one_of(height - h + 1), frame.one_of(width - w + 1)
        box = frame.image[top : top + h, left : left + w]
        sigma = np.float32(0.2 * (box.max() - box.min()))
        box += sigma * frame.rng.standard_normal(box.shape, dtype=np.float32)
        boxes.append([left, top, w, h])
    frame.note("boxes", boxes=boxes)


def dropout(frame: Frame, share: Range, rectangle: Range, is_grid: bool) -> None:
    """A share of the pixels to 0; or (`is_grid`) of cells whose sides are the share `rectangle` of
    the image, or one rectangle of that share of its area.
    """
    height, width = frame.image.shape
    if frame.one_of(2) == 0:
        part = frame.uniform(*share)
        hit = frame.rng.random((height, width), dtype=np.float32) < part
        frame.image[hit] = 0
        frame.note("dropout", kind="pixels", share=part)
        return
    if is_grid:
        part, side = frame.uniform(*share), frame.uniform(*rectangle)
        cells = max(2, int(height * side)), max(2, int(width * side))
        coarse = (frame.rng.random(cells, dtype=np.float32) < part).astype(np.uint8)
        hit = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST) > 0
        frame.image[hit] = 0
        frame.note("dropout", kind="cells", share=part, resolution=side)
        return
    area = frame.uniform(*rectangle) * height * width
    # Neither the area nor its shape is published beyond a share of the image.
    shape = frame.uniform(0.5, 2.0)
    h = min(height, max(1, round((area * shape) ** 0.5)))
    w = min(width, max(1, round((area / shape) ** 0.5)))
    top, left = frame.one_of(height - h + 1), frame.one_of(width - w + 1)
    frame.image[top : top + h, left : left + w] = 0
    frame.note("dropout", kind="rectangle", box=[left, top, w, h])


def sharpen(frame: Frame, alpha: Range, lightness: Range, strength: Range) -> None:
    """Sharpen or emboss, blended in by `alpha`."""
    share = frame.uniform(*alpha)
    plain = np.zeros((3, 3), np.float32)
    plain[1, 1] = 1
    if frame.one_of(2) == 0:
        light = frame.uniform(*lightness)
        kernel = np.full((3, 3), -1, np.float32)
        kernel[1, 1] = 8 + light
        frame.note("sharpen", alpha=share, lightness=light)
    else:
        s = frame.uniform(*strength)
        kernel = np.array([[-1 - s, -s, 0], [-s, 1, s], [0, s, 1 + s]], np.float32)
        frame.note("emboss", alpha=share, strength=s)
    low, high = frame.span
    blended = (1 - share) * plain + share * kernel
    # A kernel throws values out of the span; clipped, as in the 8-bit images it was written for.
    frame.image = np.clip(cv2.filter2D(frame.image, -1, blended), low, high)


def pool(frame: Frame) -> None:
    """Mean, largest, least or median of blocks of 2 to 4 pixels a side, each block as large."""
    side = 2 + frame.one_of(3)
    kind = tuple(POOLS)[frame.one_of(4)]
    height, width = frame.image.shape
    # Whole blocks: what is beyond the image repeats its edge.
    padded = np.pad(frame.image, ((0, -height % side), (0, -width % side)), mode="edge")
    rows, columns = padded.shape[0] // side, padded.shape[1] // side
    blocks = padded.reshape(rows, side, columns, side).transpose(0, 2, 1, 3)
    flat = blocks.reshape(rows, columns, side * side)
    small = POOLS[kind](flat)
    whole = small.repeat(side, axis=0).repeat(side, axis=1)
    frame.image = np.ascontiguousarray(whole[:height, :width])
    frame.note("pool", kind=kind, side_px=side)


def multiply(frame: Frame) -> None:
    """The whole image by 0.5 to 1.5, or each pixel by its own."""
    if frame.one_of(2) == 0:
        factor = frame.uniform(0.5, 1.5)
        frame.image *= np.float32(factor)
        frame.note("multiply", kind="whole", factor=factor)
    else:
        frame.image *= np.float32(0.5) + frame.rng.random(frame.image.shape, dtype=np.float32)
        frame.note("multiply", kind="pixels")


def _unit(frame: Frame) -> Floats:
    low, high = frame.span
    unit: Floats = (frame.image - np.float32(low)) / np.float32(high - low)
    return unit
