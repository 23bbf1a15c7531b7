"""Published numbers that the imaging chain is measured against."""

from __future__ import annotations

# Mass attenuation [cm2/g] at these energies [keV]: Hubbell and Seltzer, NISTIR 5632 (X-Ray Mass
# Attenuation Coefficients, NIST). Nodes beside an absorption edge are left out.
NIST_KEV = (20, 30, 40, 50, 60, 80, 100, 150)
NIST = {
    "water": (0.8096, 0.3756, 0.2683, 0.2269, 0.2059, 0.1837, 0.1707, 0.1505),
    "bone-cortical": (4.001, 1.331, 0.6655, 0.4242, 0.3148, 0.2229, 0.1855, 0.1480),
    "aluminium": (3.441, 1.128, 0.5685, 0.3681, 0.2778, 0.2018, 0.1704, 0.1378),
    "Ti@4.54": (15.85, 4.972, 2.214, 1.213, 0.7661, 0.4052, 0.2721, 0.1649),
    "Fe@7.874": (25.68, 8.176, 3.629, 1.958, 1.205, 0.5952, 0.3717, 0.1964),
    "copper": (33.79, 10.92, 4.862, 2.613, 1.593, 0.7630, 0.4584, 0.2217),
    "I@4.93": (25.43, 8.561, 22.10, 12.32, 7.579, 3.510, 1.942, 0.6978),
    "tungsten": (65.73, 22.73, 10.67, 5.949, 3.713, 7.810, 4.438, 1.581),
    "lead": (86.36, 30.32, 14.36, 8.041, 5.021, 2.419, 5.549, 2.014),
}

# SpekPy 2.5.4 (casim), 12 degrees, 3 mm Al: half-value layer [mm Al] and mean energy [keV] by kVp.
SPEKPY = {
    40: (1.52, 28.7), 50: (1.93, 32.9), 60: (2.31, 36.8), 70: (2.66, 40.3), 80: (3.03, 43.8),
    90: (3.42, 47.1), 100: (3.82, 50.1), 110: (4.23, 52.9), 120: (4.62, 55.4), 130: (5.02, 57.8),
    140: (5.42, 60.1), 150: (5.81, 62.3),
}  # fmt: skip
# The same at 80 kVp with this much copper [mm] added.
SPEKPY_COPPER = {0.1: 4.58, 0.2: 5.62, 0.3: 6.37, 0.6: 7.77, 0.9: 8.57}

# Objects whose transmission is summed: material and thicknesses [cm].
OBJECTS = {
    "water": (1, 2, 5, 10, 20, 30),
    "bone-cortical": (1, 2, 3, 5),
    "Ti6Al4V": (0.1, 0.3, 0.5, 1.0),
    "316L": (0.1, 0.3, 0.5, 1.0),
}
BEAMS = ((60.0, 3.5), (80.0, 3.0), (100.0, 3.0), (120.0, 4.3))  # kVp, mm Al
