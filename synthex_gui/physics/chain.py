"""The imaging chain: from what the rays met to the detector's signal."""

from __future__ import annotations

from dataclasses import dataclass

from synthex_gui.geometry.camera import Camera
from synthex_gui.physics.backends.base import Image, Quality
from synthex_gui.physics.material_basis import WATER_BONE, Basis
from synthex_gui.physics.materials import Material
from synthex_gui.physics.noise import add_quantum_noise
from synthex_gui.physics.polychromatic import add_metal, signal_from_table, transmission_table
from synthex_gui.physics.spectra import spectrum
from synthex_gui.scene.model import Scene

# Equal-width energy bins for rays through metal: worst ln T error 0.5 % and 0.06 %.
PREVIEW_BINS, STILL_BINS = 32, 64


@dataclass(frozen=True, eq=False)
class Passed:
    """What lies in the rays' way: (h, w) float32 areal densities [g/cm2] of the two materials of
    `basis`, and of any further material (tools, contrast). `water` is that of the lighter one:
    water or lipid.
    """

    water: Image
    bone: Image
    others: tuple[tuple[Material, Image], ...] = ()
    basis: Basis = WATER_BONE


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
) -> Exposure:
    """One exposure of the scene's beam through `passed`; noise of image `image_index`."""
    beam = scene.beam
    rays = spectrum(beam.kvp, beam.filtration_mm)
    table = transmission_table(rays, passed.basis)
    signal, variance = signal_from_table(table, passed.water, passed.bone, threads)
    if passed.others:
        bins = STILL_BINS if quality is Quality.EXACT else PREVIEW_BINS
        add_metal(
            rays,
            bins,
            passed.water,
            passed.bone,
            passed.others,
            signal,
            variance,
            passed.basis,
        )
    per_mas = rays.photons_per_pixel(1.0, camera.sdd_mm, camera.pixel_pitch_mm)
    photons = beam.photons or beam.mas * per_mas
    if beam.noise:
        signal = add_quantum_noise(
            signal,
            variance,
            photons,
            table.variance_factor,
            beam.seed,
            image_index,
            threads,
        )
    return Exposure(signal, photons, photons / per_mas)
