"""The imaging chain of a scene as data, made once for whatever machine carries it out.

Spectrum (heel) - attenuation - focal spot - scatter - grid - detector's energy response - quantum
noise - blur - electronic noise - gain, lag - saturation - counts - flat field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.numeric.philox import key_of
from synthex_gui.physics.backends.base import Image, ProjectionRequest, Quality
from synthex_gui.physics.backends.stages import (
    BeamStage,
    ExposureRequest,
    LookStage,
    MatterStage,
    PanelStage,
    ReadStage,
    ScatterStage,
    Slab,
)
from synthex_gui.physics.beam.energy_groups import EnergyGroups, groups_of_beam
from synthex_gui.physics.beam.shape import collimation_map, exposure_map, focal_blur_sigma_px
from synthex_gui.physics.detector.grid import primary_transmission, scatter_transmission
from synthex_gui.physics.detector.mtf import blur_filter, gaussian_filter
from synthex_gui.physics.detector.pixels import pixel_gains
from synthex_gui.physics.detector.response import response_of
from synthex_gui.physics.exposure.plan import angles_of, flat_share_of, photons_of
from synthex_gui.physics.matter.basis import mixture_of
from synthex_gui.physics.matter.fields import fields_of
from synthex_gui.physics.matter.materials import Material, material
from synthex_gui.physics.scatter.kernels import scatter_kernels
from synthex_gui.physics.scatter.spread import scatter_stage
from synthex_gui.scene.edits import own_pitch_mm
from synthex_gui.scene.model import Scene

Floats = NDArray[np.float32]

# Cells along the longer side of the image; scatter varies over centimetres.
CELLS = 96
# Energy groups and scatter cells by quality; see `energy_groups` for what the groups cost.
GROUPS = {Quality.EXACT: 48, Quality.FAST: 24, Quality.DRAG: 16}
SCATTER_CELLS = {Quality.EXACT: CELLS, Quality.FAST: CELLS, Quality.DRAG: CELLS // 2}
# A narrower image of the focal spot changes no pixel by much.
SHARP_PX = 0.15
# The anode's shadow counts as this share of the central ray, so that the flat field can divide.
DARKEST_OPEN_FIELD = 1e-3
# g/cm3 * mm -> g/cm2
PER_CM = 0.1


@dataclass(frozen=True, eq=False)
class InTheWay:
    """What lies in the rays' way: `materials` (m,) as `matter` counts them.

    `exit_gap_mm()` from where the beam leaves the patient to the detector, asked for where
    something scatters, while a device is at work; `object_mm` from the source to the plane whose
    focal-spot blur the image gets, None for none.
    """

    materials: tuple[Material, ...]
    matter: MatterStage
    exit_gap_mm: Callable[[], float]
    object_mm: float | None = None


def realistic(
    scene: Scene,
    request: ProjectionRequest,
    way: InTheWay,
    image_index: int = 0,
    previous: Image | None = None,
    look: LookStage | None = None,
) -> ExposureRequest:
    """One exposure of the scene's beam through `way`; noise of image `image_index`.

    `previous`: the last frame's signal (h, w), of which the detector's lag keeps a part.
    """
    camera = request.camera
    beam = beam_stage(scene, camera, request.quality, way.materials, way.object_mm)

    def reading() -> ReadStage:
        return _reading(scene, camera, way, beam.cell_px, image_index, previous)

    return ExposureRequest(
        request=request, matter=way.matter, beam=beam, reading=reading, look=look
    )


def of_one_energy(
    request: ProjectionRequest,
    metals: Sequence[Material],
    look: LookStage | None = None,
    keeps_integral: bool = False,
) -> ExposureRequest:
    """An image whose fields are attenuation [1/mm] already, through tools of `metals` (meshes,):
    the chain with nothing behind the attenuation.
    """
    rates = [metal.attenuation_per_mm() for metal in metals]
    factors = np.array([1.0] * len(request.fields) + rates, np.float32)
    matter = MatterStage(sources=np.arange(len(factors), dtype=np.int32), factors=factors)
    return ExposureRequest(request=request, matter=matter, look=look, keeps_integral=keeps_integral)


def matter_stage(
    scene: Scene, request: ProjectionRequest, metals: Sequence[Material], slab: Slab | None
) -> tuple[tuple[Material, ...], MatterStage]:
    """(materials, where the request's images have them): the tissues' basis, materials with a field
    of their own, the tools' `metals` (meshes,), and the table top.
    """
    fields = fields_of(scene.matter)
    materials = (*fields.materials, *metals)
    n_fields = len(request.fields)
    tissues = [request.fields.index(k) if k in request.fields else -1 for k in fields.keys]
    densities = [PER_CM * metal.density_g_cm3 for metal in metals]
    amounts = np.zeros(len(materials), dtype=np.float32)
    if slab is not None:
        # As a mixture of the basis it costs nothing; ln T is as good as with aluminium itself.
        mixed = mixture_of(material("aluminium"), fields.basis).amounts
        amounts[: len(mixed)] = mixed
    return materials, MatterStage(
        sources=np.array([*tissues, *range(n_fields, n_fields + len(metals))], dtype=np.int32),
        factors=np.array([PER_CM] * len(tissues) + densities, dtype=np.float32),
        # The two of the basis: what else has a field is contrast agent or metal.
        tissues=2,
        slab=slab,
        slab_amounts=None if slab is None else amounts,
    )


def beam_stage(
    scene: Scene,
    camera: Camera,
    quality: Quality,
    materials: Sequence[Material],
    object_mm: float | None,
) -> BeamStage:
    """The beam that meets `materials`; `object_mm` as in `InTheWay`."""
    beam = scene.beam
    groups = groups_of_beam(beam, response_of(scene.detector), materials, GROUPS[quality])
    angles, by_column = angles_of(beam, camera)
    mu, first, second = _weights(groups, angles.tobytes())
    sigma = 0.0 if object_mm is None else focal_blur_sigma_px(beam, camera, object_mm)
    return BeamStage(
        mu=mu,
        first=first,
        second=second,
        by_column=by_column,
        focal=gaussian_filter(sigma) if sigma > SHARP_PX else None,
        open_field=exposure_map(beam, camera),
        darkest=DARKEST_OPEN_FIELD,
        blades=collimation_map(scene.collimator, beam, camera),
        cell_px=max(-(-max(camera.height, camera.width) // SCATTER_CELLS[quality]), 1),
    )


@lru_cache(maxsize=8)
def _weights(groups: EnergyGroups, take_off_deg: bytes) -> tuple[Floats, Floats, Floats]:
    """(mu, first, second) of a beam; a moving arm changes none, and the same objects stay on a
    device.
    """
    first, second = groups.at_angles(np.frombuffer(take_off_deg))
    return groups.mu.astype(np.float32), first.astype(np.float32), second.astype(np.float32)


def _reading(
    scene: Scene,
    camera: Camera,
    way: InTheWay,
    cell_px: int,
    image_index: int,
    previous: Image | None,
) -> ReadStage:
    shape = (-(-camera.height // cell_px), -(-camera.width // cell_px))
    return ReadStage(
        grid=primary_transmission(scene.grid, camera).astype(np.float32),
        scatter=_scatter(scene, camera, way, shape, cell_px),
        photons=photons_of(scene, camera, shape),
        key=key_of(scene.beam.seed, image_index) if scene.beam.noise else None,
        flat_share=flat_share_of(scene),
        panel=_panel(scene, camera, previous) if scene.detector.kind == "csi" else None,
    )


def _scatter(
    scene: Scene, camera: Camera, way: InTheWay, shape: tuple[int, int], cell_px: int
) -> ScatterStage | None:
    if not scene.detector.scatter or way.matter.tissues == 0:
        return None
    return scatter_stage(
        scatter_kernels(scene.beam, response_of(scene.detector)),
        shape,
        way.exit_gap_mm() / 10.0,
        cell_px * camera.pixel_pitch_mm / 10.0,
        camera.sdd_mm / 10.0,
        scatter_transmission(scene.grid),
    )


def _panel(scene: Scene, camera: Camera, previous: Image | None) -> PanelStage:
    detector = scene.detector
    gains: Image | None = None
    if detector.gain_spread > 0.0:
        gains = pixel_gains(camera.height, camera.width, detector.gain_spread)
    # Electronic noise of n x n binned pixels is n times that of one.
    native_px = own_pitch_mm(scene.carm) / camera.pixel_pitch_mm
    return PanelStage(
        blur=blur_filter(detector.mtf_h_mm2, camera.pixel_pitch_mm),
        gains=gains,
        lag=detector.lag,
        previous=previous if detector.lag > 0.0 else None,
        electronic=detector.electronic_noise_photons / native_px,
        saturation=detector.saturation,
        levels=2**detector.bit_depth - 1 if scene.beam.noise else 0,
    )
