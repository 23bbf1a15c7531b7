"""The imaging chain's numbers next to what they should be, one function a subject."""

from __future__ import annotations

from typing import Any

import numpy as np
from detector_measures import noise_power, slanted_edge_mtf
from known_matter import expose, transmitted
from numpy.typing import NDArray
from physics_reference import BEAMS, NIST, NIST_KEV, OBJECTS, SPEKPY, SPEKPY_COPPER

from synthex_gui.geometry.camera import Camera, look
from synthex_gui.physics.beam.energy_groups import energy_groups, groups_of_beam
from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.physics.detector.mtf import mtf
from synthex_gui.physics.detector.response import Response
from synthex_gui.physics.matter.materials import material
from synthex_gui.scene.beam import Beam
from synthex_gui.scene.detector import Detector
from synthex_gui.scene.model import Scene

Row = dict[str, Any]
Array = NDArray[np.float64]
FINE_KEV = 0.1
PITCH_MM = 0.194


def attenuation() -> list[Row]:
    """mu/rho against NIST's nodes."""
    rows = []
    for name, published in NIST.items():
        found = material(name).mass_attenuation(np.array(NIST_KEV, dtype=np.float64))
        worst = float(np.abs(found / np.array(published) - 1).max())
        rows.append({"what": name, "worst": worst, "bar": 0.002})
    return rows


def spectra() -> list[Row]:
    """Half-value layers and mean energies against SpekPy."""
    rows = []
    for kvp, (layer, mean) in SPEKPY.items():
        beam = spectrum(float(kvp), {"Al": 3.0})
        error = max(abs(beam.half_value_layer_mm_al() / layer - 1), abs(beam.mean_kev / mean - 1))
        rows.append({"what": f"{kvp} kVp, 3 mm Al", "worst": float(error), "bar": 0.02})
    for copper, layer in SPEKPY_COPPER.items():
        beam = spectrum(80.0, {"Al": 3.0, "Cu": copper})
        error = abs(beam.half_value_layer_mm_al() / layer - 1)
        rows.append({"what": f"80 kVp, +{copper} mm Cu", "worst": float(error), "bar": 0.02})
    return rows


def transmission() -> list[Row]:
    """ln T of objects against a float64 sum over 0.1 keV; ideal energy detector and CsI."""
    rows = []
    for response in (Response("ideal-energy"), Response("csi", 200.0)):
        for kvp, aluminium in BEAMS:
            rays = spectrum(kvp, {"Al": aluminium})
            for name, thicknesses in OBJECTS.items():
                what = material(name)
                areal = np.array(thicknesses) * what.density_g_cm3
                groups = energy_groups([rays], [12.0], response, [what], 48)
                image = areal.astype(np.float32).reshape(1, 1, -1)
                found = np.log(
                    transmitted(groups, image, np.array([12.0]))[0][0].astype(np.float64)
                )
                energy, weight = fine_spectrum(rays.energy_kev, rays.fluence)
                weight = weight * response.mean(energy)
                through = np.exp(-np.outer(areal, what.mass_attenuation(energy)))
                exact = np.log(through @ weight / weight.sum())
                worst = float(np.abs(found / exact - 1).max())
                label = f"{response.kind} {kvp:g} kVp {name} {thicknesses[0]}-{thicknesses[-1]} cm"
                rows.append({"what": label, "worst": worst, "bar": 0.01})
    return rows


def fine_spectrum(energy: Array, fluence: Array) -> tuple[Array, Array]:
    """Each bin of 1 keV as ten of 0.1 keV of the same height."""
    parts = round(1.0 / FINE_KEV)
    offsets = (np.arange(parts) + 0.5) * FINE_KEV - 0.5
    fine = (energy[:, None] + offsets).ravel()
    return np.maximum(fine, 1.0), np.repeat(fluence / parts, parts)


def camera(size: int) -> Camera:
    """The detector's own pixels, source at the origin."""
    return look([0.0, 0.0, 0.0], np.eye(3), 1000.0, PITCH_MM, size, size)


