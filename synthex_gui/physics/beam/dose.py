"""Air kerma and dose-area product of one exposure, estimated from the tube's spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from synthex_gui.geometry.camera import Camera
from synthex_gui.physics.beam.shape import collimation_map, exposure_map
from synthex_gui.physics.beam.spectra import Spectrum, air_energy_absorption, spectrum
from synthex_gui.scene.beam import Beam, Collimator
from synthex_gui.scene.model import Scene

# 1 keV/g in micrograys.
UGY_PER_KEV_G = 1.602176634e-7
# The interventional reference point lies this far from the isocentre towards the source
# (IEC 60601-2-43).
REFERENCE_TO_ISOCENTRE_MM = 150.0
BASIS = "estimate: tube output from SpekPy casim spectra, not measured"


@dataclass(frozen=True)
class Dose:
    """What one exposure gives, without backscatter and without the air's own attenuation.

    `reference_kerma_ugy` incident air kerma on the central ray at the reference point, 15 cm from
    the isocentre towards the source, `reference_distance_mm` from the source (None, both, where
    that point is not in front of the tube); `dose_area_product_ugy_m2` over the detector within
    the blades; `kerma_rate_ugy_s` and `dose_area_rate_ugy_m2_s` with pulses, else None; `mas` the
    exposure they are for; `basis` how far to trust them.
    """

    mas: float
    dose_area_product_ugy_m2: float
    reference_kerma_ugy: float | None
    reference_distance_mm: float | None
    kerma_rate_ugy_s: float | None = None
    dose_area_rate_ugy_m2_s: float | None = None
    basis: str = BASIS

    def to_json(self) -> dict[str, Any]:
        """The ``dose`` object of an image's record, six significant digits."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            name: float(f"{value:.6g}") if isinstance(value, float) else value
            for name, value in values.items()
        }


def air_kerma_ugy_per_mas(rays: Spectrum) -> float:
    """Air kerma [uGy] at 1 m per mAs: fluence times energy times mu_en/rho of dry air."""
    energy = rays.energy_kev
    return float(rays.fluence @ (energy * air_energy_absorption(energy))) * UGY_PER_KEV_G


def scene_dose(scene: Scene, camera: Camera, mas: float | None) -> Dose | None:
    """The dose of an image of this scene; None for an image without an exposure (`mas` None).

    The isocentre is the device's, also for a free camera.
    """
    if mas is None:
        return None
    distance = scene.carm.joints.source_isocentre_mm
    return dose_of(scene.beam, scene.collimator, camera, distance, mas)


def dose_of(
    beam: Beam, collimator: Collimator, camera: Camera, source_isocentre_mm: float, mas: float
) -> Dose:
    """The dose of one exposure of `mas` (as used: exposure control may differ from the beam's).

    Kerma by the inverse square of the distance from the source. The dose-area product is the sum
    over the image's pixels of their kerma times their area, heel effect, obliquity and penumbra
    included; it is the same at every distance from the source. Radiation beside the image, where
    blades stand wider than the detector, is not in it.
    """
    at_1_m = air_kerma_ugy_per_mas(spectrum(beam.kvp, beam.filtration_mm, beam.anode_deg)) * mas
    shape = exposure_map(beam, camera)
    blades = collimation_map(collimator, beam, camera)
    weight = shape if blades is None else shape * blades
    pixel_mm2 = camera.sdd_mm**2 / abs(float(camera.k[0, 0] * camera.k[1, 1]))
    at_detector = at_1_m * (1000.0 / camera.sdd_mm) ** 2
    area_m2 = float(np.sum(weight, dtype=np.float64)) * pixel_mm2 * 1e-6
    product = at_detector * area_m2
    distance = source_isocentre_mm - REFERENCE_TO_ISOCENTRE_MM
    kerma = at_1_m * (1000.0 / distance) ** 2 if distance > 0 else None
    rate = beam.pulses_per_s
    return Dose(
        mas=mas,
        dose_area_product_ugy_m2=product,
        reference_kerma_ugy=kerma,
        reference_distance_mm=distance if kerma is not None else None,
        kerma_rate_ugy_s=None if rate is None or kerma is None else kerma * rate,
        dose_area_rate_ugy_m2_s=None if rate is None else product * rate,
    )
