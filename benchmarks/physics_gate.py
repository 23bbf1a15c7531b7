"""The Gate/Geant4 images of spheres in a water box, next to the transmission of this package.

Pointon et al., gVirtualXray's data set: a box of 70 x 70 x 15 mm, five columns of three spheres of
2, 3.5 and 5 mm radius, parallel beam, flat-fielded, 3.829 pixels per mm.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from known_matter import transmitted
from numpy.typing import NDArray

from synthex_gui.physics.beam.energy_groups import energy_groups
from synthex_gui.physics.beam.spectra import Spectrum
from synthex_gui.physics.detector.response import Response
from synthex_gui.physics.matter.materials import Material, material

PIXELS_PER_MM, MIDDLE_PX, BOX_CM = 3.829, 255.5, 1.5
COLUMNS_PX = (159.5, 207.5, 255.5, 303.5, 351.5)
ROWS_PX = (178.7, 255.5, 332.3)
RADII_MM = (2.0, 3.5, 5.0)
# Brain and breast of ICRU-44; the others are the package's own.
BRAIN = Material(
    "brain",
    1.04,
    ((1, 0.107), (6, 0.145), (7, 0.022), (8, 0.712), (11, 0.002), (15, 0.004), (16, 0.002),
     (17, 0.003), (19, 0.003)),
)  # fmt: skip
BREAST = Material(
    "breast",
    1.02,
    ((1, 0.106), (6, 0.332), (7, 0.030), (8, 0.527), (11, 0.001), (15, 0.001), (16, 0.002),
     (17, 0.001)),
)  # fmt: skip
# Image -> its single energy [keV].
IMAGES = {"gate_spheres_direct_20keV.tif": 20.0, "gate_spheres_monoE_flat.tif": 80.0}
# Where less passes, the own noise of Gate and half a pixel of misplacement are over 1 %.
LEAST_SIGNAL = 0.1
_HALF_PX = 2


def compare_gate(folder: Path) -> list[dict[str, Any]]:
    """Water and every sphere's centre: name, Gate's mean of 5 x 5 pixels (of the whole free water
    for the box), this package's, and the relative error.
    """
    numbers = []
    for name, kev in IMAGES.items():
        image = np.asarray(tifffile.imread(folder / "reference" / name), dtype=np.float64)
        ours = gate_image(kev)
        free = (slice(205, 230), slice(130, 380))
        numbers.append(_row(f"{kev:g} keV water", image[free].mean(), ours[free].mean()))
        tissues = ("bone", "blood", "brain", "breast", "adipose")
        for tissue, column in zip(tissues, COLUMNS_PX, strict=True):
            for radius, row in zip(RADII_MM, ROWS_PX, strict=True):
                i, j = round(row), round(column)
                near = (
                    slice(i - _HALF_PX, i + _HALF_PX + 1), slice(j - _HALF_PX, j + _HALF_PX + 1)
                )  # fmt: skip
                found = ours[near].mean()
                if found > LEAST_SIGNAL:
                    label = f"{kev:g} keV {tissue} {2 * radius:g} mm"
                    numbers.append(_row(label, image[near].mean(), found))
    return numbers


def gate_image(kev: float) -> NDArray[np.float64]:
    """(512, 512) transmission of box and spheres at one energy."""
    materials = [
        material("water"), material("bone-cortical"), material("blood"), BRAIN, BREAST,
        material("adipose"),
    ]  # fmt: skip
    y, x = np.mgrid[:512, :512].astype(np.float64)
    half = 35.0 * PIXELS_PER_MM
    inside = (abs(x - MIDDLE_PX) < half) & (abs(y - MIDDLE_PX) < half)
    areal = np.zeros((len(materials), 512, 512))
    areal[0] = np.where(inside, BOX_CM, 0.0)
    for n, column in enumerate(COLUMNS_PX, 1):
        for radius, row in zip(RADII_MM, ROWS_PX, strict=True):
            squared = ((x - column) ** 2 + (y - row) ** 2) / PIXELS_PER_MM**2
            chord_cm = 0.2 * np.sqrt(np.maximum(radius**2 - squared, 0.0))
            areal[0] -= chord_cm
            areal[n] += chord_cm * materials[n].density_g_cm3
    rays = Spectrum(np.array([kev]), np.array([1.0]))
    groups = energy_groups([rays], [12.0], Response("ideal-energy"), materials, 1)
    mean, _ = transmitted(groups, areal.astype(np.float32), np.full(512, 12.0))
    return mean.astype(np.float64)


def _row(name: str, gate: float, ours: float) -> dict[str, Any]:
    return {"name": name, "gate": float(gate), "ours": float(ours), "error": float(ours / gate - 1)}