def shot(kind: str, amount: object, size: int, index: int = 0, **changes: Any) -> Array:
    """(size, size) signal behind an areal density [g/cm2] of water, or of tungsten for "edge"."""
    name = "tungsten" if isinstance(amount, np.ndarray) else "water"
    image = np.broadcast_to(np.float32(amount), (size, size))  # type: ignore[arg-type]
    beam = {"heel_effect": False, "focal_spot_mm": 0.0, "filtration_mm": {"Al": 3.0}}
    panel: dict[str, Any] = {"kind": kind, "scatter": False}
    for key, value in changes.items():
        (beam if key in Beam.model_fields else panel)[key] = value
    scene = Scene(beam=Beam(**beam), detector=Detector(**panel))  # type: ignore[arg-type]
    matter = [(material(name), image)]
    signal = expose(scene, camera(size), matter, image_index=index, threads=2).signal
    return signal.astype(np.float64)


def noise() -> list[Row]:
    """Variance over mean of ideal detectors, and the mean itself, from many to few photons."""
    rows = []
    for kind in ("ideal-energy", "ideal-count"):
        for photons, water in ((1e5, 5.0), (2e3, 10.0), (2e3, 20.0), (2e3, 30.0), (50.0, 20.0)):
            image = shot(kind, water, 1024, photons=photons)
            clean = shot(kind, water, 1024, photons=photons, noise=False)
            groups = groups_of_beam(
                Beam(filtration_mm={"Al": 3.0}, heel_effect=False),
                Response(kind),  # type: ignore[arg-type]
                [material("water")],
                96,
            )
            variance = groups.second[0] @ np.exp(-groups.mu[:, 0] * water) / photons
            error = float((image - clean).var() / variance - 1)
            left = clean.mean() ** 2 / variance
            rows.append(
                {
                    "what": f"{kind}, {left:.3g} photons reach a pixel: variance",
                    "worst": abs(error),
                    "bar": 0.03,
                }
            )
            bias = float(image.mean() / clean.mean() - 1)
            error_of_mean = 4.0 * variance**0.5 / clean.mean() / 1024
            rows.append(
                {
                    "what": f"{kind}, {left:.3g} photons reach a pixel: mean",
                    "worst": abs(bias),
                    "bar": max(float(error_of_mean), 1e-4),
                }
            )
    return rows


def blur() -> list[Row]:
    """MTF by the slanted edge at 1 and 2 lp/mm, noise power against MTF squared."""
    rows = []
    y, x = np.mgrid[:512, :512] - 255.5
    plate = np.where(x + np.tan(np.radians(3.0)) * y > 0.3, 5.8, 0.0)
    for h in (0.1, 0.25, 1.0):
        detector = Detector(mtf_h_mm2=h)
        image = shot("csi", plate, 512, noise=False, mtf_h_mm2=h)
        frequency, found = slanted_edge_mtf(image, PITCH_MM)
        for at in (1.0, 2.0):
            wanted = float(mtf(detector, PITCH_MM, at)[0])
            error = float(np.interp(at, frequency, found)) / wanted - 1
            label = f"MTF at {at:g} lp/mm, H {h:g} mm2 ({wanted:.3f})"
            rows.append({"what": label, "worst": abs(error), "bar": 0.05})
    images = [
        shot("csi", 5.0, 1024, index, photons=1e5, electronic_noise_photons=0.0)
        for index in range(4)
    ]
    frequency, power = noise_power(images, PITCH_MM)
    shape = power / mtf(Detector(), PITCH_MM, frequency) ** 2
    band = shape[frequency < 2.2]
    worst = float(np.abs(band / band.mean() - 1).max())
    rows.append({"what": "NPS / MTF^2 up to 2.2 lp/mm, spread", "worst": worst, "bar": 0.10})
    white = shot("csi", 5.0, 1024, photons=1e6, electronic_noise_photons=5e4, mtf_h_mm2=5.0)
    rows.append(
        {
            "what": "electronic noise, size",
            "worst": abs(float(white.std() * 1e6 / 5e4) - 1),
            "bar": 0.02,
        }
    )
    return rows
