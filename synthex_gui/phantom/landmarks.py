"""The 14 hip landmarks, found on the hemipelvis by rule, so that any shape has its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.interpolate import CubicSpline

from synthex_gui.geometry.arrays import Landmark
from synthex_gui.phantom.paint.curves import Points
from synthex_gui.phantom.paint.kernels import Floats
from synthex_gui.phantom.paint.lattice import Box
from synthex_gui.phantom.trunk.shape import Shape

NAMES = ("FH", "GSN", "IOF", "MOF", "SPS", "IPS", "ASIS")
_FINE_MM = 1.0
_FLAT = 3.0  # samples: how deep the tip of a flat form is taken to be


class FormError(AssertionError):
    """A bone without the form the rules need; a defect of the tables, not of the user's input."""


@dataclass(frozen=True, eq=False)
class _Bone:
    """A distance (nz, ny, nx) of at most 1 mm spacing, and its axes."""

    sdf: Floats
    x: Points
    y: Points
    z: Points


def _fine(box: Box) -> _Bone:
    h, shape, corner = box.lattice.spacing, box.sdf.shape, box.corner
    if h <= 1.2 * _FINE_MM:
        axes = [corner[n] + h * np.arange(shape[2 - n]) for n in range(3)]
        return _Bone(box.sdf, *axes)
    factor = int(np.ceil(h / _FINE_MM))
    counts = [(n - 1) * factor + 1 for n in shape]
    sdf = box.sdf
    for axis in range(3):
        at = np.arange(counts[axis]) / factor
        sdf = CubicSpline(np.arange(shape[axis]), sdf, axis=axis)(at)
    return _Bone(sdf, *(corner[n] + h / factor * np.arange(counts[2 - n]) for n in range(3)))


def _crossing(field: Points, inside: int, outside: int) -> float:
    """Where a line of samples changes sign between two neighbouring indices."""
    a, b = float(field[inside]), float(field[outside])
    return inside + (outside - inside) * a / (a - b)


def foramen(bone: _Bone) -> tuple[NDArray[np.bool_], Floats]:
    """The obturator foramen (nz, nx) in the straight coronal shadow, and the shadow's distance."""
    shadow: Floats = bone.sdf.min(axis=1)
    parts, count = ndimage.label(shadow > 0)
    edge = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    sizes[edge] = 0
    sizes[0] = 0
    if not sizes.any():
        raise FormError("the hemipelvis has no obturator foramen in its coronal shadow")
    return parts == sizes.argmax(), shadow


def _first_edge(hole: NDArray[np.bool_], shadow: Floats) -> tuple[float, float]:
    """(column, row) in samples of the hole's outline where its row is least.

    The outline is flat there, so the column is a mean over the columns within 3 samples of the
    least row, weighted by what they lack of it: roughness and voxel size hardly move it.
    """
    columns = np.flatnonzero(hole.any(axis=0))
    edges = []
    for n in columns:
        first = int(np.flatnonzero(hole[:, n])[0])
        edges.append(_crossing(shadow[:, n], first, first - 1))
    row = np.array(edges)
    runs, _ = ndimage.label(row < row.min() + _FLAT)
    weight = np.maximum(row.min() + _FLAT - row, 0.0) * (runs == runs[row.argmin()])
    return float((columns * weight).sum() / weight.sum()), float(row.min())


def _middle_y(bone: _Bone, x: float, z: float) -> float:
    """Middle of the bone along y at (x, z)."""
    k, i = np.abs(bone.z - z).argmin(), np.abs(bone.x - x).argmin()
    inside = np.flatnonzero(bone.sdf[k, :, i] < 0)
    if not inside.size:
        raise FormError(f"no bone beside the foramen at x {x:.1f}, z {z:.1f} mm")
    runs = np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1)
    longest = max(runs, key=len)
    return float((bone.y[longest[0]] + bone.y[longest[-1]]) / 2)


def _window(bone: _Bone, z: float, below: float, above: float) -> NDArray[np.intp]:
    return np.flatnonzero((bone.z >= z - below) & (bone.z <= z + above))


