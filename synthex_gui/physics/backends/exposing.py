"""The contract of backends that also carry the imaging chain, with one question to the host.

In the middle of an exposure lies what needs the whole image at once, but coarse: scatter and
exposure control. Still no physics: sums of exponentials, even filters, counter-based noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.backends.base import (
    Backend,
    BackendError,
    Image,
    Projection,
    ProjectionRequest,
)
from synthex_gui.physics.backends.look import LookStage

Floats = NDArray[np.float32]


class NotExposingError(BackendError):
    """The image's chain must be carried elsewhere; its projection is still to be had."""


@dataclass(frozen=True, eq=False)
class Slab:
    """A box without end along world z that rays cross: `rays` (3, 3) takes (column, row, 1) to a
    pixel's ray, source to detector, in world mm; `x_span`, `y_span` (2,) mm the box's faces less
    the source; `density` g/cm2 per mm of path.
    """

    rays: NDArray[np.float64]
    x_span: NDArray[np.float64]
    y_span: NDArray[np.float64]
    density: float


@dataclass(frozen=True, eq=False)
class PrimaryStage:
    """From a request to the primary beam's signal.

    `sources` (m,) int32: the image that material m comes from, fields first, then owned mesh paths,
    in request order, -1 for none; `factors` (m,) turn it into g/cm2. What `slab` has counts
    `amounts` (m,) times as well. `mu` (groups, m) cm2/g; `first`, `second` (lines, groups) weights
    of signal and variance for each row, or each column when `by_column`. `blur` (rows, columns),
    taps as in `SeparableFilter`. `exposure`, `blades` (h, w): open field, at least `darkest`, and
    its part behind the collimator; kept on the device while they are the same objects. `cell`
    pixels of a coarse cell, into which the first `tissues` materials are summed. `look`: what is to
    be shown of the signal, None for nothing.
    """

    request: ProjectionRequest
    sources: NDArray[np.int32]
    factors: Floats
    slab: Slab | None
    amounts: Floats
    mu: Floats
    first: Floats
    second: Floats
    by_column: bool
    blur: tuple[Floats, Floats] | None
    exposure: Image
    darkest: float
    blades: Image | None
    tissues: int
    cell: int
    look: LookStage | None = None


@dataclass(frozen=True, eq=False)
class CoarseSignal:
    """(rows, columns) means over cells: `signal` of the primary and `water_g_cm2` of tissues."""

    signal: Image
    water_g_cm2: Image


@dataclass(frozen=True, eq=False)
class ReadStage:
    """From the primary's signal to the flat-fielded one.

    `grid` (w,) its primary transmission; `scatter` (rows, columns) per cell and `scatter_spread`
    its variance factor; `per_photon` 1 / photons, 0 for no noise; `key` (2,) uint32 of the noise;
    `flat_share` of the open field in the flat field. `is_ideal`: only divided by the flat field.
    Otherwise blurred, times `gains` (h, w), plus noise `electronic`, `lag` of `previous` (h, w),
    at most `saturation`, rounded to square-root coded counts up to `levels`; 0 leaves noise, lag
    and rounding out.
    """

    grid: Floats
    scatter: Image | None
    scatter_spread: float
    per_photon: float
    key: NDArray[np.uint32]
    flat_share: float
    is_ideal: bool
    blur: tuple[Floats, Floats] | None = None
    gains: Image | None = None
    lag: float = 0.0
    previous: Image | None = None
    electronic: float = 0.0
    saturation: float = 0.0
    levels: int = 0


class Host(Protocol):
    """The host's part of one exposure. Either method may be called again when a lost device was
    replaced.
    """

    def meanwhile(self) -> None:
        """Whatever needs nothing of the device, which is at work by now."""
        ...

    def decide(self, coarse: CoarseSignal) -> ReadStage:
        """How the exposure goes on."""
        ...


@dataclass(frozen=True, eq=False)
class Exposed:
    """`projection` without `fields` and `meshes_mm`, which stay on the device; `signal` (h, w)
    float32, flat-fielded; `shown` (h, w) float32, its look, if one was asked for.
    """

    projection: Projection
    signal: Image
    shown: Image | None = None


@runtime_checkable
class ExposingBackend(Backend, Protocol):
    """A backend that turns a request into a signal."""

    def expose(self, stage: PrimaryStage, host: Host, into: Floats | None = None) -> Exposed:
        """One exposure. The images may be left in `into` (n,), memory that another process shares,
        one after the other: labels, whole mesh paths, first metal, signal, shown.

        Raises BackendError for what the backend cannot do, and what `host` raises.
        """
        ...
