"""What is known of a phantom beyond its labels: planes, centres, and where a screw would fit."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthex_gui.phantom.paint.curves import Points
from synthex_gui.phantom.paint.kernels import Floats
from synthex_gui.phantom.paint.lattice import Box
from synthex_gui.phantom.skeleton.corridor_kernel import widest
from synthex_gui.phantom.skeleton.sacrum import Chart
from synthex_gui.phantom.skeleton.spine import Vertebra
from synthex_gui.phantom.tables import hip as tables_hip
from synthex_gui.phantom.trunk.shape import Shape

_JOINT_MM = 4.0  # the sacro-iliac gap is about 2.2 mm and its edges are smoothed
_NO_JOINT_MM = -1000.0
_REACH_MM = 130.0
# A bone's box and corner, another's (or the same again), and their voxel size in mm.
TwoBones = tuple[Floats, NDArray[np.float64], Floats, NDArray[np.float64], float]


def phantom_truth(
    shapes: tuple[Shape, Shape],
    hips: tuple[Box, Box],
    sacrum: Box,
    levels: list[Vertebra],
    landmarks: tuple[dict[str, Points], dict[str, Points]],
) -> dict[str, Any]:
    """Plain JSON data in LPS world mm, left (+x) and right, for the phantom's `truth`."""
    shape = shapes[0]
    scale = shape.scale
    same = shape.is_symmetric
    sides = [_side(shapes[n], hips[n], sacrum, mirror=n == 1) for n in range(1 if same else 2)]
    sides = sides * 2 if same else sides
    result: dict[str, Any] = {
        "femoral_heads": {
            side: {
                "centre_mm": _world(shape.head_centre(), sign, scale),
                "radius_mm": tables_hip.HEAD_RADIUS * scale,
                "socket_radius_mm": tables_hip.CUP_RADIUS * scale,
            }
            for side, sign in _SIDES
        },
        "iliac_crests": {
            side: _world(found["crest"], sign, scale) for (side, sign), found in zip(_SIDES, sides)
        },
        "pubic_tubercles": {
            side: _world(found["tubercle"], sign, scale)
            for (side, sign), found in zip(_SIDES, sides)
        },
        "pedicles": {v.name: _pedicles(v, scale) for v in levels},
        "corridors": {},
    }
    for name in ("s1-iliosacral", "s2-iliosacral", "superior-ramus"):
        for (side, sign), found in zip(_SIDES, sides):
            if found[name] is None:
                continue
            entry, target, radius = found[name]
            result["corridors"][f"{name}-{side}"] = {
                "entry_mm": _world(entry, sign, scale),
                "target_mm": _world(target, sign, scale),
                "radius_mm": round(radius * scale, 3),
            }
    spines = [_world(marks["ASIS"], sign, scale) for (_, sign), marks in zip(_SIDES, landmarks)]
    tubercles = list(result["pubic_tubercles"].values())
    result["anterior_pelvic_plane"] = _plane(np.array(spines), np.array(tubercles))
    return result


_SIDES = (("left", 1.0), ("right", -1.0))


def _world(point: Points, sign: float, scale: float) -> list[float]:
    x, y, z = (float(v) * scale for v in point)
    return [round(sign * x, 3) + 0.0, round(y, 3), round(z, 3)]


def _plane(spines: Points, tubercles: Points) -> dict[str, Any]:
    """Through both anterior superior spines and midway between the pubic tubercles."""
    low = tubercles.mean(axis=0)
    up = spines.mean(axis=0) - low
    normal = np.cross(spines[0] - spines[1], up)
    normal /= np.linalg.norm(normal)
    if normal[1] > 0:
        normal = -normal
    # The tilt is + when the spines lie in front of the tubercles.
    tilt = np.degrees(np.arctan2(-up[1], up[2]))
    return {
        "point_mm": [round(float(v), 3) for v in low],
        "normal": [round(float(v), 6) for v in normal],
        "tilt_deg": round(float(tilt), 3),
    }


