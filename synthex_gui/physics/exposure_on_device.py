"""`expose` where the projections lie: the pixels stay on the device, the decisions are made here.

Scatter and exposure control need the whole image, but coarse: the device gives means over cells,
and gets back what scatters and how many photons there are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.physics import chain, detector_readout
from synthex_gui.physics.backends.base import Image, Projection, ProjectionRequest
from synthex_gui.physics.backends.exposing import (
    CoarseSignal,
    ExposingBackend,
    PrimaryStage,
    ReadStage,
)
from synthex_gui.physics.beam_shape import collimation_map, exposure_map, focal_blur_sigma_px
from synthex_gui.physics.chain_scatter import CoarsePrimary
from synthex_gui.physics.detector_mtf import SeparableFilter, blur_filter, gaussian_filter
from synthex_gui.physics.detector_response import response_of
from synthex_gui.physics.energy_groups import groups_of_beam
from synthex_gui.physics.grid import primary_transmission
from synthex_gui.physics.materials import Material
from synthex_gui.physics.noise import key_of
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ingredients:
    """What the request's images are made of, as `Passed` without its arrays.

    Material n is `factors[n]` [g/cm2] times image `sources[n]` of the request (fields, then owned
    mesh paths; -1 for none), plus `amounts[n]` times `extra` (h, w), the table. `exit_gap_mm` is
    asked while the device is at work.
    """

    materials: tuple[Material, ...]
    sources: NDArray[np.int32]
    factors: Floats
    tissues: int
    exit_gap_mm: Callable[[], float]
    object_mm: float | None
    extra: Image | None
    amounts: Floats


def expose_on(
    backend: ExposingBackend,
    request: ProjectionRequest,
    scene: Scene,
    what: Ingredients,
    image_index: int = 0,
    previous: Image | None = None,
) -> tuple[Projection, chain.Exposure]:
    """As `expose`, with the projection's labels, whole mesh paths and first metal.

    Raises NotExposingError when the backend cannot, BackendError when it fails.
    """
    camera, quality = request.camera, request.quality
    beam, detector = scene.beam, scene.detector
    cells = chain.SCATTER_CELLS[quality]
    groups = groups_of_beam(beam, response_of(detector), what.materials, chain.GROUPS[quality])
    angles, along = chain._angles(beam, camera)
    first, second = groups.at_angles(angles)
    sigma = 0.0
    if what.object_mm is not None:
        sigma = focal_blur_sigma_px(beam, camera, what.object_mm)
    stage = PrimaryStage(
        request,
        what.sources,
        what.factors,
        what.extra,
        what.amounts,
        groups.mu.astype(np.float32),
        first.astype(np.float32),
        second.astype(np.float32),
        along == "columns",
        _taps(gaussian_filter(sigma)) if sigma > chain._SHARP_PX else None,
        exposure_map(beam, camera),
        float(chain._DARKEST_OPEN_FIELD),
        collimation_map(scene.collimator, beam, camera),
        what.tissues,
        max(-(-max(camera.height, camera.width) // cells), 1),
    )
    host = _Host(scene, camera, what, stage.cell, image_index, previous)
    made = backend.expose(stage, host)
    signal = made.signal
    if detector.kind == "csi" and detector.dead_pixels > 0.0:
        dead = detector_readout._dead(*signal.shape, detector.dead_pixels)
        signal = np.require(signal, requirements="W")
        detector_readout._mend(signal, *dead)
    return made.projection, chain.Exposure(signal, host.photons, host.mas)


class _Host:
    """The decisions of one exposure; `photons` and `mas` are known once `decide` has run."""

    def __init__(
        self,
        scene: Scene,
        camera: Camera,
        what: Ingredients,
        cell_px: int,
        image_index: int,
        previous: Image | None,
    ) -> None:
        self._scene, self._camera, self._what = scene, camera, what
        self._cell_px, self._previous = cell_px, previous
        self._key = key_of(scene.beam.seed, image_index)
        self._exit_gap_mm: float | None = None
        self.photons = self.mas = 0.0

    def meanwhile(self) -> None:
        """Look for the patient's exit."""
        if self._exit_gap_mm is None:
            self._exit_gap_mm = self._what.exit_gap_mm()
            self._grid = primary_transmission(self._scene.grid, self._camera).astype(np.float32)

    def decide(self, coarse: CoarseSignal) -> ReadStage:
        """Scatter and exposure control."""
        assert self._exit_gap_mm is not None
        scene, camera, detector = self._scene, self._camera, self._scene.detector
        sampled = CoarsePrimary(coarse.signal, coarse.water_g_cm2, self._cell_px)
        passed = chain.Passed(
            self._what.materials,
            np.empty((0, 0, 0), np.float32),
            self._what.tissues,
            self._exit_gap_mm,
        )
        stray, stray_spread = chain._scatter(scene, camera, passed, sampled)
        self.photons, self.mas = chain._exposure(scene, camera, sampled, stray, self._grid)
        counted = self.photons if scene.beam.noise else None
        reading = ReadStage(
            self._grid,
            stray,
            stray_spread,
            0.0 if counted is None else 1.0 / counted,
            self._key,
            scene.grid.primary_transmission if scene.grid.is_in else 1.0,
            detector.kind != "csi",
        )
        if detector.kind == "csi":
            reading = _panel(reading, scene, camera, counted, self._previous)
        return reading


def _panel(
    stage: ReadStage, scene: Scene, camera: Camera, photons: float | None, previous: Image | None
) -> ReadStage:
    """The read-out of a CsI panel, as `read_out` on the CPU sets it."""
    detector = scene.detector
    native_px = camera_of(scene.carm).pixel_pitch_mm / camera.pixel_pitch_mm
    rms = detector.electronic_noise_photons / native_px
    gains = None
    if detector.gain_spread > 0.0:
        gains = detector_readout._gains(camera.height, camera.width, detector.gain_spread)
    return replace(
        stage,
        blur=_taps(blur_filter(detector.mtf_h_mm2, camera.pixel_pitch_mm)),
        gains=gains,
        lag=detector.lag,
        previous=previous if detector.lag > 0.0 else None,
        electronic=0.0 if photons is None else rms / photons,
        saturation=detector.saturation,
        levels=2**detector.bit_depth - 1 if photons is not None else 0,
    )


def _taps(blur: SeparableFilter) -> tuple[Floats, Floats]:
    return blur.rows, blur.columns