def _greater_notch(bone: _Bone, shape: Shape) -> Points:
    """Z 20-70: the rearmost bone of each level; where it lies foremost, averaged over the flat."""
    rows = _window(bone, shape.pelvis(np.array([[71.5, 37.0, 42.0]]))[0, 2], 22, 28)
    nearest = bone.sdf[rows].min(axis=2)  # (levels, y)
    rear = np.array(
        [
            np.interp(_crossing(line, last, last + 1), np.arange(bone.y.size), bone.y)
            for line in nearest
            for last in [int(np.flatnonzero(line < 0)[-1])]
        ]
    )
    flat = np.flatnonzero(rear < rear.min() + 1.0)
    xs = []
    for n in flat:
        j = np.abs(bone.y - (rear[n] - 1.0)).argmin()
        xs.append(bone.x[bone.sdf[rows[n], j] < 0].mean())
    return np.array([np.mean(xs), rear[flat].mean(), bone.z[rows[flat]].mean()])


def _symphysis(bone: _Bone, top: bool) -> Points:
    """The highest or lowest bone within 4.2 mm of the midplane."""
    near = np.flatnonzero(np.abs(bone.x) < 4.2)
    part = bone.sdf[:, :, near]
    levels = np.flatnonzero((part < 0).any(axis=(1, 2)))
    k = levels[-1] if top else levels[0]
    line = part.min(axis=(1, 2))
    z = np.interp(_crossing(line, k, k + 1 if top else k - 1), np.arange(bone.z.size), bone.z)
    j, i = np.argwhere(part[k] < 0).mean(axis=0)
    return np.array([bone.x[near][0] + i * (bone.x[1] - bone.x[0]),
                     bone.y[0] + j * (bone.y[1] - bone.y[0]), z])  # fmt: skip


def _foremost(part: Floats, bone: _Bone, rows: NDArray[np.intp]) -> Points:
    """The front tip of the bone in some rows, taken as `_first_edge` takes a flat edge."""
    line = part.min(axis=(0, 2))
    j = int(np.flatnonzero(line < 0)[0])
    front = _crossing(line, j, j - 1)
    # How far each line of voxels along y reaches into the first samples behind the tip.
    depth = part[:, : j + int(_FLAT) + 1] < 0
    weight = depth.sum(axis=1) * (part[:, : j + int(_FLAT) + 1].min(axis=1) < 0)
    patches, _ = ndimage.label(weight > 0)
    weight = weight * (patches == np.bincount(patches[patches > 0]).argmax())
    k, i = (np.arange(n) for n in weight.shape)
    h = bone.x[1] - bone.x[0]
    x = bone.x[0] + h * (weight.sum(axis=0) * i).sum() / weight.sum()
    z = bone.z[rows[0]] + h * (weight.sum(axis=1) * k).sum() / weight.sum()
    return np.array([x, bone.y[0] + h * front, z])


def side_landmarks(box: Box, shape: Shape) -> dict[str, Points]:
    """Name -> (3,) position for a hemipelvis at +x, in design mm."""
    bone = _fine(box)
    h = bone.z[1] - bone.z[0]
    hole, shadow = foramen(bone)
    column, low = _first_edge(hole, shadow)
    iof = np.array([bone.x[0] + h * column, 0.0, bone.z[0] + h * low])
    iof[1] = _middle_y(bone, iof[0], iof[2] - 2)
    level, medial = _first_edge(hole.T, shadow.T)
    mof = np.array([bone.x[0] + h * medial, 0.0, bone.z[0] + h * level])
    mof[1] = _middle_y(bone, mof[0] - 2, mof[2])
    rows = _window(bone, shape.pelvis(np.array([[117.0, -62.0, 74.0]]))[0, 2], 14, 26)
    part = bone.sdf[rows]
    asis = _foremost(part, bone, rows)
    return {
        "FH": shape.head_centre(),
        "GSN": _greater_notch(bone, shape),
        "IOF": iof,
        "MOF": mof,
        "SPS": _symphysis(bone, top=True),
        "IPS": _symphysis(bone, top=False),
        "ASIS": asis,
    }


def all_landmarks(
    left: dict[str, Points], right: dict[str, Points], scale: float
) -> tuple[Landmark, ...]:
    """FH-l, FH-r, GSN-l, ... in world mm; `right` is given at +x and mirrored here."""
    result = []
    for name in NAMES:
        for suffix, points, sign in (("l", left, 1.0), ("r", right, -1.0)):
            x, y, z = (float(v) * scale for v in points[name])
            result.append(Landmark(f"{name}-{suffix}", (sign * x, y, z)))
    return tuple(result)
