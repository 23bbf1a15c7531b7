"""The imaging chain: from what the rays met to the flat-fielded radiograph.

Spectrum (heel) - attenuation - focal spot - scatter - grid - detector's energy response - quantum
noise - blur - electronic noise - gain, lag - saturation - counts - flat field.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.physics.backends.base import Image, Quality
from synthex_gui.physics.beam_shape import (
    collimation_map,
    exposure_map,
    focal_blur_sigma_px,
    take_off_deg,
)
from synthex_gui.physics.chain_scatter import CELLS, CoarsePrimary, coarse_primary
from synthex_gui.physics.detector_mtf import gaussian_filter
from synthex_gui.physics.detector_plane import Arriving, arrive
from synthex_gui.physics.detector_readout import Exposed, flat_fielded, read_out
from synthex_gui.physics.detector_response import response_of
from synthex_gui.physics.energy_groups import groups_of_beam
from synthex_gui.physics.grid import primary_transmission, scatter_transmission
from synthex_gui.physics.materials import Material
from synthex_gui.physics.scatter import scattered
from synthex_gui.physics.scatter_kernels import scatter_kernels
from synthex_gui.physics.separable import filtered
from synthex_gui.physics.spectra import spectrum
from synthex_gui.physics.transmission import Axis, transmit
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.edits import camera_of
from synthex_gui.scene.model import Scene

# Energy groups and scatter cells by quality; see `energy_groups` for what the groups cost.
GROUPS = {Quality.EXACT: 48, Quality.FAST: 24, Quality.DRAG: 16}
SCATTER_CELLS = {Quality.EXACT: CELLS, Quality.FAST: CELLS, Quality.DRAG: CELLS // 2}
# A narrower image of the focal spot changes no pixel by much.
_SHARP_PX = 0.15
# The measuring field of exposure control, as a share of the image's sides, and what a generator
# can give.
MEASURING_FIELD = 1 / 3
TARGET_PIXEL_MM = 0.2
LEAST_MAS, MOST_MAS = 1e-4, 1000.0
# The anode's shadow counts as this share of the central ray, so that the flat field can divide.
_DARKEST_OPEN_FIELD = np.float32(1e-3)


@dataclass(frozen=True, eq=False)
class Passed:
    """What lies in the rays' way.

    `areal` (m, h, w) float32 areal densities [g/cm2] of `materials`, none negative; the first
    `tissues` of them scatter. `exit_gap_mm` from where the beam leaves the patient to the
    detector; `object_mm` from the source to the plane whose focal-spot blur the image gets, None
    for none.
    """

    materials: tuple[Material, ...]
    areal: NDArray[np.float32]
    tissues: int
    exit_gap_mm: float = 0.0
    object_mm: float | None = None

    @classmethod
    def of(
        cls,
        camera: Camera,
        tissues: Sequence[tuple[Material, Image]],
        others: Sequence[tuple[Material, Image]] = (),
        exit_gap_mm: float = 0.0,
        object_mm: float | None = None,
    ) -> Passed:
        """From (material, (h, w) areal density [g/cm2])."""
        both = [*tissues, *others]
        areal = np.empty((len(both), camera.height, camera.width), dtype=np.float32)
        for n, (_, image) in enumerate(both):
            areal[n] = image
        materials = tuple(what for what, _ in both)
        return cls(materials, areal, len(tissues), exit_gap_mm, object_mm)


@dataclass(frozen=True, eq=False)
class Exposure:
    """`signal` (h, w) float32, 1 in the open field; `photons` per open-field pixel on the central
    ray; `mas` that gives them.
    """

    signal: Image
    photons: float
    mas: float


def expose(
    scene: Scene,
    camera: Camera,
    passed: Passed,
    quality: Quality,
    image_index: int = 0,
    threads: int = 1,
    previous: Image | None = None,
) -> Exposure:
    """One exposure of the scene's beam through `passed`; noise of image `image_index`.

    `previous`: the last frame's signal (h, w), of which the detector's lag keeps a part.
    """
    beam, detector = scene.beam, scene.detector
    response = response_of(detector)
    groups = groups_of_beam(beam, response, passed.materials, GROUPS[quality])
    mean, spread = transmit(groups, passed.areal, *_angles(beam, camera), threads)
    if passed.object_mm is not None:
        sigma = focal_blur_sigma_px(beam, camera, passed.object_mm)
        if sigma > _SHARP_PX:
            mean = filtered(mean, gaussian_filter(sigma), threads)
    open_field = np.maximum(exposure_map(beam, camera), _DARKEST_OPEN_FIELD)
    blades = collimation_map(scene.collimator, beam, camera)
    coarse = coarse_primary(
        mean, open_field, blades, passed.areal, passed.tissues, SCATTER_CELLS[quality]
    )
    stray, stray_spread = _scatter(scene, camera, passed, coarse)
    grid = primary_transmission(scene.grid, camera).astype(np.float32)
    photons, mas = _exposure(scene, camera, coarse, stray, grid)
    arrived = arrive(
        Arriving(mean, spread, open_field, blades, grid, stray, coarse.cell_px, stray_spread),
        photons if beam.noise else None,
        beam.seed,
        image_index,
        threads,
    )
    # Calibrated with a well-placed grid in: what shows of it is the cut-off of a misplaced one.
    flat = open_field
    if scene.grid.is_in:
        flat = open_field * np.float32(scene.grid.primary_transmission)
    if detector.kind != "csi":
        return Exposure(flat_fielded(arrived, flat), photons, mas)
    own_mm = camera_of(scene.carm).pixel_pitch_mm
    exposed = Exposed(
        photons if beam.noise else None,
        own_mm / camera.pixel_pitch_mm,
        beam.seed,
        image_index,
        previous,
    )
    signal = read_out(arrived, flat, detector, camera.pixel_pitch_mm, exposed, threads)
    return Exposure(signal, photons, mas)


def _angles(beam: Beam, camera: Camera) -> tuple[NDArray[np.float64], Axis]:
    """Take-off angles [degrees] along the axis on which they vary: of each row or each column.

    Across it they change by less than 0.25 degrees on a C-arm's detector.
    """
    if beam.anode_side in ("left", "right"):
        middle = camera.cropped(0, camera.height // 2, camera.width, 1)
        return take_off_deg(beam, middle)[0].astype(np.float64), "columns"
    middle = camera.cropped(camera.width // 2, 0, 1, camera.height)
    return take_off_deg(beam, middle)[:, 0].astype(np.float64), "rows"


def _scatter(
    scene: Scene, camera: Camera, passed: Passed, coarse: CoarsePrimary
) -> tuple[Image | None, float]:
    """(scatter behind the grid per cell, its variance factor); None without any."""
    if not scene.detector.scatter or not coarse.water_g_cm2.any():
        return None, 1.0
    kernels = scatter_kernels(scene.beam, response_of(scene.detector))
    stray = scattered(
        kernels,
        coarse.signal,
        coarse.water_g_cm2,
        passed.exit_gap_mm / 10.0,
        coarse.cell_px * camera.pixel_pitch_mm / 10.0,
        camera.sdd_mm / 10.0,
    )
    return stray * np.float32(scatter_transmission(scene.grid)), kernels.spread


def _exposure(
    scene: Scene, camera: Camera, coarse: CoarsePrimary, stray: Image | None, grid: Image
) -> tuple[float, float]:
    """(photons per open-field pixel, mAs), set by the beam or by exposure control."""
    beam = scene.beam
    per_mas = _photons_per_mas(beam, camera)
    if not beam.exposure_control:
        photons = beam.photons or beam.mas * per_mas
        return photons, photons / per_mas
    middles = np.arange(coarse.signal.shape[1]) * coarse.cell_px + coarse.cell_px // 2
    signal = coarse.signal * grid[np.minimum(middles, camera.width - 1)]
    if stray is not None:
        signal = signal + stray
    rows, columns = (_middle(size) for size in signal.shape)
    level = max(float(signal[rows, columns].mean(dtype=np.float64)), 1e-12)
    wanted = scene.detector.target_photons * (camera.pixel_pitch_mm / TARGET_PIXEL_MM) ** 2
    mas = float(np.clip(wanted / level / per_mas, LEAST_MAS, MOST_MAS))
    return mas * per_mas, mas


def _photons_per_mas(beam: Beam, camera: Camera) -> float:
    rays = spectrum(beam.kvp, beam.filtration_mm, beam.anode_deg)
    return rays.photons_per_pixel(1.0, camera.sdd_mm, camera.pixel_pitch_mm)


def _middle(size: int) -> slice:
    half = max(round(size * MEASURING_FIELD / 2), 1)
    return slice(max(size // 2 - half, 0), size // 2 + half)
