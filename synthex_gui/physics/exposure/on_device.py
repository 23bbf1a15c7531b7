"""`expose` where the projections lie: the numbers with which a device makes the image by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.numeric.philox import key_of
from synthex_gui.numeric.separable import SeparableFilter
from synthex_gui.physics.backends.base import Image, ProjectionRequest
from synthex_gui.physics.backends.exposing import (
    Exposed,
    ExposingBackend,
    PrimaryStage,
    ReadStage,
    ScatterStage,
    Slab,
)
from synthex_gui.physics.beam.energy_groups import EnergyGroups
from synthex_gui.physics.detector import readout as detector_readout
from synthex_gui.physics.detector.grid import scatter_transmission
from synthex_gui.physics.detector.mtf import blur_filter
from synthex_gui.physics.detector.response import response_of
from synthex_gui.physics.exposure.chain import Exposure
from synthex_gui.physics.exposure.plan import (
    DARKEST_OPEN_FIELD,
    flat_share_of,
    grid_of,
    mas_of,
    photons_of,
    plan_of,
)
from synthex_gui.physics.look.scene_look import live_look
from synthex_gui.physics.matter.materials import Material
from synthex_gui.physics.scatter.kernels import scatter_kernels
from synthex_gui.physics.scatter.on_device import scatter_stage
from synthex_gui.scene.edits import own_pitch_mm
from synthex_gui.scene.model import Scene

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ingredients:
    """What the request's images are made of, as `Passed` without its arrays.

    Material n is `factors[n]` [g/cm2] times image `sources[n]` of the request (fields, then owned
    mesh paths; -1 for none), plus `amounts[n]` times `slab`, the table. `exit_gap_mm` is
    asked where something scatters, while the device is at work.
    """

    materials: tuple[Material, ...]
    sources: NDArray[np.int32]
    factors: Floats
    tissues: int
    exit_gap_mm: Callable[[], float]
    object_mm: float | None
    slab: Slab | None
    amounts: Floats


def expose_on(
    backend: ExposingBackend,
    request: ProjectionRequest,
    scene: Scene,
    what: Ingredients,
    image_index: int = 0,
    previous: Image | None = None,
    with_look: bool = False,
) -> tuple[Exposed, Exposure]:
    """As `expose`, with what else the device made; the scene's look is among it when it was asked
    for, unless it is the raw one or pixels are dead, which are mended here.

    Raises NotExposingError when the backend cannot, BackendError when it fails.
    """
    camera, detector = request.camera, scene.detector
    plan = plan_of(scene, camera, request.quality, what.materials, what.object_mm)
    mu, first, second = _weights(plan.groups, plan.take_off_deg.tobytes())
    stage = PrimaryStage(
        request,
        what.sources,
        what.factors,
        what.slab,
        what.amounts,
        mu,
        first,
        second,
        plan.along == "columns",
        None if plan.focal is None else _taps(plan.focal),
        plan.open_field,
        float(DARKEST_OPEN_FIELD),
        plan.blades,
        what.tissues,
        plan.cell_px,
        live_look(scene, camera) if with_look and detector.dead_pixels == 0.0 else None,
    )

    def reading() -> ReadStage:
        return _reading(scene, camera, what, plan.cell_px, image_index, previous)

    made = backend.expose(stage, reading)
    signal = made.signal
    if detector.kind == "csi" and detector.dead_pixels > 0.0:
        dead = detector_readout._dead(*signal.shape, detector.dead_pixels)
        signal = np.require(signal, requirements="W")
        detector_readout._mend(signal, *dead)
    mas = mas_of(scene, camera, made.photons)
    return replace(made, signal=signal), Exposure(signal, made.photons, mas)


@lru_cache(maxsize=8)
def _weights(groups: EnergyGroups, take_off_deg: bytes) -> tuple[Floats, Floats, Floats]:
    """(mu, first, second) of a stage; a moving arm changes none, and the same objects stay on the
    device.
    """
    first, second = groups.at_angles(np.frombuffer(take_off_deg))
    return groups.mu.astype(np.float32), first.astype(np.float32), second.astype(np.float32)


def _reading(
    scene: Scene,
    camera: Camera,
    what: Ingredients,
    cell_px: int,
    image_index: int,
    previous: Image | None,
) -> ReadStage:
    shape = (-(-camera.height // cell_px), -(-camera.width // cell_px))
    is_panel = scene.detector.kind == "csi"
    stage = ReadStage(
        grid_of(scene, camera),
        _scatter(scene, camera, what, shape, cell_px),
        photons_of(scene, camera, shape),
        key_of(scene.beam.seed, image_index) if scene.beam.noise else None,
        flat_share_of(scene),
        is_ideal=not is_panel,
    )
    return _panel(stage, scene, camera, previous) if is_panel else stage


def _scatter(
    scene: Scene, camera: Camera, what: Ingredients, shape: tuple[int, int], cell_px: int
) -> ScatterStage | None:
    if not scene.detector.scatter or what.tissues == 0:
        return None
    return scatter_stage(
        scatter_kernels(scene.beam, response_of(scene.detector)),
        shape,
        what.exit_gap_mm() / 10.0,
        cell_px * camera.pixel_pitch_mm / 10.0,
        camera.sdd_mm / 10.0,
        scatter_transmission(scene.grid),
    )


def _panel(stage: ReadStage, scene: Scene, camera: Camera, previous: Image | None) -> ReadStage:
    """The read-out of a CsI panel, as `read_out` on the CPU sets it."""
    detector = scene.detector
    native_px = own_pitch_mm(scene.carm) / camera.pixel_pitch_mm
    gains = None
    if detector.gain_spread > 0.0:
        gains = detector_readout._gains(camera.height, camera.width, detector.gain_spread)
    return replace(
        stage,
        blur=_taps(blur_filter(detector.mtf_h_mm2, camera.pixel_pitch_mm)),
        gains=gains,
        lag=detector.lag,
        previous=previous if detector.lag > 0.0 else None,
        electronic=detector.electronic_noise_photons / native_px,
        saturation=detector.saturation,
        levels=2**detector.bit_depth - 1 if scene.beam.noise else 0,
    )


def _taps(blur: SeparableFilter) -> tuple[Floats, Floats]:
    return blur.rows, blur.columns
