"""Tungsten spectra from the shipped SpekPy table, filters, half-value layer, photon numbers."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
import xraylib
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.resources import resource
from synthex_gui.physics.matter.materials import MaterialError, material

Array = NDArray[np.float64]
ANODE_DEG = 12.0
# Hubbell and Seltzer, NISTIR 5632, dry air: keV and cm2/g. (xraylib's CS_Energy interpolates these
# nodes so coarsely that a half-value layer comes out 10 % too thick.)
# fmt: off
_AIR_KEV = np.array([1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 50, 60, 80, 100, 150, 200.0])
_AIR_CM2_G = np.array([
    3599, 1188, 526.2, 161.4, 76.36, 39.31, 22.70, 9.446, 4.742, 1.334, 0.5389, 0.1537, 0.06833,
    0.04098, 0.03041, 0.02407, 0.02325, 0.02496, 0.02672,
])
# fmt: on
FILTER_NAMES = {"Al": "aluminium", "Cu": "copper"}


class SpectrumError(SynthexError):
    """A tube voltage or filter outside what the table holds."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """`energy_kev` (n,) bin centres of 1 keV; `fluence` (n,) photons / (cm2 mAs) per bin at 1 m."""

    energy_kev: Array
    fluence: Array

    @property
    def mean_kev(self) -> float:
        """Mean photon energy."""
        return float(self.energy_kev @ self.fluence / self.fluence.sum())

    def photons_per_pixel(self, mas: float, sdd_mm: float, pixel_pitch_mm: float) -> float:
        """Open-field photons per pixel: fluence at 1 m times mAs, inverse square, pixel area."""
        area_cm2 = (pixel_pitch_mm / 10.0) ** 2
        return float(self.fluence.sum() * mas * (1000.0 / sdd_mm) ** 2 * area_cm2)

    def half_value_layer_mm_al(self) -> float:
        """First half-value layer in mm of aluminium, of the air kerma."""
        kerma = self.fluence * self.energy_kev * air_energy_absorption(self.energy_kev)
        # Aluminium at NIST's density of the element (XCOM), 2.699 g/cm3.
        mu = material("aluminium").mass_attenuation(self.energy_kev) * 2.699 / 10.0

        def excess(thickness_mm: float) -> float:
            return float(kerma @ np.exp(-mu * thickness_mm) / kerma.sum() - 0.5)

        return float(brentq(excess, 0.0, 100.0))


def spectrum(
    kvp: float, filtration_mm: Mapping[str, float], anode_deg: float = ANODE_DEG
) -> Spectrum:
    """The beam of a tube whose photons leave the anode at `anode_deg`, filters by exp(-mu x).

    Linear between the table's voltages and in the logarithm of the take-off angle.
    `filtration_mm`: thickness by filter name (``Al``, ``Cu``, an element or a material name).
    Raises SpectrumError outside the table, for an unknown filter or a negative thickness.
    """
    return _spectrum(float(kvp), tuple(sorted(filtration_mm.items())), float(anode_deg))


def relative_fluence(
    kvp: float,
    filtration_mm: Mapping[str, float],
    take_off_deg: ArrayLike,
    anode_deg: float = ANODE_DEG,
) -> Array:
    """Photons at each take-off angle over those at `anode_deg`, of `take_off_deg`'s shape.

    The heel effect after the filters. 0 at 0 degrees and below (the anode's shadow); linear from
    there to the table's first angle; above its last one (32 degrees) as there.
    Raises SpectrumError as `spectrum`.
    """
    angles = np.asarray(take_off_deg, dtype=np.float64)
    nodes, photons = _photons_by_angle(float(kvp), tuple(sorted(filtration_mm.items())))
    inner = np.interp(np.log(np.clip(angles, nodes[0], nodes[-1])), np.log(nodes), photons)
    shadow = np.clip(angles / nodes[0], 0.0, 1.0)
    centre = np.interp(math.log(anode_deg), np.log(nodes), photons)
    result: Array = inner * shadow / centre
    return result


def oblique_filtration(
    kvp: float, filtration_mm: Mapping[str, float], secant: ArrayLike, anode_deg: float = ANODE_DEG
) -> Array:
    """Photons of rays that cross flat filters obliquely over those that cross them straight.

    `secant`: 1 / cos of the angle to the filters' normal. Exponential in the added thickness, with
    the slope of the filtered beam: 0.5 % at 8.5 degrees off the axis for 3 mm Al at 80 kVp.
    """
    # Small enough for a slope, large enough for the difference to be far from rounding.
    step = 0.02
    thicker = {name: mm * (1.0 + step) for name, mm in filtration_mm.items()}
    straight = spectrum(kvp, filtration_mm, anode_deg).fluence.sum()
    slope = math.log(straight / spectrum(kvp, thicker, anode_deg).fluence.sum()) / step
    result: Array = np.exp(-slope * (np.asarray(secant, dtype=np.float64) - 1.0))
    return result


@lru_cache(maxsize=16)
def _photons_by_angle(kvp: float, filtration: tuple[tuple[str, float], ...]) -> tuple[Array, Array]:
    """The table's angles and the photons of the filtered beam at each."""
    nodes = _table()["take_off_deg"].astype(np.float64)
    photons = [float(_spectrum(kvp, filtration, angle).fluence.sum()) for angle in nodes.tolist()]
    return nodes, np.array(photons)


@lru_cache(maxsize=64)
def _spectrum(kvp: float, filtration: tuple[tuple[str, float], ...], anode_deg: float) -> Spectrum:
    table = _table()
    volts, angles = table["kvp"], table["take_off_deg"].astype(np.float64)
    if not volts[0] <= kvp <= volts[-1]:
        raise SpectrumError(f"{kvp:g} kVp is outside the table, {volts[0]:g} to {volts[-1]:g} kVp")
    if not angles[0] <= anode_deg <= angles[-1]:
        span = f"{angles[0]:g} to {angles[-1]:g}"
        raise SpectrumError(f"an anode angle of {anode_deg:g}° is outside the table ({span})")
    data = table["photons_per_cm2_mas_kev"].astype(np.float64)
    at_kvp = _between(volts, data, kvp)
    fluence = _between(np.log(angles), at_kvp, math.log(anode_deg))
    energy = table["energy_kev"].astype(np.float64)
    keep = energy < kvp
    energy, fluence = energy[keep], fluence[keep]
    for name, thickness_mm in filtration:
        if thickness_mm < 0:
            raise SpectrumError(f"filter {name}: a thickness of {thickness_mm:g} mm is negative")
        fluence = fluence * np.exp(-_filter_mu_per_mm(name, energy) * thickness_mm)
    # Below this an unfiltered tungsten spectrum holds only numerical dust.
    if fluence.sum() <= 0:
        raise SpectrumError("the filters leave no photons")
    return Spectrum(energy, fluence)


def _between(nodes: Array, table: Array, value: float) -> Array:
    upper = int(np.clip(np.searchsorted(nodes, value), 1, len(nodes) - 1))
    t = float((value - nodes[upper - 1]) / (nodes[upper] - nodes[upper - 1]))
    result: Array = (1 - t) * table[upper - 1] + t * table[upper]
    return result


def _filter_mu_per_mm(name: str, energy_kev: Array) -> Array:
    try:
        filter_material = material(FILTER_NAMES.get(name, name))
        density = filter_material.density_g_cm3
        mass = filter_material.mass_attenuation(energy_kev)
    except MaterialError:
        try:
            number = xraylib.SymbolToAtomicNumber(name)
        except ValueError as error:
            raise SpectrumError(
                f"no filter is called {name!r}; use Al, Cu or an element"
            ) from error
        density = xraylib.ElementDensity(number)
        mass = np.array([xraylib.CS_Total(number, float(e)) for e in energy_kev])
    return mass * density / 10.0


def air_energy_absorption(energy_kev: Array) -> Array:
    """(n,) mass energy-absorption coefficient of air [cm2/g], log-log spline through NIST nodes."""
    spline = CubicSpline(np.log(_AIR_KEV), np.log(_AIR_CM2_G))
    result: Array = np.exp(spline(np.log(np.maximum(energy_kev, 1.0))))
    return result


@cache
def _table() -> dict[str, Array]:
    data = io.BytesIO(resource("spectra", "tungsten.npz").read_bytes())
    with np.load(data, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
