"""Regular and strong domain randomization, as published and as the training code has it.

Figures of ``paper``: Gao et al. 2023, arXiv:2206.06127, section 5. Of ``repository``: its public
training code, whose ranges and probabilities differ. Neither normalises: that is the network's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthex_gui.core.errors import SynthexError
from synthex_gui.randomization import values, warps
from synthex_gui.randomization.frame import Floats, Frame, Matrix, Points

Preset = Literal["paper", "repository"]
Strength = Literal["regular", "strong"]
Operation = Callable[[Frame], None]

PAPER_STRONG: tuple[Operation, ...] = (
    values.invert,
    partial(values.impulses, share=0.1, kinds=("impulse", "salt", "pepper"), coarse=None),
    warps.affine,
    values.contrast,
    partial(values.blur, sigma=(0.0, 3.0), box=(2, 7)),
    values.corrupt_boxes,
    partial(values.dropout, share=(0.01, 0.1), rectangle=(0.02, 0.05), is_grid=False),
    partial(values.sharpen, alpha=(0.0, 1.0), lightness=(1.0, 1.0), strength=(1.0, 1.0)),
    values.pool,
    values.multiply,
    warps.piecewise,
)
# Each of these with a probability of one half, in this order.
REPOSITORY_FIRST: tuple[Operation, ...] = (
    values.invert,
    partial(
        values.impulses, share=0.1, kinds=("impulse", "salt-pepper", "coarse"), coarse=(0.01, 0.1)
    ),
    values.contrast,
    warps.affine,
)
# One or two of these, each then with a probability of one half.
REPOSITORY_THEN: tuple[Operation, ...] = (
    partial(values.blur, sigma=(0.0, 3.0), box=(4, 6)),
    partial(values.dropout, share=(0.1, 0.15), rectangle=(0.1, 0.15), is_grid=True),
    partial(values.sharpen, alpha=(0.5, 1.0), lightness=(1.0, 1.5), strength=(1.0, 2.0)),
    values.pool,
    values.multiply,
    warps.jitter,
)


class RandomizationError(SynthexError):
    """An unknown preset, or arrays that do not fit each other."""


@dataclass(frozen=True, eq=False)
class Randomized:
    """`image` (h', w') float32; `masks` (n, h', w') and `landmarks` (n, 2) column and row, moved as
    the pixels were, None where none were given; `K` (3, 3) of the image, None where none was given
    or no single matrix is true; `record` every number it was made with, plain JSON.
    """

    image: Floats
    masks: NDArray[Any] | None
    landmarks: Points | None
    K: Matrix | None
    record: dict[str, Any]


class Randomizer:
    """`r(image, masks, landmarks, K, index)`: the draw depends on the seed and `index` alone.

    Raises RandomizationError for another preset or strength, or a negative seed.
    """

    def __init__(self, preset: Preset, strength: Strength, seed: int = 0) -> None:
        if preset not in get_args(Preset):
            raise RandomizationError(f"preset {preset!r}: use {' or '.join(get_args(Preset))}")
        if strength not in get_args(Strength):
            raise RandomizationError(
                f"strength {strength!r}: use {' or '.join(get_args(Strength))}"
            )
        if seed < 0:
            raise RandomizationError(f"a seed is 0 or more, not {seed}")
        self.preset, self.strength, self.seed = preset, strength, seed

    def __call__(
        self,
        image: ArrayLike,
        masks: ArrayLike | None = None,
        landmarks: ArrayLike | None = None,
        K: ArrayLike | None = None,
        index: int = 0,
    ) -> Randomized:
        """`image` (h, w), `masks` (n, h, w), `landmarks` (n, 2) column and row, `K` (3, 3).

        Pixel (0, 0) is the centre of the top-left pixel. What is given is not changed. Raises
        RandomizationError for arrays of other shapes, an image with values that are not finite, or
        a negative index.
        """
        # A copy: a loader hands out the same image again.
        pixels = np.array(image, dtype=np.float32)
        if pixels.ndim != 2 or 0 in pixels.shape:
            raise RandomizationError(f"an image is (h, w), not {pixels.shape}")
        if not np.isfinite(pixels).all():
            # Noise and contrast take the image's span: one such value would spoil every pixel.
            raise RandomizationError("the image holds values that are not finite")
        height, width = pixels.shape
        covered = None if masks is None else np.array(masks)
        if covered is not None and covered.shape[1:] != pixels.shape:
            raise RandomizationError(f"masks are (n, {height}, {width}), not {covered.shape}")
        points = None if landmarks is None else np.array(landmarks, dtype=np.float64)
        if points is not None and (points.ndim != 2 or points.shape[1] != 2):
            raise RandomizationError(f"landmarks are (n, 2), not {points.shape}")
        camera = None if K is None else np.asarray(K, dtype=np.float64)
        if camera is not None and camera.shape != (3, 3):
            raise RandomizationError(f"K is (3, 3), not {camera.shape}")
        if index < 0:
            raise RandomizationError(f"an index is 0 or more, not {index}")
        sequence = np.random.SeedSequence(self.seed, spawn_key=(index,))
        frame = Frame(pixels, covered, np.random.Generator(np.random.PCG64(sequence)))
        self._apply(frame)
        # K' = A K maps camera to pixels where A maps old pixels to new ones.
        matrix = frame.matrix()
        return Randomized(
            image=np.ascontiguousarray(frame.image, dtype=np.float32),
            masks=frame.masks,
            landmarks=None if points is None else frame.moved(points),
            K=None if matrix is None or camera is None else matrix @ camera,
            record={
                "preset": self.preset,
                "strength": self.strength,
                "seed": self.seed,
                "index": index,
                "operations": frame.operations,
            },
        )

    def _apply(self, frame: Frame) -> None:
        if self.preset == "paper":
            values.noise(frame, (0.005, 0.1))
            values.gamma(frame, (0.7, 1.3))
            if self.strength == "strong":
                chosen = frame.rng.permutation(len(PAPER_STRONG))[: frame.one_of(3)]
                for place in chosen:
                    PAPER_STRONG[place](frame)
            # Last, so that what a warp brings in from beyond the border is cut off with it.
            warps.crop(frame, 0.9)
            return
        if self.strength == "strong" and frame.one_of(2):
            for operation in REPOSITORY_FIRST:
                if frame.one_of(2):
                    operation(frame)
            chosen = frame.rng.permutation(len(REPOSITORY_THEN))[: 1 + frame.one_of(2)]
            for place in chosen:
                if frame.one_of(2):
                    REPOSITORY_THEN[place](frame)
        if frame.one_of(2):
            for operation in (
                partial(values.noise, sigma=(0.005, 0.01)),
                partial(values.gamma, exponent=(0.7, 1.3)),
            ):
                if frame.one_of(2):
                    operation(frame)
