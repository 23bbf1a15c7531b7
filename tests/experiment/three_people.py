"""Small people for experiments: who they are and what they are made of."""

import numpy as np

from synthex_gui.geometry.arrays import Grid, Volume

NAMES = ("okafor", "tanaka", "mueller")
MARKS = {"FH-l": (30.0, 0.0, 0.0), "FH-r": (-30.0, 0.0, 0.0), "middle": (0.0, 5.0, -10.0)}


def person(shift_mm, bone_hu=1000):
    """A water block about `shift_mm` with a rod of bone through it."""
    values = np.full((40, 30, 36), -1000, dtype=np.int16)
    values[4:36, 5:25, 6:30] = 0
    values[6:34, 13:17, 14:18] = bone_hu
    affine = np.diag([4.0, 4.0, 4.0, 1.0])
    affine[:3, 3] = np.array([-70.0, -58.0, -78.0]) + shift_mm
    return Volume(values, Grid(values.shape, affine))
