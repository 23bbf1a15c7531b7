"""Control points to dense balls: a chain is a curve of them, a sheet a surface of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Points = NDArray[Any]  # float64 coordinates in mm, last axis x, y, z and further columns


def points(text: str) -> Points:
    """A table "x,y,z,r x,y,z,r ..." as (n, columns) float64."""
    return np.array([[float(v) for v in item.split(",")] for item in text.split()])


def grid_points(text: str) -> Points:
    """A table of such rows parted by "|" as (rows, n, columns) float64."""
    return np.array([points(row) for row in text.split("|")])


def chain(control: Points, step: float = 1.5) -> Points:
    """Balls (m, 4) along the PCHIP curve through (n, 4) control points, one each `step` mm."""
    chord = np.linalg.norm(np.diff(control[:, :3], axis=0), axis=1)
    s = np.concatenate([[0.0], np.cumsum(np.maximum(chord, 1e-6))])
    count = max(2, math.ceil(s[-1] / step) + 1)
    result: Points = PchipInterpolator(s, control, axis=0)(np.linspace(0.0, s[-1], count))
    return result


def sheet(control: Points, step: float = 1.1) -> Points:
    """Balls (m, 4) over the surface through a (rows, columns, 4) control grid, PCHIP both ways."""
    for axis in (1, 0):
        lengths = np.linalg.norm(np.diff(control[..., :3], axis=axis), axis=-1)
        mean = np.maximum(lengths.mean(axis=1 - axis), 1e-6)
        s = np.concatenate([[0.0], np.cumsum(mean)])
        count = max(2, math.ceil(float(lengths.sum(axis=axis).max()) / step) + 1)
        control = PchipInterpolator(s, control, axis=axis)(np.linspace(0.0, s[-1], count))
    result: Points = control.reshape(-1, 4)
    return result


def steps(table: Points, at: Points, column: int = 1) -> Points:
    """Piecewise linear value of a table whose first column is the abscissa."""
    result: Points = np.interp(at, table[:, 0], table[:, column])
    return result
