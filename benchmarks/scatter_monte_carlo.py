"""The scatter model against Monte Carlo, and the table of kernels that it is made from.

python benchmarks/scatter_monte_carlo.py [--histories N] [--json FILE]
python benchmarks/scatter_monte_carlo.py --table resources/scatter/water.npz
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scatter_slabs import compare
from scatter_transport import STEP_KEV, pencil, water_data

from synthex_gui.physics.detector.response import csi_absorbed

Array = NDArray[np.float64]

ENERGIES_KEV = np.array([15.0, 20, 25, 30, 40, 50, 60, 80, 100, 125, 150])
WATER_CM = np.array([1.0, 2, 5, 10, 15, 20, 25, 30, 40])
GAPS_CM = np.array([0.0, 1, 2, 5, 10, 20, 30, 50, 80])
EDGES_CM = np.concatenate([[0.0], np.geomspace(0.2, 80.0, 32)])
CSI_MG_CM2 = 200.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=1_000_000, help="photons a case")
    parser.add_argument("--table", type=Path, help="write the kernels there instead")
    parser.add_argument("--json", type=Path, help="write the numbers there")
    arguments = parser.parse_args()
    if arguments.table:
        write_table(arguments.table, arguments.histories)
        return 0
    numbers: list[dict[str, Any]] = compare(arguments.histories)
    if arguments.json:
        arguments.json.write_text(json.dumps(numbers, indent=1) + "\n")
    return 0


def write_table(path: Path, histories: int) -> None:
    """Scattered signal within a radius, per unit of incident signal, of a pencil beam.

    `within` (responses, energies, water, gaps, radii) float32, `square` its mean square over the
    mean at 80 cm, (energies, water, gaps) of energy and CsI, in keV.
    """
    water = water_data()
    energy = np.arange(len(water.total)) * STEP_KEV
    absorbed = csi_absorbed(np.maximum(energy, 1.0), CSI_MG_CM2)
    responses = np.stack(
        [energy, np.ones_like(energy), energy * absorbed, energy**2, energy**2 * absorbed]
    )
    shape = (len(ENERGIES_KEV), len(WATER_CM), len(GAPS_CM))
    within = np.zeros((3, *shape, len(EDGES_CM) - 1))
    square = np.zeros((2, *shape))
    for e, kev in enumerate(ENERGIES_KEV):
        incident = responses[:, round(kev / STEP_KEV)]
        for t, thickness in enumerate(WATER_CM):
            tally = pencil(
                1000 * e + t, histories, kev, thickness, GAPS_CM, EDGES_CM, responses, water
            )
            within[:, e, t] = np.cumsum(tally[:3], axis=2) / incident[:3, None, None]
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


if __name__ == "__main__":
    sys.exit(main())
