"""Tissues as mixtures of two basis materials, so that a CT is two fields whatever its tissues."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from synthex_gui.physics.matter.materials import Material, material

Basis = tuple[str, str]
# Water and cortical bone hold water and bone exactly, but fat is less than no bone in it, and a
# field cannot be negative. From lipid on, every tissue is a sum.
WATER_BONE: Basis = ("water", "bone-cortical")
LIPID_BONE: Basis = ("lipid", "bone-cortical")

# Where a radiograph is made: what passes a patient at 60 to 120 kVp.
FIT_KEV = np.arange(30.0, 121.0)
# Largest error of mu/rho over FIT_KEV up to which a material counts as made of a basis; every
# tissue of Schneider 2000 and ICRU 44 is within 0.31 % of lipid and cortical bone, 0.07 % rms.
FIT_TOLERANCE = 0.005


@dataclass(frozen=True)
class Mixture:
    """1 g of a material as grams of the two basis materials, none negative; `worst` and `rms` are
    the relative errors of mu/rho over FIT_KEV.
    """

    amounts: tuple[float, float]
    worst: float
    rms: float

    @property
    def fits(self) -> bool:
        """True when the mixture may stand for the material."""
        return self.worst <= FIT_TOLERANCE


@lru_cache(maxsize=256)
def mixture_of(what: Material, basis: Basis) -> Mixture:
    """The mixture with the least squared relative error of mu/rho, every keV weighing the same."""
    wanted = what.mass_attenuation(FIT_KEV)
    columns = [material(name).mass_attenuation(FIT_KEV) for name in basis]
    relative: NDArray[np.float64] = np.stack(columns, axis=1) / wanted[:, None]
    found, _ = nnls(relative, np.ones(len(FIT_KEV)))
    error = relative @ found - 1.0
    amounts = (float(found[0]), float(found[1]))
    return Mixture(amounts, float(np.abs(error).max()), float(np.sqrt((error**2).mean())))


def basis_for(materials: Iterable[Material]) -> Basis:
    """Water and bone when they hold each material that lipid and bone can, else lipid and bone."""
    for item in materials:
        if mixture_of(item, LIPID_BONE).fits and not mixture_of(item, WATER_BONE).fits:
            return LIPID_BONE
    return WATER_BONE
