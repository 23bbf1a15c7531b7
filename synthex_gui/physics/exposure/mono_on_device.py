"""One energy, on the device that has the projections: a signal exp(-integral), and its look."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from synthex_gui.physics.backends.base import ProjectionRequest
from synthex_gui.physics.backends.exposing import (
    Exposed,
    ExposingBackend,
    PrimaryStage,
    ReadStage,
)
from synthex_gui.physics.backends.look import LookStage

Floats = NDArray[np.float32]


def mono_on(
    backend: ExposingBackend,
    request: ProjectionRequest,
    metals_per_mm: Sequence[float],
    look: LookStage | None,
) -> Exposed:
    """The signal (h, w) of a request whose fields are attenuation [1/mm] already, through tools of
    `metals_per_mm` (meshes,).

    Raises NotExposingError when the backend cannot, BackendError when it fails.
    """
    camera = request.camera
    factors = [1.0] * len(request.fields) + list(metals_per_mm)
    count = len(factors)
    open_field = _ones(camera.height, camera.width)
    stage = PrimaryStage(
        request,
        sources=np.arange(count, dtype=np.int32),
        factors=np.array(factors, np.float32),
        slab=None,
        amounts=np.zeros(count, np.float32),
        mu=np.ones((1, count), np.float32),
        first=_ones(camera.height, 1),
        second=_ones(camera.height, 1),
        by_column=False,
        blur=None,
        exposure=open_field,
        darkest=1.0,
        blades=None,
        tissues=0,
        cell=max(camera.height, camera.width),
        look=look,
    )
    return backend.expose(stage, partial(_as_it_is, camera.width))


def _as_it_is(width: int) -> ReadStage:
    """No scatter, no noise."""
    return ReadStage(
        grid=_ones(1, width)[0],
        scatter=None,
        photons=1.0,
        key=None,
        flat_share=1.0,
        is_ideal=True,
    )


@lru_cache(maxsize=8)
def _ones(height: int, width: int) -> Floats:
    """The same object every time, by which a backend knows that it has it."""
    return np.ones((height, width), np.float32)
