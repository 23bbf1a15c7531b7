"""Operations that move pixels, and with them masks, landmarks and the camera."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synthex_gui.randomization.frame import Floats, Frame, Matrix, Points, floats

# The mirror image goes on beyond the border, in masks too: what is seen is what is labelled.
BORDER = cv2.BORDER_REFLECT_101
# Squares a side of the net whose knots are moved.
NET = 4
# Each step leaves at most a fifth of the error: knots move by at most 6 % of a square's side.
INVERSION_STEPS = 24


def crop(frame: Frame, share: float) -> None:
    """A part of `share` of each side, anywhere."""
    height, width = frame.image.shape
    h, w = max(1, round(share * height)), max(1, round(share * width))
    top, left = frame.one_of(height - h + 1), frame.one_of(width - w + 1)
    # A view would keep the whole image in memory, and OpenCV wants rows without gaps.
    frame.image = np.ascontiguousarray(frame.image[top : top + h, left : left + w])
    if frame.masks is not None:
        frame.masks = np.ascontiguousarray(frame.masks[:, top : top + h, left : left + w])
    move = np.eye(3)
    move[:2, 2] = -left, -top
    frame.moves.append(move)
    frame.note("crop", left=left, top=top, width=w, height=h)


def affine(frame: Frame) -> None:
    """About the image's middle: turned by 5 degrees, sheared by 2, scaled by 0.9 to 1.1 at most,
    then moved by up to 20 pixels in any direction.
    """
    angle, shear = frame.uniform(-5, 5), frame.uniform(-2, 2)
    scale, distance = frame.uniform(0.9, 1.1), frame.uniform(0, 20)
    towards = frame.uniform(0, 2 * np.pi)
    height, width = frame.image.shape
    a, s = np.radians([angle, shear])
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    # Sheared first, then scaled and turned, about the middle.
    linear = scale * turn @ np.array([[1.0, np.tan(s)], [0.0, 1.0]])
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    move = np.eye(3)
    move[:2, :2] = linear
    move[:2, 2] = middle - linear @ middle + distance * np.array([np.cos(towards), np.sin(towards)])
    _resample(frame, *_places(np.asarray(np.linalg.inv(move), np.float64), height, width))
    frame.moves.append(move)
    frame.note(
        "affine",
        angle_deg=angle,
        shear_deg=shear,
        scale=scale,
        shift_px=distance,
        towards_deg=float(np.degrees(towards)),
    )


def piecewise(frame: Frame) -> None:
    """The knots of a net of triangles moved by up to 1.5 % of the image's sides, what is between
    them by each triangle's affine map.
    """
    height, width = frame.image.shape
    reach = frame.uniform(0.5, 1.5) / 100
    shape = NET + 1, NET + 1
    offsets = np.stack(
        [
            np.clip(frame.rng.normal(0, reach / 2, shape), -reach, reach) * side
            for side in (width, height)
        ],
        axis=-1,
    )
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    places = np.stack([columns, rows], axis=-1)
    came_from = places + _offset_at(offsets, places, height, width)
    _resample(frame, *np.moveaxis(came_from.astype(np.float32), -1, 0))

    def forward(points: Points) -> Points:
        """Where a pixel that came from `points` is: the inverse of what the image was read by."""
        found = points
        for _ in range(INVERSION_STEPS):
            found = points - _offset_at(offsets, found, height, width)
        return found

    frame.moves.append(forward)
    frame.note("piecewise-affine", reach=reach, offsets_px=offsets.round(6).tolist())


def jitter(frame: Frame) -> None:
    """Each pixel read up to 3.5 away: the repository's elastic transformation, whose smoothing of
    0.25 pixels is none. Masks, landmarks and camera stay.
    """
    reach = frame.uniform(0.5, 3.5)
    height, width = frame.image.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    offsets = frame.rng.uniform(-reach, reach, (2, height, width)).astype(np.float32)
    offsets = np.stack([cv2.GaussianBlur(item, (0, 0), 0.25) for item in offsets])
    x, y = columns + offsets[0], rows + offsets[1]
    frame.image = floats(cv2.remap(frame.image, x, y, cv2.INTER_LINEAR, borderMode=BORDER))
    frame.note("jitter", reach_px=reach)


def _places(came_from: Matrix, height: int, width: int) -> tuple[Floats, Floats]:
    """Where each pixel is read, column and row."""
    columns, rows = np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64)[:, None]
    (a, b, c), (d, e, f), _ = came_from
    x: Floats = (a * columns + b * rows + c).astype(np.float32)
    y: Floats = (d * columns + e * rows + f).astype(np.float32)
    return x, y


def _resample(frame: Frame, x: Floats, y: Floats) -> None:
    frame.image = floats(cv2.remap(frame.image, x, y, cv2.INTER_LINEAR, borderMode=BORDER))
    if frame.masks is not None:
        nearest = [_nearest(mask, x, y) for mask in frame.masks]
        frame.masks = np.stack(nearest) if nearest else frame.masks


def _nearest(mask: NDArray[Any], x: Floats, y: Floats) -> NDArray[Any]:
    """OpenCV rounds to 1/32 pixel and knows few types; an index knows all."""
    height, width = mask.shape
    rows, columns = _mirrored(np.rint(y), height), _mirrored(np.rint(x), width)
    picked: NDArray[Any] = mask[rows, columns]
    return picked


def _mirrored(places: Floats, size: int) -> NDArray[np.intp]:
    period = max(2 * (size - 1), 1)
    folded = np.abs(places.astype(np.intp)) % period
    return np.minimum(folded, period - folded) if size > 1 else np.zeros_like(folded)


def _offset_at(offsets: Matrix, places: Points, height: int, width: int) -> Points:
    """(..., 2) pixels by which the net is moved at places (..., 2); beyond the image as at its
    border.
    """
    size = np.array([max(width - 1, 1), max(height - 1, 1)])
    net = np.clip(places / size * NET, 0, NET)
    cell = np.minimum(net.astype(np.intp), NET - 1)
    share = net - cell
    j, i = cell[..., 0], cell[..., 1]
    u, v = share[..., :1], share[..., 1:]
    near, right = offsets[i, j], offsets[i, j + 1]
    below, far = offsets[i + 1, j], offsets[i + 1, j + 1]
    # Two triangles a square; along their common side both give the same.
    upper = near + u * (right - near) + v * (below - near)
    lower = far + (1 - u) * (below - far) + (1 - v) * (right - far)
    result: Points = np.where(u + v <= 1, upper, lower)
    return result
