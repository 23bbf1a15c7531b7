"""What an exposure follows from: exposure control, photons and mAs, angles at the anode."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synthex_gui.geometry.camera import Camera
from synthex_gui.physics.backends.stages import Metering
from synthex_gui.physics.beam.shape import take_off_deg
from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.model import Scene

# The measuring field of exposure control, as a share of the image's sides, and what a generator
# can give.
MEASURING_FIELD = 1 / 3
TARGET_PIXEL_MM = 0.2
LEAST_MAS, MOST_MAS = 1e-4, 1000.0


def photons_of(scene: Scene, camera: Camera, shape: tuple[int, int]) -> float | Metering:
    """Photons per open-field pixel on the central ray: set by the beam, or by exposure control from
    coarse cells, (rows, columns) of `shape`.
    """
    beam = scene.beam
    per_mas = _photons_per_mas(beam, camera)
    if not beam.exposure_control:
        return beam.photons or beam.mas * per_mas
    rows, columns = (_middle(size) for size in shape)
    return Metering(
        rows=rows,
        columns=columns,
        wanted=scene.detector.target_photons * (camera.pixel_pitch_mm / TARGET_PIXEL_MM) ** 2,
        least=LEAST_MAS * per_mas,
        most=MOST_MAS * per_mas,
    )


def mas_of(scene: Scene, camera: Camera, photons: float) -> float:
    """The mAs that give so many photons per open-field pixel on the central ray."""
    return photons / _photons_per_mas(scene.beam, camera)


def flat_share_of(scene: Scene) -> float:
    """What the flat field has of the open field.

    Calibrated with a well-placed grid in: what shows of it is the cut-off of a misplaced one.
    """
    return scene.grid.primary_transmission if scene.grid.is_in else 1.0


def angles_of(beam: Beam, camera: Camera) -> tuple[NDArray[np.float64], bool]:
    """(take-off angles [degrees], True where they are each column's, not each row's).

    Along the axis on which they vary; across it they change by less than 0.25 degrees on a C-arm's
    detector.
    """
    if beam.anode_side in ("left", "right"):
        middle = camera.cropped(0, camera.height // 2, camera.width, 1)
        return take_off_deg(beam, middle)[0].astype(np.float64), True
    middle = camera.cropped(camera.width // 2, 0, 1, camera.height)
    return take_off_deg(beam, middle)[:, 0].astype(np.float64), False


def _photons_per_mas(beam: Beam, camera: Camera) -> float:
    rays = spectrum(beam.kvp, beam.filtration_mm, beam.anode_deg)
    return rays.photons_per_pixel(1.0, camera.sdd_mm, camera.pixel_pitch_mm)


def _middle(size: int) -> tuple[int, int]:
    half = max(round(size * MEASURING_FIELD / 2), 1)
    return max(size // 2 - half, 0), min(size // 2 + half, size)
