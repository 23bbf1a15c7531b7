"""Every tool: closed, of the right volume, where its axes say, and refused when impossible."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.tools.catalogue import CATALOGUE, build_tool, tool_points
from synthex_gui.tools.continuum import joint_angles_deg
from synthex_gui.tools.parameters import ToolError

MATERIALS = {"316L", "Ti6Al4V", "CoCr", "nitinol", "tantalum"}


def unbalanced_edges(mesh: Mesh) -> int:
    sides: Counter[tuple[int, int]] = Counter()
    for a, b, c in mesh.triangles.tolist():
        for side in ((a, b), (b, c), (c, a)):
            sides[side] += 1
    return sum(sides[(b, a)] != n for (a, b), n in sides.items())


def bent(*angles: float) -> dict[str, float]:
    return {f"bend_{n}_deg": angle for n, angle in enumerate(angles, start=1)}


@pytest.mark.parametrize("kind", CATALOGUE)
def test_default_is_closed_and_sensible(kind: str) -> None:
    mesh = build_tool(kind)
    assert mesh.is_closed
    assert unbalanced_edges(mesh) == 0
    assert mesh.volume_mm3 > 0
    assert len(mesh.triangles) <= 20_000
    assert mesh.triangles.dtype == np.int32
    assert mesh.vertices.dtype == np.float64
    assert CATALOGUE[kind].material in MATERIALS
    points = tool_points(kind)
    low, high = mesh.bounds_mm()
    if kind != "ball-marker":
        assert low[2] == pytest.approx(0, abs=0.01)
        assert points["tail"][2] > points["tip"][2]
    for point in points.values():
        assert (point >= low - 0.01).all()
        assert (point <= high + 0.01).all()


@pytest.mark.parametrize("kind", CATALOGUE)
def test_extremes_are_closed_or_refused_in_words(kind: str) -> None:
    tool = CATALOGUE[kind]
    refused = []
    for item in tool.parameters:
        for value in (item.low, item.high):
            try:
                mesh = build_tool(kind, {item.name: value})
            except ToolError as error:
                refused.append(str(error))
                continue
            assert mesh.volume_mm3 > 0
            assert unbalanced_edges(mesh) == 0, (item.name, value)
    assert not any("leave no solid" in text or "no closed surface" in text for text in refused)
    assert len(refused) <= len(tool.parameters), refused


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"diameter": 2}, "no parameter diameter"),
        ({"diameter_mm": "thick"}, "must be a number"),
        ({"diameter_mm": float("nan")}, "must be a number"),
        ({"diameter_mm": True}, "must be a number"),
        ({"diameter_mm": 99}, "0.6 to 5 mm"),
        ({"length_mm": 30, "tip_mm": 20, "diameter_mm": 1}, ""),
    ],
)
def test_wrong_parameters(parameters: dict[str, object], word: str) -> None:
    if not word:
        assert build_tool("k-wire", parameters).is_closed
        return
    with pytest.raises(ToolError, match=word):
        build_tool("k-wire", parameters)


def test_unknown_tool_and_fractional_count() -> None:
    with pytest.raises(ToolError, match="no tool is called 'hammer'"):
        build_tool("hammer")
    with pytest.raises(ToolError, match="whole number"):
        build_tool("bone-plate", {"holes": 3.5})


def test_ill_fitting_screws_are_refused() -> None:
    for parameters in (
        {"core_diameter_mm": 6.5},
        {"cannula_mm": 4.4},
        {"thread_mm": 98.0},
        {"socket_mm": 8.0},
        {"head_diameter_mm": 4.8},
    ):
        with pytest.raises(ToolError):
            build_tool("cannulated-screw", parameters)


def test_same_request_same_bytes() -> None:
    for kind in ("pedicle-screw", "continuum-manipulator"):
        first = CATALOGUE[kind].build()
        second = CATALOGUE[kind].build()
        assert first.vertices.tobytes() == second.vertices.tobytes()
        assert first.triangles.tobytes() == second.triangles.tobytes()


def test_continuum_bends_where_it_says() -> None:
    straight = tool_points("continuum-manipulator")
    np.testing.assert_allclose(straight["tip"], 0, atol=1e-9)
    # Constant curvature: 27 equal joints make an arc of 27 x 4 degrees.
    angle = np.radians(4.0)
    points = tool_points("continuum-manipulator", bent(4, 4, 4, 4, 4))
    pitch = 35 / 27
    turns = np.arange(28) * angle
    lengths = np.full(28, pitch)
    lengths[[0, -1]] = pitch / 2
    x = float((lengths * np.sin(turns)).sum())
    z = 35 - float((lengths * np.cos(turns)).sum())
    np.testing.assert_allclose(points["tip"], [x, 0, z], atol=1e-9)
    np.testing.assert_allclose(points["base"], [0, 0, 35])
    mesh = build_tool("continuum-manipulator", bent(4, 4, 4, 4, 4))
    near = np.linalg.norm(mesh.vertices - points["tip"], axis=1).min()
    assert near == pytest.approx(2.0, abs=0.01)


def test_continuum_mirrors() -> None:
    left = build_tool("continuum-manipulator", bent(1, 2, 3, 4, 5))
    right = build_tool("continuum-manipulator", bent(-1, -2, -3, -4, -5))
    assert left.volume_mm3 == pytest.approx(right.volume_mm3, rel=1e-5)
    np.testing.assert_allclose(left.bounds_mm()[:, 0], -right.bounds_mm()[::-1, 0], atol=1e-6)


@pytest.mark.parametrize("bends", list(itertools.product((-7.9, 7.9), repeat=3)))
def test_continuum_at_its_limits(bends: tuple[float, ...]) -> None:
    request = bent(bends[0], bends[1], bends[2], *bends[:2])
    mesh = build_tool("continuum-manipulator", request)
    assert mesh.volume_mm3 > 1000
    assert unbalanced_edges(mesh) == 0


def test_a_notch_cannot_close_further_than_its_gap() -> None:
    closed = float(np.degrees(2 * np.arctan(0.35 / 3)))
    assert joint_angles_deg((7.9, 7.9, -7.9, 7.9, 7.9)).max() == pytest.approx(closed)
    with pytest.raises(ToolError, match="5 control points"):
        joint_angles_deg((1, 2))