def _pedicles(v: Vertebra, scale: float) -> dict[str, Any]:
    """Entry behind, target in the body and radius of the two pedicles of a level."""
    x, half_width, half_height = v.pedicle
    axis = v.world([[x + 1.5, v.lamina_y - 1.0, v.pedicle_z], [x, -0.3 * v.b, v.pedicle_z]])
    return {
        side: {
            "entry_mm": _world(axis[0], sign, scale),
            "target_mm": _world(axis[1], sign, scale),
            "radius_mm": round(float(min(half_width, half_height)) * scale, 3),
        }
        for side, sign in _SIDES
    }


def _side(shape: Shape, hip: Box, sacrum: Box, mirror: bool) -> dict[str, Any]:
    """Crest, tubercle and corridors of one side, at +x."""
    x, y, z = (axis.astype(np.float64) for axis in hip.axes)
    inside = hip.sdf < 0
    k = int(np.flatnonzero(inside.any(axis=(1, 2)))[-1])
    crest = np.array([x[0, 0, inside[k].any(axis=0)].mean(), y[0, inside[k].any(axis=1), 0].mean(),
                      z[k, 0, 0]])  # fmt: skip
    expected = shape.pelvis(np.array([[24.0, -53.0, -15.0]]))[0]
    near = inside & (np.abs(z - expected[2]) < 12) & (np.abs(x - expected[0]) < 9)
    row = int(np.flatnonzero(near.any(axis=(0, 2)))[0])
    where = np.argwhere(near[:, row])
    tubercle = np.array([x[0, 0, where[:, 1]].mean(), y[0, row, 0], z[where[:, 0], 0, 0].mean()])
    bone = sacrum.sdf[:, :, ::-1] if mirror else sacrum.sdf
    corner = np.array(sacrum.corner)
    both = (hip.sdf, np.array(hip.corner), np.ascontiguousarray(bone), corner, hip.lattice.spacing)
    alone = (hip.sdf, np.array(hip.corner), hip.sdf, np.array(hip.corner), hip.lattice.spacing)
    chart = Chart.of(shape)
    return {
        "crest": crest,
        "tubercle": tubercle,
        "s1-iliosacral": _iliosacral(both, chart, (8, 26, 3), (0, 45, 5), (-15, 35, 5)),
        "s2-iliosacral": _iliosacral(both, chart, (36, 50, 2), (-10, 25, 5), (-10, 15, 5)),
        "superior-ramus": _ramus(alone, shape),
    }


def _iliosacral(
    bones: TwoBones,
    chart: Chart,
    s_range: tuple[int, int, int],
    back_range: tuple[int, int, int],
    down_range: tuple[int, int, int],
) -> tuple[Points, Points, float] | None:
    """(entry on the outer ilium, target at the midline, radius) of the widest axis."""
    starts, ends = [], []
    for s, n in product(np.arange(*s_range), np.arange(8.0, 28.0, 3.0)):
        target = chart.world(float(s), float(n))[0]
        for back, down in product(np.arange(*back_range), np.arange(*down_range)):
            b, d = np.radians(back), np.radians(down)
            way = np.array([np.cos(b) * np.cos(d), np.sin(b) * np.cos(d), -np.sin(d)])
            starts.append(target)
            ends.append(target + _REACH_MM * way)
    return _best(bones, _JOINT_MM, np.array(starts), np.array(ends), 60.0)


def _ramus(bones: TwoBones, shape: Shape) -> tuple[Points, Points, float] | None:
    """(entry above the socket, target in the pubis, radius) of the widest axis."""
    low = (
        np.array(list(product((18, 22, 26, 30, 34), (-45, -42, -39, -36), (-26, -22, -18, -14))))
        * 1.0
    )
    high = np.array(list(product((84, 90, 96, 102), (-16, -8, 0, 8, 16), (28, 36, 44, 52)))) * 1.0
    pairs = [(a, b) for a in shape.pelvis(low) for b in shape.pelvis(high)]
    return _best(
        bones, _NO_JOINT_MM, np.array([a for a, _ in pairs]), np.array([b for _, b in pairs]), 70.0
    )


def _best(
    bones: TwoBones, joint_mm: float, starts: Points, ends: Points, shortest_mm: float
) -> tuple[Points, Points, float] | None:
    radius, n, length = widest(*bones, joint_mm, starts, ends, shortest_mm)
    if n < 0:
        return None
    way = (ends[n] - starts[n]) / np.linalg.norm(ends[n] - starts[n])
    return starts[n] + length * way, starts[n], float(radius)
