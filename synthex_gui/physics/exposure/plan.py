"""What every exposure needs, whoever carries it: the beam that meets the matter, and what follows
from a coarse primary, scatter and exposure control.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.numeric.separable import SeparableFilter
from synthex_gui.physics.backends.base import Image, Quality
from synthex_gui.physics.backends.exposing import Metering
from synthex_gui.physics.beam.energy_groups import EnergyGroups, groups_of_beam
from synthex_gui.physics.beam.shape import (
    collimation_map,
    exposure_map,
    focal_blur_sigma_px,
    take_off_deg,
)
from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.physics.detector.grid import primary_transmission, scatter_transmission
from synthex_gui.physics.detector.mtf import gaussian_filter
from synthex_gui.physics.detector.response import response_of
from synthex_gui.physics.exposure.transmission import Axis
from synthex_gui.physics.matter.materials import Material
from synthex_gui.physics.scatter.cells import CELLS, CoarsePrimary
from synthex_gui.physics.scatter.kernels import scatter_kernels
from synthex_gui.physics.scatter.spread import scattered
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.model import Scene

# Energy groups and scatter cells by quality; see `energy_groups` for what the groups cost.
GROUPS = {Quality.EXACT: 48, Quality.FAST: 24, Quality.DRAG: 16}
SCATTER_CELLS = {Quality.EXACT: CELLS, Quality.FAST: CELLS, Quality.DRAG: CELLS // 2}
# A narrower image of the focal spot changes no pixel by much.
SHARP_PX = 0.15
# The measuring field of exposure control, as a share of the image's sides, and what a generator
# can give.
MEASURING_FIELD = 1 / 3
TARGET_PIXEL_MM = 0.2
LEAST_MAS, MOST_MAS = 1e-4, 1000.0
# The anode's shadow counts as this share of the central ray, so that the flat field can divide.
DARKEST_OPEN_FIELD = np.float32(1e-3)


@dataclass(frozen=True, eq=False)
class Plan:
    """The beam that meets the matter.

    `groups` at `take_off_deg` of each row or column, as `along` says; `focal` the blur of the focal
    spot, None where it changes nothing; `open_field` (h, w) as `exposure_map`, to count as no less
    than DARKEST_OPEN_FIELD; `blades` (h, w) or None; `cell_px` of the coarse primary.
    """

    groups: EnergyGroups
    take_off_deg: NDArray[np.float64]
    along: Axis
    focal: SeparableFilter | None
    open_field: Image
    blades: Image | None
    cell_px: int


def plan_of(
    scene: Scene,
    camera: Camera,
    quality: Quality,
    materials: Sequence[Material],
    object_mm: float | None,
) -> Plan:
    """For the `materials` in the way; `object_mm` from the source to the plane whose blur by the
    focal spot the image gets, None for none.
    """
    beam = scene.beam
    groups = groups_of_beam(beam, response_of(scene.detector), materials, GROUPS[quality])
    sigma = 0.0 if object_mm is None else focal_blur_sigma_px(beam, camera, object_mm)
    return Plan(
        groups,
        *_angles(beam, camera),
        gaussian_filter(sigma) if sigma > SHARP_PX else None,
        exposure_map(beam, camera),
        collimation_map(scene.collimator, beam, camera),
        max(-(-max(camera.height, camera.width) // SCATTER_CELLS[quality]), 1),
    )


@dataclass(frozen=True, eq=False)
class Decision:
    """`stray` (rows, columns) scatter behind the grid per cell, None for none, with its variance
    factor `stray_spread`; `photons` per open-field pixel on the central ray.
    """

    stray: Image | None
    stray_spread: float
    photons: float


def decide(
    scene: Scene, camera: Camera, coarse: CoarsePrimary, exit_gap_mm: float, grid: Image
) -> Decision:
    """Scatter and exposure control; `exit_gap_mm` from the patient's exit to the detector, `grid`
    as `grid_of` gives it.
    """
    stray, spread = _scatter(scene, camera, coarse, exit_gap_mm)
    photons = photons_of(scene, camera, coarse.signal.shape)
    if isinstance(photons, Metering):
        photons = _metered(photons, camera, coarse, stray, grid)
    return Decision(stray, spread, photons)


def photons_of(scene: Scene, camera: Camera, shape: tuple[int, ...]) -> float | Metering:
    """Photons per open-field pixel on the central ray: set by the beam, or by exposure control from
    coarse cells, (rows, columns) of `shape`.
    """
    beam = scene.beam
    per_mas = _photons_per_mas(beam, camera)
    if not beam.exposure_control:
        return beam.photons or beam.mas * per_mas
    rows, columns = (_middle(size) for size in shape)
    wanted = scene.detector.target_photons * (camera.pixel_pitch_mm / TARGET_PIXEL_MM) ** 2
    return Metering(rows, columns, wanted, LEAST_MAS * per_mas, MOST_MAS * per_mas)


def mas_of(scene: Scene, camera: Camera, photons: float) -> float:
    """The mAs that give so many photons per open-field pixel on the central ray."""
    return photons / _photons_per_mas(scene.beam, camera)


def grid_of(scene: Scene, camera: Camera) -> Image:
    """(w,) float32 the grid's primary transmission."""
    return primary_transmission(scene.grid, camera).astype(np.float32)


def flat_share_of(scene: Scene) -> float:
    """What the flat field has of the open field.

    Calibrated with a well-placed grid in: what shows of it is the cut-off of a misplaced one.
    """
    return scene.grid.primary_transmission if scene.grid.is_in else 1.0


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
    scene: Scene, camera: Camera, coarse: CoarsePrimary, exit_gap_mm: float
) -> tuple[Image | None, float]:
    """(scatter behind the grid per cell, its variance factor); None without any."""
    if not scene.detector.scatter or not coarse.water_g_cm2.any():
        return None, 1.0
    kernels = scatter_kernels(scene.beam, response_of(scene.detector))
    stray = scattered(
        kernels,
        coarse.signal,
        coarse.water_g_cm2,
        exit_gap_mm / 10.0,
        coarse.cell_px * camera.pixel_pitch_mm / 10.0,
        camera.sdd_mm / 10.0,
    )
    return stray * np.float32(scatter_transmission(scene.grid)), kernels.spread


def _metered(
    metering: Metering, camera: Camera, coarse: CoarsePrimary, stray: Image | None, grid: Image
) -> float:
    middles = np.arange(coarse.signal.shape[1]) * coarse.cell_px + coarse.cell_px // 2
    signal = coarse.signal * grid[np.minimum(middles, camera.width - 1)]
    if stray is not None:
        signal = signal + stray
    field = signal[slice(*metering.rows), slice(*metering.columns)]
    level = max(float(field.mean(dtype=np.float64)), 1e-12)
    return float(np.clip(metering.wanted / level, metering.least, metering.most))


def _photons_per_mas(beam: Beam, camera: Camera) -> float:
    rays = spectrum(beam.kvp, beam.filtration_mm, beam.anode_deg)
    return rays.photons_per_pixel(1.0, camera.sdd_mm, camera.pixel_pitch_mm)


def _middle(size: int) -> tuple[int, int]:
    half = max(round(size * MEASURING_FIELD / 2), 1)
    return max(size // 2 - half, 0), min(size // 2 + half, size)
