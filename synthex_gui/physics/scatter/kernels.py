"""How far scattered photons of a beam stray: kernels by water thickness and air gap.

The table comes from a Monte Carlo of pencil beams of single energies in water slabs
(`packaging/make_scatter_kernels.py`): the scattered signal within a radius of the beam on a plane
at a gap behind the slab, per unit of incident signal. For a tube's beam it is summed over the
spectrum and divided by what passes unscattered: a kernel per unit of primary signal, so that what
absorbs the primary (bone, metal) absorbs its scatter too.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from synthex_gui.core.resources import resource
from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.physics.detector.response import Response
from synthex_gui.physics.matter.materials import material
from synthex_gui.scene.beam import Beam

Array = NDArray[np.float64]

_RESPONSES = ("ideal-energy", "ideal-count", "csi")
# Where the energies of scattered photons are taken for their noise: 20 cm water, 10 cm gap.
_TYPICAL_WATER_CM, _TYPICAL_GAP_CM = 20.0, 10.0
_NOTHING = 1e-14


@dataclass(frozen=True, eq=False)
class ScatterKernels:
    """`within` (t, g, r): scatter within `radius_cm` of a pencil per unit of primary signal, for
    each of `water_cm` and `gap_cm`. `spread`: variance of the scattered signal of one incident
    photon per pixel, over that signal, as `transmit`'s for the primary.
    """

    water_cm: Array
    gap_cm: Array
    radius_cm: Array
    within: Array
    spread: float

    def density(self, water: int, gap: int, distance_cm: Array, width_cm: float) -> Array:
        """Kernel [1/cm2] averaged over the ring that a cell `width_cm` wide covers at a distance.

        Within half a width of the pencil it is the mean over a disc of the cell's area.
        """
        radius = np.concatenate([[0.0], self.radius_cm])
        amount = np.concatenate([[0.0], self.within[water, gap]])
        smooth = PchipInterpolator(radius, amount)
        disc = width_cm / np.sqrt(np.pi)
        inner = np.where(distance_cm < disc, 0.0, distance_cm - width_cm / 2)
        outer = np.where(distance_cm < disc, disc, distance_cm + width_cm / 2)
        top = self.radius_cm[-1]
        between = smooth(np.minimum(outer, top)) - smooth(np.minimum(inner, top))
        result: Array = between / (np.pi * (outer**2 - inner**2))
        return result


def scatter_kernels(beam: Beam, response: Response) -> ScatterKernels:
    """The kernels of a tube's beam on its central ray; the last ones are kept."""
    filters = tuple(sorted(beam.filtration_mm.items()))
    return _kernels(beam.kvp, filters, beam.anode_deg, response)


@lru_cache(maxsize=16)
def _kernels(
    kvp: float, filters: tuple[tuple[str, float], ...], anode_deg: float, response: Response
) -> ScatterKernels:
    table = _table()
    rays = spectrum(kvp, dict(filters), anode_deg)
    # The table knows CsI of 200 mg/cm2; the ratio of scatter to primary hardly depends on it.
    which = _RESPONSES.index(response.kind)
    logs = np.log(np.maximum(table["within"][which], _NOTHING))
    weight = rays.fluence * response.mean(rays.energy_kev)
    weight /= weight.sum()
    by_energy = _between_energies(table["energy_kev"], logs, rays.energy_kev)
    scattered = np.tensordot(weight, np.exp(by_energy), axes=1)
    mu = material("water").mass_attenuation(rays.energy_kev)
    primary = np.exp(-np.outer(table["water_cm"], mu)) @ weight
    spread = 1.0
    if response.kind != "ideal-count":
        t = int(np.argmin(np.abs(table["water_cm"] - _TYPICAL_WATER_CM)))
        g = int(np.argmin(np.abs(table["gap_cm"] - _TYPICAL_GAP_CM)))
        share = weight * np.exp(by_energy[:, t, g, -1])
        square = table["square_kev"][1 if response.kind == "csi" else 0, :, t, g]
        kev = float(share @ np.interp(rays.energy_kev, table["energy_kev"], square) / share.sum())
        one = rays.fluence @ response.mean(rays.energy_kev) / rays.fluence.sum()
        # mean square / mean of CsI is in keV too: absorption is all or nothing.
        spread = kev / float(one)
    return ScatterKernels(
        table["water_cm"],
        table["gap_cm"],
        table["radius_cm"],
        scattered / primary[:, None, None],
        spread,
    )


def _between_energies(nodes: Array, logs: Array, energy: Array) -> Array:
    """`logs` (nodes, ...) at each energy, linear in the logarithm of the energy."""
    at = np.log(np.clip(energy, nodes[0], nodes[-1]))
    where = np.log(nodes)
    upper = np.clip(np.searchsorted(where, at), 1, len(nodes) - 1)
    share = (at - where[upper - 1]) / (where[upper] - where[upper - 1])
    share = share.reshape(-1, *(1,) * (logs.ndim - 1))
    result: Array = (1.0 - share) * logs[upper - 1] + share * logs[upper]
    return result


@cache
def _table() -> dict[str, Array]:
    data = io.BytesIO(resource("scatter", "water.npz").read_bytes())
    with np.load(data, allow_pickle=False) as archive:
        return {name: archive[name].astype(np.float64) for name in archive.files}
