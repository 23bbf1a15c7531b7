"""The contract of backends that also carry the imaging chain, from a request to what is shown.

Still no physics: sums of exponentials, even filters, kernels by distance, counter-based noise.
"""

from __future__ import annotations

from collections.abc import Callable
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
    its part behind the collimator; kept on the device while they are the same objects. A coarse
    cell of `cell` pixels has means of the primary's signal and of the first `tissues` materials'
    sum. `look`: what is to be shown of the signal, None for nothing.
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
class ScatterStage:
    """What the coarse primary scatters, summed as `scattered` does.

    `nodes` (3, n) float64: thicknesses w [g/cm2], exp(`thicker` w), exp(`thinner` w), the rates in
    cm2/g. Kernels by distance in cells, (n, rows, columns) float32: `near` and `far`, of two gaps,
    of which `far` counts `share`. `down` (rows, rows) and `across` (columns, columns, transposed)
    smooth the thickness around. `passing`: what the grid lets through; `spread`: variance factor.
    The arrays are kept on the device while they are the same objects.
    """

    nodes: NDArray[np.float64]
    near: Floats
    far: Floats
    share: float
    down: Floats
    across: Floats
    thicker: float
    thinner: float
    passing: float
    spread: float


@dataclass(frozen=True, eq=False)
class Metering:
    """Exposure control: `wanted` over the mean signal that arrives, behind the grid, in the coarse
    cells from `rows[0]` and `columns[0]` up to `rows[1]` and `columns[1]`, is the number of photons
    per open-field pixel, at least `least` and at most `most`.
    """

    rows: tuple[int, int]
    columns: tuple[int, int]
    wanted: float
    least: float
    most: float


@dataclass(frozen=True, eq=False)
class ReadStage:
    """From the primary's signal to the flat-fielded one.

    `grid` (w,) its primary transmission; `scatter` None for none; `photons` per open-field pixel,
    or what decides on them; `key` (2,) uint32 of the noise, None for no noise; `flat_share` of the
    open field in the flat field. `is_ideal`: only divided by the flat field. Otherwise blurred,
    times `gains` (h, w), plus noise of `electronic` photons, `lag` of `previous` (h, w), at most
    `saturation`, rounded to square-root coded counts up to `levels`; 0 leaves lag and rounding out.
    """

    grid: Floats
    scatter: ScatterStage | None
    photons: float | Metering
    key: NDArray[np.uint32] | None
    flat_share: float
    is_ideal: bool
    blur: tuple[Floats, Floats] | None = None
    gains: Image | None = None
    lag: float = 0.0
    previous: Image | None = None
    electronic: float = 0.0
    saturation: float = 0.0
    levels: int = 0


# How an exposure goes on: asked while the device is at work, again when a lost one was replaced.
Reading = Callable[[], ReadStage]


@dataclass(frozen=True, eq=False)
class Exposed:
    """`projection` without `fields` and `meshes_mm`, which stay on the device; `signal` (h, w)
    float32, flat-fielded, by `photons` per open-field pixel; `shown` (h, w) float32, its look, if
    one was asked for.
    """

    projection: Projection
    signal: Image
    photons: float
    shown: Image | None = None


@runtime_checkable
class ExposingBackend(Backend, Protocol):
    """A backend that turns a request into a signal."""

    def expose(self, stage: PrimaryStage, reading: Reading, into: Floats | None = None) -> Exposed:
        """One exposure. The images may be left in `into` (n,), memory that another process shares,
        one after the other: labels, whole mesh paths, first metal, signal, shown.

        Raises BackendError for what the backend cannot do, and what `reading` raises.
        """
        ...
