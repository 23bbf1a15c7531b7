"""The imaging chain as numbers: what a backend is asked for, from a request to what is shown.

Still no physics: sums of exponentials, even filters, kernels by distance, counter-based noise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

from synthex_gui.numeric.separable import SeparableFilter
from synthex_gui.physics.backends.base import Image, Projection, ProjectionRequest

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False, kw_only=True)
class Slab:
    """A box without end along world z that rays cross: `rays` (3, 3) takes (column, row, 1) to a
    pixel's ray, source to detector, in world mm; `x_span`, `y_span` (2,) mm the box's faces less
    the source; `density` g/cm2 per mm of path.
    """

    rays: NDArray[np.float64]
    x_span: NDArray[np.float64]
    y_span: NDArray[np.float64]
    density: float


@dataclass(frozen=True, eq=False, kw_only=True)
class MatterStage:
    """What the projected images stand for.

    `sources` (m,) int32: the image that material m comes from, fields first, then owned mesh paths,
    in request order, -1 for none; `factors` (m,) turn it into g/cm2, or into line integrals. What
    `slab` has counts `slab_amounts` (m,) times as well. The first `tissues` materials scatter.
    """

    sources: NDArray[np.int32]
    factors: Floats
    tissues: int = 0
    slab: Slab | None = None
    slab_amounts: Floats | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class BeamStage:
    """From amounts of matter to the primary beam's signal.

    `mu` (groups, m) cm2/g; `first`, `second` (lines, groups) weights of signal and variance for
    each row, or each column when `by_column`. `focal`: the blur of the focal spot, None for none.
    `open_field`, `blades` (h, w): photons relative to the central ray, to count as no less than
    `darkest`, and the part that the collimator leaves, None for all. A coarse cell has `cell_px`
    pixels a side. The arrays are kept on a device while they are the same objects.
    """

    mu: Floats
    first: Floats
    second: Floats
    by_column: bool
    focal: SeparableFilter | None
    open_field: Image
    darkest: float
    blades: Image | None
    cell_px: int


@dataclass(frozen=True, eq=False, kw_only=True)
class ScatterStage:
    """What the coarse primary scatters.

    scatter = sum over nodes t of f(around - w_t) * ((primary * share_t) convolved with kernel_t),
    shares linear in the thickness between nodes; f is exp(-`thicker` d) for d > 0, else
    exp(-`thinner` d). `nodes` (3, n) float64: thicknesses w [g/cm2], exp(`thicker` w),
    exp(`thinner` w), the rates in cm2/g. Kernels by distance in cells, (n, rows, columns) float32,
    of half a padded grid and one more a side: `near` and `far`, of two gaps, of which `far` counts
    `share`. `down` (rows, rows) and `across` (columns, columns, transposed) smooth the thickness
    around. `passing`: what the grid lets through; `spread`: variance factor. The arrays are kept
    while they are the same objects.
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


def padded_shape(rows: int, columns: int) -> tuple[int, int]:
    """The grid on which a convolution brings nothing back in at the other side."""
    return next_fast_len(2 * rows - 1, True), next_fast_len(2 * columns - 1, True)


@dataclass(frozen=True, eq=False, kw_only=True)
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


@dataclass(frozen=True, eq=False, kw_only=True)
class PanelStage:
    """A panel's own part: blurred by `blur`, times `gains` (h, w), plus noise of `electronic`
    photons, `lag` of `previous` (h, w), at most `saturation`, rounded to square-root coded counts
    up to `levels`, 0 for no rounding.
    """

    blur: SeparableFilter
    gains: Image | None
    lag: float
    previous: Image | None
    electronic: float
    saturation: float
    levels: int


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadStage:
    """From the primary's signal to the flat-fielded one.

    `grid` (w,) its primary transmission; `scatter` None for none; `photons` per open-field pixel,
    or what decides on them; `key` (2,) uint32 of the noise, None for none of any kind;
    `flat_share` of the open field in the flat field; `panel` None for an ideal detector.
    """

    grid: Floats
    scatter: ScatterStage | None
    photons: float | Metering
    key: NDArray[np.uint32] | None
    flat_share: float
    panel: PanelStage | None


@dataclass(frozen=True, eq=False, kw_only=True)
class LookStage:
    """From a signal (h, w), 1 in the open field, to what is shown, bone bright.

    ``log``: -ln(signal), of signals from `smallest` on; nothing else is read. ``clinical``: grey
    from 0 black to 1 white, in these steps, logarithms in ln:

    - `middle_ln` of the logarithms at `rows` x `columns` (int32 indices) is the middle m; they are
      limited to m + `most_above_ln`;
    - a pyramid with one more level than `gains` has numbers, finest first; the last level keeps
      `broad_contrast` / (1 + |d| / `broad_ln`) of its distance d from m;
    - each level's detail d grows to d (1 + (gain - 1) / (1 + |d| / `soft_ln`));
    - a sigmoid of `slope_per_ln` that is one half at m + `half_above_ln`, falling to black over the
      logarithms from `open_ln` to 0; and black where the part of the beam that the blades leave,
      0 to 1, is below `hide_below` (None: blades hide nothing).
    """

    kind: Literal["log", "clinical"]
    smallest: float
    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    least_middle_ln: float
    most_above_ln: float
    gains: tuple[float, ...]
    soft_ln: float
    broad_contrast: float
    broad_ln: float
    slope_per_ln: float
    half_above_ln: float
    open_ln: float
    hide_below: float | None = None

    def middle_ln(self, samples_ln: NDArray[np.float32]) -> float:
        """The mean of the lattice's logarithms (rows, columns), at least `least_middle_ln`."""
        # Metal in the middle must not darken the patient around it. A device finds the same median,
        # and np.median takes nine times as long to be exact for an even number.
        half = samples_ln.size // 2
        median = np.partition(samples_ln, half, axis=None)[half]
        most = np.float32(median + np.float32(self.most_above_ln))
        mean = float(np.minimum(samples_ln, most).mean(dtype=np.float64))
        return max(mean, self.least_middle_ln)


# How an exposure goes on: asked while a device is at work, again when a lost one was replaced.
Reading = Callable[[], ReadStage]


@dataclass(frozen=True, eq=False, kw_only=True)
class ExposureRequest:
    """One image, as the stages that make it; those that are None are left out.

    Without `beam` and `reading` the beam has one energy: the signal is exp(-sum of the matter), and
    `keeps_integral` asks for that sum too. `look`: what is to be shown of the signal.
    """

    request: ProjectionRequest
    matter: MatterStage
    beam: BeamStage | None = None
    reading: Reading | None = None
    look: LookStage | None = None
    keeps_integral: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Exposed:
    """`projection`, of which `fields` and `meshes_mm` may be left out; `signal` (h, w) float32,
    flat-fielded, by `photons` per open-field pixel; `shown` (h, w) float32, its look, and
    `integral` (h, w) float32, each where it was asked for.
    """

    projection: Projection
    signal: Image
    photons: float = 1.0
    shown: Image | None = None
    integral: Image | None = None

    @property
    def images(self) -> list[Image]:
        """What another process needs: labels, whole mesh paths, first metal, signal, look,
        integral, as far as they are there.
        """
        made = self.projection
        optional = [made.first_mm, self.signal, self.shown, self.integral]
        plain = [*made.labels_mm.values(), *made.whole_mm]
        return [*plain, *(image for image in optional if image is not None)]
