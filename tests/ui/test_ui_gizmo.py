"""Handles on a tool: a drag carries it where the pointer goes, seen from any side; no window."""

import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkCamera

from synthex_gui.geometry.transforms import rigid, rotation_about
from synthex_gui.ui.view3d.gizmo import Gizmo, Handle
from synthex_gui.ui.view3d.screen import Screen, nearest_on_axis

SIDES = {
    "left foot": (0.62, -0.50, -0.86),
    "right head": (-0.70, -0.35, 0.60),
    "below": (0.35, 0.80, -0.45),
    "behind": (-0.40, 0.55, 0.75),
}
TOOL = rigid(rotation_about((1.0, 2.0, -0.5), 37.0), (25.0, -40.0, 60.0))


class Actor:
    visibility = True
    user_matrix = np.eye(4)


class Plotter:
    """Takes shapes and draws nothing."""

    def add_mesh(self, mesh, **options):
        return Actor()

    def remove_actor(self, actor, **options):
        pass


def seen_from(side):
    camera = vtkCamera()
    centre = TOOL[:3, 3]
    place = centre + 900.0 * np.array(SIDES[side])
    camera.SetFocalPoint(*centre)
    camera.SetPosition(*place)
    camera.SetViewUp(0.0, -1.0, 0.0)
    camera.SetViewAngle(30.0)
    return Screen(camera, 800, 600), place


def dragged(mode, axis, side, start, end, **how):
    """The tool's pose after a drag from one world point to another, both on the handle."""
    screen, place = seen_from(side)
    gizmo = Gizmo(Plotter())
    gizmo.mode = mode
    gizmo.show(TOOL, place)
    drag = gizmo.start_drag(Handle(mode, axis), screen, *screen.points(start)[0])
    return drag.pose_at(screen, *screen.points(end)[0], **({"fine": False, "snap": False} | how))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("offset", [-35.0, 20.0])
def test_an_arrow_carries_the_tool_along_its_axis(axis, side, offset):
    centre, along = TOOL[:3, 3], TOOL[:3, axis]
    pose = dragged("move", axis, side, centre + 50 * along, centre + (50 + offset) * along)
    assert np.allclose(pose[:3, 3] - centre, offset * along, atol=1e-6)
    assert np.allclose(pose[:3, :3], TOOL[:3, :3])


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("turn", [-25.0, 40.0])
def test_a_ring_turns_the_tool_with_the_pointer(axis, side, turn):
    centre, along = TOOL[:3, 3], TOOL[:3, axis]
    arm = 60.0 * TOOL[:3, (axis + 1) % 3]
    turned = rotation_about(along, turn)
    pose = dragged("rotate", axis, side, centre + arm, centre + turned @ arm)
    assert np.allclose(pose[:3, :3], turned @ TOOL[:3, :3], atol=1e-6)
    assert np.allclose(pose[:3, 3], centre)


def test_fine_is_a_tenth_and_snapping_is_to_whole_millimetres():
    centre, along = TOOL[:3, 3], TOOL[:3, 0]
    start, end = centre + 50 * along, centre + 70.4 * along
    fine = dragged("move", 0, "left foot", start, end, fine=True)
    assert (fine[:3, 3] - centre) @ along == pytest.approx(2.04)
    whole = dragged("move", 0, "left foot", start, end, snap=True)
    assert (whole[:3, 3] - centre) @ along == pytest.approx(20.0)


def test_the_nearest_point_on_an_axis_lies_on_the_side_that_is_looked_at():
    at = nearest_on_axis(
        np.array([5.0, 0.0, 10.0]), np.array([0.0, 0.0, -1.0]), np.zeros(3), np.array([1.0, 0, 0])
    )
    assert at == pytest.approx(5.0)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("mode", ["move", "rotate"])
def test_the_handle_under_the_pointer_is_found(mode, side):
    screen, place = seen_from(side)
    gizmo = Gizmo(Plotter())
    gizmo.mode = mode
    gizmo.show(TOOL, place)
    size = 0.11 * np.linalg.norm(place - TOOL[:3, 3])
    for axis in range(3):
        first, second = TOOL[:3, (axis + 1) % 3], TOOL[:3, (axis + 2) % 3]
        reach = {"move": TOOL[:3, axis], "rotate": 0.8 * (first + second) / np.sqrt(2)}[mode]
        x, y = screen.points(TOOL[:3, 3] + size * reach)[0]
        assert gizmo.handle_at(screen, x, y) == Handle(mode, axis)
