"""What one photon of a given energy leaves in the detector: mean, and mean of the square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from synthex_gui.physics.matter.materials import material
from synthex_gui.scene.detector import Detector

Array = NDArray[np.float64]
CSI = material("CsI@4.51")


@dataclass(frozen=True)
class Response:
    """A detector's answer to one incident photon; hashable, so that sums over it can be kept.

    ``ideal-energy`` counts its energy, ``ideal-count`` one, ``csi`` its energy with the
    probability that a screen of `csi_mg_cm2` absorbs it at normal incidence. Left out for CsI: the
    escape of K fluorescence (28 to 35 keV, above the edges at 33 and 36 keV) and the spread of
    light per absorbed keV (Swank's factor), which together add some 10 % to its variance.
    """

    kind: Literal["ideal-energy", "ideal-count", "csi"]
    csi_mg_cm2: float = 0.0

    def mean(self, energy_kev: ArrayLike) -> Array:
        """(n,) mean signal per incident photon, keV or counts."""
        energy = np.atleast_1d(np.asarray(energy_kev, dtype=np.float64))
        if self.kind == "ideal-count":
            return np.ones_like(energy)
        if self.kind == "ideal-energy":
            return energy
        return energy * csi_absorbed(energy, self.csi_mg_cm2)

    def mean_square(self, energy_kev: ArrayLike) -> Array:
        """(n,) mean squared signal per incident photon: all of its energy or nothing."""
        energy = np.atleast_1d(np.asarray(energy_kev, dtype=np.float64))
        if self.kind == "ideal-count":
            return np.ones_like(energy)
        return energy * self.mean(energy)


def csi_absorbed(energy_kev: ArrayLike, mg_cm2: float) -> Array:
    """(n,) share of photons that interact in CsI: 1 - exp(-mu/rho * mass per area)."""
    result: Array = 1.0 - np.exp(-CSI.mass_attenuation(energy_kev) * mg_cm2 / 1000.0)
    return result


def response_of(detector: Detector) -> Response:
    """The response of a scene's detector."""
    is_csi = detector.kind == "csi"
    return Response(detector.kind, detector.csi_mg_cm2 if is_csi else 0.0)
