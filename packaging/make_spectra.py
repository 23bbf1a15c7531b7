"""Make ``resources/spectra/tungsten.npz`` with SpekPy (casim model), once.

Needs the extra ``[spectra]``. The table is unfiltered tungsten fluence at 1 m in air-free space;
filters are applied analytically at run time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import spekpy

KVP = np.arange(40, 151)
ENERGY_KEV = np.arange(1.5, 150.0, 1.0)


def fluence(kvp: float, anode_deg: float) -> np.ndarray:
    """Photons per cm2, mAs and keV at 1 m, on ENERGY_KEV (bin centres)."""
    spectrum = spekpy.Spek(kvp=kvp, th=anode_deg, dk=1.0, physics="casim", z=100.0, mas=1.0)
    energy, differential = spectrum.get_spectrum(edges=False, flu=True, diff=True)
    result: np.ndarray = np.interp(ENERGY_KEV, energy, differential, left=0.0, right=0.0)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--anode-deg", type=float, nargs="+", default=[12.0])
    parser.add_argument("--out", type=Path, default=Path("resources/spectra/tungsten.npz"))
    arguments = parser.parse_args()
    angles = np.array(arguments.anode_deg)
    table = np.zeros((len(KVP), len(angles), len(ENERGY_KEV)), dtype=np.float32)
    for row, kvp in enumerate(KVP):
        for column, angle in enumerate(angles):
            table[row, column] = fluence(float(kvp), float(angle))
        print(f"{kvp} kVp")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        arguments.out,
        kvp=KVP.astype(np.float32),
        anode_deg=angles.astype(np.float32),
        energy_kev=ENERGY_KEV.astype(np.float32),
        photons_per_cm2_mas_kev=table,
    )


if __name__ == "__main__":
    main()
