"""The pinhole camera of an X-ray image, ``synthex-camera-1``.

Origin at the X-ray source, +z towards the detector; ``P = K [R | t]`` maps world mm to pixels
(column, row, 1). Pixel (0, 0) is the CENTRE of the top-left pixel. C-arm images are stored as
radiographs are read, which seen from the source is a mirror image: there ``K[0, 0] < 0``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.angles import angles_from_direction
from synthex_gui.geometry.transforms import Matrix, Vector, as_nested

NAME = "synthex-camera-1"
# A typing error in a camera file must not ask for more memory than a machine has.
LARGEST_SIDE_PIXELS = 16384
# A kilometre over a pixel of a micrometre; products of much larger numbers overflow.
LARGEST_NUMBER = 1e9


class CameraError(SynthexError):
    """A camera that is not one: a matrix of the wrong shape, a mirror in R, no pixels."""


@dataclass(frozen=True, eq=False)
class Camera:
    """Intrinsics and pose of one image.

    Attributes: `k` (3, 3) and `r` (3, 3) float64, `t` (3,) mm (camera from world), `width` and
    `height` in pixels, `sdd_mm` source-to-detector distance.
    Raises CameraError when R is not a rotation within 1e-6, K is not upper triangular, a side
    has no pixel or more than LARGEST_SIDE_PIXELS, or a number is beyond LARGEST_NUMBER.
    """

    k: Matrix
    r: Matrix
    t: Vector
    width: int
    height: int
    sdd_mm: float

    def __post_init__(self) -> None:
        for name, shape in (("k", (3, 3)), ("r", (3, 3)), ("t", (3,))):
            array = np.array(getattr(self, name), dtype=np.float64)
            if array.shape != shape or not all(map(math.isfinite, array.ravel().tolist())):
                shown = name if name == "t" else name.upper()
                raise CameraError(f"camera: {shown} must be {shape} finite numbers")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if self.width < 1 or self.height < 1:
            raise CameraError(f"camera: an image of {self.width} x {self.height} has no pixels")
        if max(self.width, self.height) > LARGEST_SIDE_PIXELS:
            raise CameraError(
                f"camera: an image of {self.width} x {self.height} is too large; "
                f"at most {LARGEST_SIDE_PIXELS} pixels a side"
            )
        if not (math.isfinite(self.sdd_mm) and self.sdd_mm > 0):
            raise CameraError(f"camera: sdd_mm must be positive, not {self.sdd_mm}")
        determinant, stray = _rotation_check(self.r)
        if not (stray <= 1e-6 and abs(determinant - 1) <= 1e-6):
            raise CameraError(
                f"camera: R is not a rotation (determinant {determinant:.6g}, it must be +1); "
                "put a mirror into K[0][0], not into R"
            )
        (fx, _, _), (k10, fy, _), (k20, k21, k22) = self.k.tolist()
        if fx == 0 or fy == 0 or k22 != 1 or k10 or k20 or k21:
            raise CameraError("camera: K must be upper triangular with K[2][2] = 1")
        largest = max(self.sdd_mm, *map(abs, (*self.k.ravel().tolist(), *self.t.tolist())))
        if largest > LARGEST_NUMBER or min(abs(fx), abs(fy)) < 1 / LARGEST_NUMBER:
            raise CameraError(
                f"camera: K, t and sdd_mm must lie within {LARGEST_NUMBER:g}, and the focal "
                "lengths in K not below its inverse"
            )

    @cached_property
    def p(self) -> Matrix:
        """P = K [R | t], (3, 4)."""
        result: Matrix = self.k @ np.column_stack([self.r, self.t])
        return result

    @cached_property
    def source_mm(self) -> Vector:
        """The X-ray source in world mm, (3,)."""
        result: Vector = -self.r.T @ self.t + 0.0
        return result

    @property
    def direction(self) -> Vector:
        """Unit vector of the camera's +z (source towards detector) in the world, (3,)."""
        result: Vector = self.r[2].copy()
        return result

    @property
    def pixel_pitch_mm(self) -> float:
        """Pixel pitch on the detector: SDD / |K[0, 0]|."""
        return self.sdd_mm / abs(float(self.k[0, 0]))

    @cached_property
    def detector_from_pixel(self) -> Matrix:
        """World mm of pixel centres: (3, 3) with world = M @ (column, row, 1)."""
        rays = self.r.T @ np.linalg.inv(self.k) * self.sdd_mm
        result: Matrix = rays + np.outer(self.source_mm, [0, 0, 1])
        return result

    def pixel_to_world(self, column: ArrayLike, row: ArrayLike) -> Matrix:
        """Points on the detector plane, (..., 3) world mm, for pixel coordinates (...)."""
        columns, rows = np.broadcast_arrays(
            np.asarray(column, dtype=np.float64), np.asarray(row, dtype=np.float64)
        )
        pixels = np.stack([columns, rows, np.ones(columns.shape)], axis=-1)
        result: Matrix = pixels @ self.detector_from_pixel.T
        return result

    def ray(self, column: float, row: float) -> tuple[Vector, Vector]:
        """(source_mm, unit direction) of the ray through a pixel."""
        direction = self.pixel_to_world(column, row) - self.source_mm
        return self.source_mm.copy(), direction / np.linalg.norm(direction)

    def project(self, points_mm: ArrayLike) -> tuple[Matrix, NDArray[np.float64]]:
        """((n, 2) column, row; (n,) depth in mm along +z) of world points (n, 3).

        A depth <= 0 is behind the source; its pixel then has no meaning (nan at exactly 0).
        """
        points = np.atleast_2d(np.asarray(points_mm, dtype=np.float64))
        homogeneous = points @ self.p[:, :3].T + self.p[:, 3]
        depth = homogeneous[:, 2]
        safe = np.where(depth == 0, np.nan, depth)
        return homogeneous[:, :2] / safe[:, None], depth

    def is_blind_to(self, points_mm: ArrayLike) -> bool:
        """True when the image cannot hold anything of the convex body around points (n, 3): all lie
        behind the source, or beyond one side of the image.
        """
        pixels, depth = self.project(points_mm)
        if (depth <= 0).all():
            return True
        if (depth <= 0).any():
            # A body around the source has no outline on the image.
            return False
        low, high = pixels.min(axis=0), pixels.max(axis=0)
        return bool((high < -0.5).any() or (low > np.array([self.width, self.height]) - 0.5).any())

    def resized(self, width: int, height: int | None = None) -> Camera:
        """The same field on another pixel grid (pixel edges, not centres, stay).

        Without a height the pixels keep their shape and the image its middle; where the rows then
        do not come out whole, the field's top and bottom move by less than half a pixel.
        """
        sx = width / self.width
        if height is None:
            height = max(1, round(self.height * sx))
            sy = sx
        else:
            sy = height / self.height
        top = (height - sy * self.height) / 2
        scale = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2 + top], [0, 0, 1.0]])
        return replace(self, k=scale @ self.k, width=width, height=height)

    def cropped(self, left: int, top: int, width: int, height: int) -> Camera:
        """The sub-image starting at pixel (left, top)."""
        shift = np.array([[1.0, 0, -left], [0, 1, -top], [0, 0, 1]])
        return replace(self, k=shift @ self.k, width=width, height=height)

    def to_json(self, **extra: Any) -> dict[str, Any]:
        """The ``camera`` object of an exported image; `extra` adds isocentre and joints."""
        primary, secondary = angles_from_direction(self.direction)
        return {
            "name": NAME,
            "K": as_nested(self.k),
            "R": as_nested(self.r),
            "t": [float(value) + 0.0 for value in self.t],
            "P": as_nested(self.p),
            "width": self.width,
            "height": self.height,
            "sdd_mm": float(self.sdd_mm),
            "source_isocentre_mm": None,
            "pixel_pitch_mm": self.pixel_pitch_mm,
            "primary_deg": primary,
            "secondary_deg": secondary,
            "joints": None,
        } | extra

    @classmethod
    def from_json(cls, data: Mapping[str, Any], default_sdd_mm: float) -> Camera:
        """A camera given from outside: K, R, t, width, height, optional sdd_mm.

        Raises CameraError naming what is missing or wrong.
        """
        missing = [key for key in ("K", "R", "t", "width", "height") if key not in data]
        if missing:
            raise CameraError(f"camera: {', '.join(missing)} missing")
        try:
            return cls(
                k=np.array(data["K"], dtype=np.float64),
                r=np.array(data["R"], dtype=np.float64),
                t=np.array(data["t"], dtype=np.float64),
                width=_whole(data["width"], "width"),
                height=_whole(data["height"], "height"),
                sdd_mm=float(data.get("sdd_mm") or default_sdd_mm),
            )
        except (TypeError, ValueError, OverflowError) as error:
            raise CameraError(f"camera: {error}") from error


