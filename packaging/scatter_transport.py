"""Photon transport in water: the Monte Carlo that the scatter model is made from, and tested with
(``benchmarks/scatter_box.py``).

Photoelectric absorption, Compton scattering (Klein-Nishina times the incoherent scattering
function) and Rayleigh scattering (form factors), independent atoms, all data from xraylib; no
Doppler broadening, no fluorescence. Absorption is a weight, small weights play roulette.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xraylib
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP_KEV = 0.5
MC2_KEV = 510.999
KEV_ANGSTROM = 12.39842
# Below this weight a photon lives on with one chance in four, four times as heavy: the mean stays.
ROULETTE = 0.02

# Not kept between runs: Numba would not notice a change in a function of another file.
compiled = njit(nogil=True)


class WaterData(NamedTuple):
    """Tables of liquid water. By energy (n,), step STEP_KEV from 0: `total` [1/cm], `scattering`
    and `compton`, shares of the total and of the scattering. `incoherent` (m,) S(q) / Z by q, step
    `q_step` [1/Angstrom]; `coherent` (l,) cumulative integral of F^2 over q^2, step `q2_step`.
    """

    total: Array
    scattering: Array
    compton: Array
    incoherent: Array
    q_step: float
    coherent: Array
    q2_step: float


def water_data(top_kev: float = 160.0) -> WaterData:
    """Water, 1 g/cm3, H 11.19 %, O 88.81 % by mass."""
    parts = ((1, 0.1119), (8, 0.8881))
    energy = np.maximum(np.arange(0.0, top_kev, STEP_KEV), 1.0)

    def cross(function: object) -> Array:
        return np.array([sum(w * function(z, float(e)) for z, w in parts) for e in energy])  # type: ignore[operator]

    photo, compt, rayl = (cross(f) for f in (xraylib.CS_Photo, xraylib.CS_Compt, xraylib.CS_Rayl))
    moles = [(z, w / xraylib.AtomicWeight(z)) for z, w in parts]
    q_step = 0.005
    q = np.arange(0.0, top_kev / KEV_ANGSTROM + q_step, q_step)
    electrons = sum(n * z for z, n in moles)
    incoherent = np.array(
        [sum(n * xraylib.SF_Compt(z, max(float(x), 1e-3)) for z, n in moles) for x in q]
    )
    q2_step = 0.002
    fine = np.sqrt(np.arange(0.0, float(q[-1]) ** 2, q2_step))
    squared = np.array([sum(n * xraylib.FF_Rayl(z, float(x)) ** 2 for z, n in moles) for x in fine])
    coherent = np.concatenate([[0.0], np.cumsum((squared[1:] + squared[:-1]) / 2) * q2_step])
    total = photo + compt + rayl
    return WaterData(
        total,
        (compt + rayl) / total,
        compt / (compt + rayl),
        incoherent / electrons,
        q_step,
        coherent,
        q2_step,
    )


@compiled
def at(table, x):  # type: ignore[no-untyped-def]
    """The table between its entries at place x, linear."""
    i = min(int(x), table.size - 2)
    t = x - i
    return (1.0 - t) * table[i] + t * table[i + 1]


@compiled
def turned(direction, cosine):  # type: ignore[no-untyped-def]
    """A direction turned by an angle of this cosine about a random azimuth."""
    azimuth = 2.0 * np.pi * np.random.random()
    sine = np.sqrt(max(0.0, 1.0 - cosine * cosine))
    x, y, z = direction
    a, b = sine * np.cos(azimuth), sine * np.sin(azimuth)
    if abs(z) > 0.99999:
        return a, b, cosine * np.sign(z)
    s = np.sqrt(1.0 - z * z)
    return (
        a * x * z / s - b * y / s + cosine * x,
        a * y * z / s + b * x / s + cosine * y,
        -a * s + cosine * z,
    )


@compiled
def compton(energy, water):  # type: ignore[no-untyped-def]
    """(energy after, cosine): Klein-Nishina by rejection, then the bound electrons."""
    alpha = energy / MC2_KEV
    while True:
        cosine = 2.0 * np.random.random() - 1.0
        ratio = 1.0 / (1.0 + alpha * (1.0 - cosine))
        # Klein-Nishina is largest forwards, where this is 2.
        if 2.0 * np.random.random() > ratio * ratio * (ratio + 1.0 / ratio + cosine**2 - 1.0):
            continue
        q = energy / KEV_ANGSTROM * np.sqrt((1.0 - cosine) / 2.0)
        if np.random.random() < at(water.incoherent, q / water.q_step):
            return energy * ratio, cosine


@compiled
def rayleigh(energy, water):  # type: ignore[no-untyped-def]
    """Cosine of a Rayleigh angle: q^2 from the form factor, then (1 + cos^2) / 2."""
    largest = (energy / KEV_ANGSTROM) ** 2
    top = at(water.coherent, largest / water.q2_step)
    while True:
        wanted = np.random.random() * top
        i = np.searchsorted(water.coherent, wanted)
        i = min(max(i, 1), water.coherent.size - 1)
        low, high = water.coherent[i - 1], water.coherent[i]
        q2 = (i - 1 + (wanted - low) / max(high - low, 1e-300)) * water.q2_step
        cosine = 1.0 - 2.0 * min(q2 / largest, 1.0)
        if np.random.random() < (1.0 + cosine * cosine) / 2.0:
            return cosine


@compiled
def follow(energy, x, y, z, direction, thickness, forced, water):  # type: ignore[no-untyped-def]
    """One photon from (x, y, z) in a slab 0 < z < thickness [cm], endless in x and y.

    Returns (weight, energy, x, y, direction, scatterings) at the exit face; weight 0 when lost.
    `forced`: the first collision happens inside the slab, at the price of weight.
    """
    weight = 1.0
    scatterings = 0
    while True:
        mu = at(water.total, energy / STEP_KEV)
        if forced and scatterings == 0:
            inside = 1.0 - np.exp(-mu * (thickness - z) / direction[2])
            weight *= inside
            step = -np.log(1.0 - np.random.random() * inside) / mu
        else:
            step = -np.log(1.0 - np.random.random()) / mu
        after = z + direction[2] * step
        if after <= 0.0:
            return 0.0, energy, x, y, direction, scatterings
        if after >= thickness:
            step = (thickness - z) / direction[2]
            x, y = x + direction[0] * step, y + direction[1] * step
            return weight, energy, x, y, direction, scatterings
        x, y, z = x + direction[0] * step, y + direction[1] * step, after
        weight *= at(water.scattering, energy / STEP_KEV)
        if weight < ROULETTE:
            if np.random.random() > 0.25:
                return 0.0, energy, x, y, direction, scatterings
            weight *= 4.0
        if np.random.random() < at(water.compton, energy / STEP_KEV):
            energy, cosine = compton(energy, water)
            if energy < 2.0:
                return 0.0, energy, x, y, direction, scatterings
        else:
            cosine = rayleigh(energy, water)
        direction = turned(direction, cosine)
        scatterings += 1


@compiled
def pencil(seed, histories, energy, thickness, gaps, edges, response, water):  # type: ignore[no-untyped-def]
    """(responses, gaps, bins) signal of scattered photons per incident photon by radius.

    A pencil beam of one energy [keV] enters a slab of `thickness` cm at right angles; it is looked
    at `gaps` [cm] behind the slab. `edges` [cm] of the radial bins from 0; `response`
    (responses, n) signal of a photon by energy, step STEP_KEV.
    """
    np.random.seed(seed)
    n_responses = response.shape[0]
    tally = np.zeros((n_responses, gaps.size, edges.size - 1))
    for _ in range(histories):
        weight, after, x, y, direction, _ = follow(
            energy, 0.0, 0.0, 1e-9, (0.0, 0.0, 1.0), thickness, True, water
        )
        if weight == 0.0:
            continue
        for g in range(gaps.size):
            step = gaps[g] / direction[2]
            radius = np.hypot(x + direction[0] * step, y + direction[1] * step)
            place = np.searchsorted(edges, radius, side="right") - 1
            if place < edges.size - 1:
                for r in range(n_responses):
                    tally[r, g, place] += weight * at(response[r], after / STEP_KEV)
    return tally / histories
