"""Make ``resources/scatter/water.npz`` by Monte Carlo, once: some minutes.

python packaging/make_scatter_kernels.py [--histories N] [--out FILE]

Pencil beams of single energies enter water slabs at right angles; `scatter_transport` follows the
photons. Equal seeds give equal tables with one Numba and one xraylib, and tables within the
histories' noise with others.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scatter_transport import STEP_KEV, Array, WaterData, pencil, water_data

from synthex_gui.physics.detector.response import csi_absorbed

ENERGIES_KEV = np.array([15.0, 20, 25, 30, 40, 50, 60, 80, 100, 125, 150])
WATER_CM = np.array([1.0, 2, 5, 10, 15, 20, 25, 30, 40])
GAPS_CM = np.array([0.0, 1, 2, 5, 10, 20, 30, 50, 80])
EDGES_CM = np.concatenate([[0.0], np.geomspace(0.2, 80.0, 32)])
CSI_MG_CM2 = 200.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=1_000_000, help="photons a case")
    parser.add_argument("--out", type=Path, default=Path("resources/scatter/water.npz"))
    arguments = parser.parse_args()
    write_table(arguments.out, arguments.histories)


def write_table(path: Path, histories: int) -> None:
    """Scattered signal within a radius, per unit of incident signal, of a pencil beam.

    `within` (responses, energies, water, gaps, radii) float32, `square` its mean square over the
    mean at 80 cm, (energies, water, gaps) of energy and CsI, in keV.
    """
    water = water_data()
    responses = responses_of(water)
    shape = (len(ENERGIES_KEV), len(WATER_CM), len(GAPS_CM))
    within = np.zeros((3, *shape, len(EDGES_CM) - 1))
    square = np.zeros((2, *shape))
    for e, kev in enumerate(ENERGIES_KEV):
        for t, thickness in enumerate(WATER_CM):
            tally = pencil(
                1000 * e + t, histories, kev, thickness, GAPS_CM, EDGES_CM, responses, water
            )
            within[:, e, t] = within_of(tally, responses, float(kev))
            sums = tally.sum(axis=2)
            square[0, e, t] = sums[3] / np.maximum(sums[0], 1e-30)
            square[1, e, t] = sums[4] / np.maximum(sums[2], 1e-30)
        print(f"{kev:g} keV done", flush=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        energy_kev=ENERGIES_KEV,
        water_cm=WATER_CM,
        gap_cm=GAPS_CM,
        radius_cm=EDGES_CM[1:],
        within=within.astype(np.float32),
        square_kev=square.astype(np.float32),
    )


def responses_of(water: WaterData) -> Array:
    """(5, n) signal of a photon by energy: energy, count, energy in CsI, then the squares of the
    first and the third, for the noise.
    """
    energy = np.arange(len(water.total)) * STEP_KEV
    absorbed = csi_absorbed(np.maximum(energy, 1.0), CSI_MG_CM2)
    return np.stack(
        [energy, np.ones_like(energy), energy * absorbed, energy**2, energy**2 * absorbed]
    )


def within_of(tally: Array, responses: Array, kev: float) -> Array:
    """(3, gaps, radii) signal within each radius per unit of incident signal."""
    incident = responses[:3, round(kev / STEP_KEV)]
    result: Array = np.cumsum(tally[:3], axis=2) / incident[:, None, None]
    return result


if __name__ == "__main__":
    main()
