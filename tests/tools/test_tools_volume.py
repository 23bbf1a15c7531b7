"""Volumes against formulas, a thread's pitch against its own surface."""

from __future__ import annotations

import numpy as np
import pytest

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.tools.catalogue import build_tool
from synthex_gui.tools.continuum import hinge_outline
from synthex_gui.tools.thread import CREST_SHARE, FLANK_SHARE, ROOT_SHARE, threaded_rod


def thread_radius(share: np.ndarray, core: float, outer: float) -> np.ndarray:
    edges = np.cumsum([0, ROOT_SHARE, FLANK_SHARE, CREST_SHARE, FLANK_SHARE])
    return np.interp(share, edges, [core, core, outer, outer, core])


def thread_volume(core: float, outer: float, envelope: list[tuple[float, float]]) -> float:
    """Integral of pi <min(r, envelope)^2> over z: independent of how the mesh is made."""
    z = np.linspace(envelope[0][1], envelope[-1][1], 4001)
    limit = np.interp(z, [p[1] for p in envelope[1:-1]], [p[0] for p in envelope[1:-1]])
    radius = thread_radius((np.arange(400) + 0.5) / 400, core, outer)
    area = np.pi * (np.minimum(radius[None], limit[:, None]) ** 2).mean(axis=1)
    return float(np.trapezoid(area, z))


def test_thread_volume_and_its_closedness() -> None:
    envelope = [(0.0, 0.0), (1.0, 0.0), (3.25, 3.0), (3.25, 28.0), (2.2, 32.0), (0.0, 32.0)]
    solid = threaded_rod(2.2, 3.25, 2.75, envelope)
    assert solid.volume() == pytest.approx(thread_volume(2.2, 3.25, envelope), rel=0.005)


@pytest.mark.parametrize("pitch", [1.25, 2.75, 4.0])
def test_pitch_is_as_asked_and_right_handed(pitch: float) -> None:
    mesh = build_tool("cannulated-screw", {"pitch_mm": pitch, "thread_mm": 40.0})
    crest = mesh.vertices[np.hypot(*mesh.vertices[:, :2].T) > 3.25 - 1e-6]
    crest = crest[(crest[:, 2] > 8) & (crest[:, 2] < 34)]
    # Unwound by a right-handed helix of that pitch, all crest edges fall onto two heights.
    angle = np.arctan2(crest[:, 1], crest[:, 0])
    phase = (crest[:, 2] / pitch - angle / (2 * np.pi)) % 1.0
    step = np.abs((phase - phase[0] + 0.5) % 1.0 - 0.5)
    assert np.minimum(step, np.abs(step - CREST_SHARE)).max() < 1e-6
    wrong = (crest[:, 2] / pitch + angle / (2 * np.pi)) % 1.0
    assert abs(np.exp(2j * np.pi * wrong).mean()) < 0.3


def test_cannulated_screw_volume() -> None:
    core, outer, shank, bore = 2.25, 3.25, 2.4, 1.45
    blunt = bore + 0.25
    taper, run_out = 1.2 * (outer - blunt), 1.2 * (outer - core)
    envelope = [(0.0, 0.0), (blunt, 0.0), (outer, taper), (outer, 32 - run_out)]
    envelope += [(core, 32.0), (0.0, 32.0)]
    expected = thread_volume(core, outer, envelope)
    expected += np.pi * shank**2 * (100 - 4.6 - 32)
    r = np.array([2.4, 4.0, 4.0, 3.52, 3.2])
    h = np.array([0.35, 0.45, 0.15, 0.05]) * 4.6
    expected += float((np.pi * h / 3 * (r[:-1] ** 2 + r[:-1] * r[1:] + r[1:] ** 2)).sum())
    depth = 0.6 * 4.6
    expected -= np.pi * bore**2 * (100 - depth) + 4.0**2 * np.sqrt(3) / 2 * depth
    # The shank reaches a little into the run-out of the thread, hence 1 %.
    assert build_tool("cannulated-screw").volume_mm3 == pytest.approx(expected, rel=0.01)


def test_k_wire_volume() -> None:
    radius, length, tip = 0.8, 150.0, 5.0
    z = np.linspace(0, 2 * tip, 4001)
    apothem = np.minimum(radius * z / tip / 2, radius)
    half = np.arccos(np.clip(apothem / radius, 0, 1))
    segment = radius**2 * half - apothem * np.sqrt(np.maximum(radius**2 - apothem**2, 0))
    triangle = 3 * np.sqrt(3) * apothem**2
    disc = np.pi * radius**2
    area = np.where(2 * apothem <= radius, triangle, disc - 3 * segment)
    expected = float(np.trapezoid(area, z)) + disc * (length - 2 * tip)
    assert build_tool("k-wire").volume_mm3 == pytest.approx(expected, rel=0.005)