def _rotation_check(r: Matrix) -> tuple[float, float]:
    """(determinant, largest difference of R R^T from the identity).

    By plain numbers: cameras are made several times an image, and NumPy takes 40 us for it.
    """
    a, b, c = r.tolist()
    normal = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    pairs = ((a, a, 1), (b, b, 1), (c, c, 1), (a, b, 0), (a, c, 0), (b, c, 0))
    strays = [abs(_dot(one, other) - wanted) for one, other, wanted in pairs]
    return _dot(normal, c), max(strays)


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or int(value) != float(value):
        raise CameraError(f"camera: {name} must be a whole number, not {value}")
    return int(value)


def look(
    source_mm: ArrayLike,
    r: Matrix,
    sdd_mm: float,
    pixel_pitch_mm: float,
    width: int,
    height: int,
) -> Camera:
    """A C-arm's camera: K mirrored in its columns, principal point at the image centre.

    `r` (3, 3) camera from world; `source_mm` (3,) world.
    """
    f = sdd_mm / pixel_pitch_mm
    k = np.array([[-f, 0, (width - 1) / 2], [0, f, (height - 1) / 2], [0, 0, 1.0]])
    t = -np.asarray(r) @ np.asarray(source_mm, dtype=np.float64)
    return Camera(k=k, r=r, t=t, width=width, height=height, sdd_mm=sdd_mm)
