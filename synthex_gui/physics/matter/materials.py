"""Materials by name or ``FORMULA@DENSITY``, and their attenuation from xraylib."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import xraylib
from numpy.typing import ArrayLike, NDArray

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.resources import resource

Spectrum1D = NDArray[np.float64]

# The energy at which the naive and heuristic levels take a tool's attenuation, as mu_water there.
MONO_KEV = 60.0


class MaterialError(SynthexError):
    """A material name or formula that means nothing."""


@dataclass(frozen=True)
class Material:
    """Density [g/cm3] and mass fractions by atomic number (sum 1)."""

    name: str
    density_g_cm3: float
    fractions: tuple[tuple[int, float], ...]

    def mass_attenuation(self, energy_kev: ArrayLike) -> Spectrum1D:
        """(n,) mu/rho [cm2/g]: xraylib CS_Total, summed by mass fraction."""
        energies = np.atleast_1d(np.asarray(energy_kev, dtype=np.float64))
        total = np.zeros(energies.shape)
        for number, fraction in self.fractions:
            total += fraction * _element(number, energies.tobytes())
        return total

    def attenuation_per_mm(self, energy_kev: float = MONO_KEV) -> float:
        """Linear attenuation [1/mm] at one energy."""
        return float(self.mass_attenuation(energy_kev)[0]) * self.density_g_cm3 / 10.0


@lru_cache(maxsize=4096)
def _element(number: int, energies: bytes) -> Spectrum1D:
    values = [xraylib.CS_Total(number, float(e)) for e in np.frombuffer(energies)]
    return np.array(values)


@cache
def material_names() -> tuple[str, ...]:
    """The named materials, in the order of the file."""
    return tuple(_table())


@cache
def material(name: str) -> Material:
    """A named material, or a formula with a density such as ``Al2O3@3.95`` (g/cm3).

    Raises MaterialError naming what is known.
    """
    if name in _table():
        entry = _table()[name]
        if "formula" in entry:
            return Material(name, entry["density_g_cm3"], _parse(entry["formula"]))
        parts = [(xraylib.SymbolToAtomicNumber(s), w) for s, w in entry["mass_percent"].items()]
        total = sum(weight for _, weight in parts)
        return Material(
            name, entry["density_g_cm3"], tuple((z, weight / total) for z, weight in parts)
        )
    formula, at, density = name.partition("@")
    if not at:
        known = ", ".join(material_names())
        raise MaterialError(
            f"no material is called {name!r}; use one of {known}, or FORMULA@DENSITY"
        )
    try:
        value = float(density)
    except ValueError:
        value = 0.0
    # Above osmium, 22.6 g/cm3, there is nothing; a density in kg/m3 is refused.
    if not 0.0 < value < 30.0:
        raise MaterialError(f"material {name!r}: the density behind @ must be 0 to 30 g/cm3")
    return Material(name, value, _parse(formula))


def _parse(formula: str) -> tuple[tuple[int, float], ...]:
    try:
        parsed = xraylib.CompoundParser(formula)
    except ValueError as error:
        raise MaterialError(f"{formula!r} is not a chemical formula") from error
    return tuple(zip(parsed["Elements"], parsed["massFractions"], strict=True))


@cache
def _table() -> dict[str, dict[str, Any]]:
    return dict(json.loads(resource("materials", "materials.json").read_text(encoding="utf-8")))