def test_ball_cup_and_plate_volumes() -> None:
    ball = build_tool("ball-marker", {"diameter_mm": 10.0})
    assert ball.volume_mm3 == pytest.approx(np.pi * 1000 / 6, rel=1e-9)
    cup = build_tool("acetabular-cup", {"screw_holes": 0})
    assert cup.volume_mm3 == pytest.approx(2 / 3 * np.pi * (26**3 - 22**3), rel=0.01)
    holes = cup.volume_mm3 - build_tool("acetabular-cup").volume_mm3
    assert holes == pytest.approx(3 * np.pi * 3**2 * 4, rel=0.02)
    width, length, thick = 12.0, 16.0 * 5 + 18.0, 3.6
    bevel = 0.15 * thick

    def stadium(by: float) -> float:
        w, long = width - 2 * by, length - 2 * by
        return np.pi * w**2 / 4 + w * (long - w)

    sink = 5.0 + 1.2 * thick / 2
    hole = np.pi * 2.5**2 * thick / 2
    hole += np.pi * thick / 2 / 3 * (2.5**2 + 2.5 * sink / 2 + (sink / 2) ** 2)
    expected = stadium(0) * (thick - bevel) + stadium(bevel) * bevel - 6 * hole
    assert build_tool("bone-plate").volume_mm3 == pytest.approx(expected, rel=0.005)


def test_drill_volume() -> None:
    radius, reach, flute = 1.6, 0.94 * 1.6, 0.62 * 1.6
    d1 = (reach**2 + radius**2 - flute**2) / (2 * reach)
    d2 = reach - d1
    lens = radius**2 * np.arccos(d1 / radius) - d1 * np.sqrt(radius**2 - d1**2)
    lens += flute**2 * np.arccos(d2 / flute) - d2 * np.sqrt(flute**2 - d2**2)
    disc = np.pi * radius**2
    expected = (disc - 2 * lens) * 60 + disc * 85
    segment = radius**2 * np.arccos(0.7) - 0.7 * radius**2 * np.sqrt(1 - 0.49)
    expected -= segment * 12 + (disc - np.pi * (0.78 * radius) ** 2) * 1.5
    expected += min(segment, disc - np.pi * (0.78 * radius) ** 2) * 1.5
    expected -= (disc - 2 * lens) * radius * 2 / 3
    assert build_tool("drill-bit").volume_mm3 == pytest.approx(expected, rel=0.01)


def test_continuum_volume() -> None:
    ring = np.pi * (3.0**2 - 2.0**2)
    x, y = hinge_outline().T
    hinge = 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))
    expected = ring * (60 + 35 - 27 * 0.7) + 54 * 0.7 * hinge
    assert build_tool("continuum-manipulator").volume_mm3 == pytest.approx(expected, rel=0.005)


def test_stem_and_pedicle_screw_volume_by_sampling() -> None:
    """Lines through it: does the surface enclose what its volume says, without overlap?"""
    for kind in ("hip-stem", "pedicle-screw"):
        mesh = build_tool(kind)
        low, high = mesh.bounds_mm()
        # An odd fraction keeps the lines off the symmetric edges.
        share = (np.arange(56) + 0.4871) / 56
        columns = [low[:2] + (high - low)[:2] * (u, v) for u in share for v in share]
        measured = sum(path_length_z(mesh, column) for column in columns) / len(columns)
        area = float(np.prod((high - low)[:2]))
        assert measured * area == pytest.approx(mesh.volume_mm3, rel=0.01)


def path_length_z(mesh: Mesh, at: np.ndarray) -> float:
    """Length inside a mesh of the line through (x, y) along z, every crossing in turn."""
    a, b, c = (mesh.vertices[mesh.triangles[:, n]] for n in range(3))

    def side(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        return (q[:, 0] - p[:, 0]) * (at[1] - p[:, 1]) - (q[:, 1] - p[:, 1]) * (at[0] - p[:, 0])

    w = np.stack([side(b, c), side(c, a), side(a, b)])
    hit = (w > 0).all(axis=0) | (w < 0).all(axis=0)
    share = w[:, hit] / w[:, hit].sum(axis=0)
    z = share[0] * a[hit, 2] + share[1] * b[hit, 2] + share[2] * c[hit, 2]
    sign = np.sign(w[:, hit].sum(axis=0))
    order = np.argsort(z)
    # Never outside-in twice: depth alternates 0, 1, 0, 1 in a surface without self-overlap.
    depth = np.cumsum(-sign[order])
    assert set(depth.tolist()) <= {0.0, 1.0}
    return float((sign * z).sum())


def test_pedicle_screw_dimensions() -> None:
    mesh = build_tool("pedicle-screw", {"outer_diameter_mm": 7.0, "length_mm": 50.0})
    shaft = mesh.vertices[mesh.vertices[:, 2] < 45]
    assert np.hypot(*shaft[:, :2].T).max() == pytest.approx(3.5, abs=1e-6)
    tilted = build_tool("pedicle-screw", {"tilt_deg": 25.0})
    # A right-handed turn about x takes the tulip, above its ball, towards -y.
    top = tilted.vertices[tilted.vertices[:, 2] > 57]
    assert top[:, 1].mean() < -1.0
