"""Monte Carlo of a point source above a water slab with sides, by the transport that the scatter
model's kernels are made with.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "packaging"))

from scatter_transport import ROULETTE, STEP_KEV, at, compiled, compton, rayleigh, turned


@compiled
def slab_image(  # type: ignore[no-untyped-def]
    seed, histories, energies, cumulative, slab_cm, gap, sdd, field, sides, bins, water
):
    """(primary, scatter), each (bins, bins) energy per unit of incident energy and area.

    A point source `sdd` cm above the detector, field `field` cm wide there; a water slab of
    `slab_cm` whose exit face is `gap` cm above the detector and which reaches from sides[0] to
    sides[1] in x and from sides[2] to sides[3] in y [cm], infinity for endless. The central ray
    meets the slab or its edge.
    """
    np.random.seed(seed)
    primary = np.zeros((bins, bins))
    scatter = np.zeros((bins, bins))
    incident = 0.0
    entry = sdd - gap - slab_cm
    for _ in range(histories):
        u, v = (np.random.random() - 0.5) * field, (np.random.random() - 0.5) * field
        length = np.sqrt(u * u + v * v + sdd * sdd)
        direction = (u / length, v / length, sdd / length)
        energy = energies[np.searchsorted(cumulative, np.random.random())]
        start = (sdd / length) ** 3
        incident += energy * start
        x, y = u * entry / sdd, v * entry / sdd
        weight, energy, x, y, height, direction, count = _follow_box(
            energy, x, y, direction, slab_cm, sides, water
        )
        if weight == 0.0:
            continue
        step = (gap + height) / direction[2]
        i = int(np.floor(((x + direction[0] * step) / field + 0.5) * bins))
        j = int(np.floor(((y + direction[1] * step) / field + 0.5) * bins))
        if 0 <= i < bins and 0 <= j < bins:
            if count == 0:
                primary[j, i] += weight * start * energy
            else:
                scatter[j, i] += weight * start * energy
    return primary * bins * bins / incident, scatter * bins * bins / incident


@compiled
def _to_side(x, slope, low, high):  # type: ignore[no-untyped-def]
    """Distance along a ray to the side that it runs towards, infinite when there is none."""
    if slope > 0.0 and np.isfinite(high):
        return (high - x) / slope
    if slope < 0.0 and np.isfinite(low):
        return (low - x) / slope
    return np.inf


@compiled
def _follow_box(energy, x, y, direction, thickness, sides, water):  # type: ignore[no-untyped-def]
    """As `follow`, unforced, in a slab with sides; also returns the height above the exit face at
    which the photon is when it leaves. A box being convex and the beam diverging, what is outside
    stays outside.
    """
    weight = 1.0
    z = 1e-9
    scatterings = 0
    if not (sides[0] < x < sides[1] and sides[2] < y < sides[3]):
        return weight, energy, x, y, thickness, direction, scatterings
    while True:
        mu = at(water.total, energy / STEP_KEV)
        step = -np.log(1.0 - np.random.random()) / mu
        out = (thickness - z if direction[2] > 0.0 else -z) / direction[2]
        out = min(out, _to_side(x, direction[0], sides[0], sides[1]))
        out = min(out, _to_side(y, direction[1], sides[2], sides[3]))
        if step >= out:
            if direction[2] <= 0.0:
                return 0.0, energy, x, y, 0.0, direction, scatterings
            x, y, z = x + direction[0] * out, y + direction[1] * out, z + direction[2] * out
            return weight, energy, x, y, thickness - z, direction, scatterings
        x, y, z = x + direction[0] * step, y + direction[1] * step, z + direction[2] * step
        weight *= at(water.scattering, energy / STEP_KEV)
        if weight < ROULETTE:
            if np.random.random() > 0.25:
                return 0.0, energy, x, y, 0.0, direction, scatterings
            weight *= 4.0
        if np.random.random() < at(water.compton, energy / STEP_KEV):
            energy, cosine = compton(energy, water)
            if energy < 2.0:
                return 0.0, energy, x, y, 0.0, direction, scatterings
        else:
            cosine = rayleigh(energy, water)
        direction = turned(direction, cosine)
        scatterings += 1
