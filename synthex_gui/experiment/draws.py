"""The raw values of a series' factors: image i's depend on the study, the seed and i alone."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from synthex_gui.scene.distributions import (
    Distribution,
    Fixed,
    Listed,
    Normal,
    TruncatedNormal,
    Uniform,
    Value,
)
from synthex_gui.scene.study import Study

# A second word of the spawn key keeps these apart from the image's noise, (i,), and from the
# offsets of joints and tools, (i, 1).
FACTOR_STREAM = 2
# The smallest share that is drawn: the normal curve has no value at 0.
LEAST = 2.0**-54


def draw_factors(study: Study, seed: int, count: int, index: int) -> dict[str, Value]:
    """Factor -> raw value of pose `index` of `count`, in the factors' sorted order.

    A quantile of each distribution at that pose's place in the unit cube, whose axes are the sorted
    factors: so the order in which factors were made changes nothing.
    """
    names = sorted(study.factors)
    if study.design == "grid":
        return _grid_values(study, index)
    if study.design == "random":
        sequence = np.random.SeedSequence(seed, spawn_key=(index, FACTOR_STREAM))
        place = np.random.Generator(np.random.PCG64(sequence)).random(len(names))
    else:
        place = _places(study.design, len(names), count, seed)[index]
    return {name: value_at(study.factors[name], u) for name, u in zip(names, place.tolist())}


def value_at(spread: Distribution, u: float) -> Value:
    """The quantile of a distribution at a share u in [0, 1)."""
    if isinstance(spread, Fixed):
        return spread.value
    if isinstance(spread, Listed):
        return spread.values[min(int(u * len(spread.values)), len(spread.values) - 1)]
    if isinstance(spread, Uniform):
        return spread.low + (spread.high - spread.low) * u
    if isinstance(spread, Normal):
        return spread.mean + spread.sigma * float(ndtri(max(u, LEAST)))
    return _truncated(spread, u)


def grid_count(study: Study) -> int:
    """How many poses a grid has: the product of its factors' steps."""
    return math.prod(study.grid_steps().values())


def _truncated(spread: TruncatedNormal, u: float) -> float:
    # In standard deviations from the mean.
    low, high = ((edge - spread.mean) / spread.sigma for edge in (spread.low, spread.high))
    # In the tail that is farther from 1: there shares do not round to it.
    side = -1.0 if low > 0 else 1.0
    first, last = ndtr(side * low), ndtr(side * high)
    value = spread.mean + spread.sigma * side * float(ndtri(first + (last - first) * max(u, LEAST)))
    # Rounding may put the first or last quantile a hair outside.
    return min(max(value, spread.low), spread.high)


def _grid_values(study: Study, index: int) -> dict[str, Value]:
    """The last factor in sorted order changes first."""
    values: dict[str, Value] = {}
    steps = study.grid_steps()
    for name in reversed(steps):
        # As digits of a number in a mixed base.
        index, step = divmod(index, steps[name])
        spread = study.factors[name]
        if isinstance(spread, Uniform):
            # Both ends are taken; a single value stands in the middle.
            share = step / (steps[name] - 1) if steps[name] > 1 else 0.5
            values[name] = spread.low + (spread.high - spread.low) * share
        else:
            values[name] = value_at(spread, (step + 0.5) / steps[name])
    return dict(sorted(values.items()))


@lru_cache(maxsize=4)
def _places(design: str, factors: int, count: int, seed: int) -> NDArray[np.float64]:
    """(count, factors) in [0, 1): scrambled Sobol, or a Latin hypercube of `count` strata."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(0, 2))))
    if design == "latin-hypercube":
        return qmc.LatinHypercube(factors, rng=rng).random(count)
    # A power of two keeps the net's balance; what is beyond the count is left out.
    return qmc.Sobol(factors, rng=rng).random_base2(max(count - 1, 1).bit_length())[:count]
