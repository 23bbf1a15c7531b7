"""The drawn C-arm stands where the camera says, with joints and without; nothing is rendered."""

import numpy as np
import pytest

from synthex_gui.geometry.carm import arm_rotation
from synthex_gui.scene.camera import FreeCamera
from synthex_gui.scene.devices import devices
from synthex_gui.scene.edits import (
    camera_of,
    carm_device,
    isocentre_of,
    move_joints,
    new_carm,
)
from synthex_gui.ui.view3d.actors.carm import ARM_PARTS, CArmActor


class Actor:
    def __init__(self):
        self.visibility, self.user_matrix, self.position = True, np.eye(4), (0, 0, 0)


class Plotter:
    """Gives every mesh an actor of its own and draws nothing."""

    def add_mesh(self, mesh, **options):
        return Actor()

    def remove_actor(self, actor, **options):
        pass


def drawn(carm):
    arm = CArmActor(Plotter())
    arm.sync(None, carm)
    return arm


@pytest.mark.parametrize("device", devices())
def test_a_free_pose_is_drawn_where_the_same_joints_are(device):
    carm = new_carm(devices()[device], (10.0, -20.0, 30.0))
    carm = move_joints(carm, orbital_deg=25.0, angulation_deg=-15.0)
    camera = FreeCamera.of(camera_of(carm), carm.joints.source_isocentre_mm)
    free = carm.evolve(free_camera=camera)
    by_joints, by_camera = drawn(carm), drawn(free)
    wanted = arm_rotation(carm_device(carm), carm.joints)
    for name in ARM_PARTS:
        if name not in by_joints._actors:
            continue
        place = by_joints._actors[name].user_matrix
        assert np.allclose(place[:3, :3], wanted)
        assert np.allclose(place[:3, 3], isocentre_of(carm))
        assert np.allclose(by_camera._actors[name].user_matrix, place, atol=1e-9)
