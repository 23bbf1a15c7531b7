"""What a person does to the C-arm's pose: presets, aim, head up, opposite, dragging the arm."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtWidgets import QInputDialog, QWidget

from synthex_gui.app.session import Session
from synthex_gui.app.stroke import Stroke
from synthex_gui.geometry.angles import angles_from_direction, direction_from_angles
from synthex_gui.geometry.carm import camera_from_joints, head_up
from synthex_gui.geometry.transforms import Vector
from synthex_gui.loading.placing import near_detector_mm
from synthex_gui.scene.assets import default_aim_mm, preset_aim_mm
from synthex_gui.scene.devices import device_by_id, presets
from synthex_gui.scene.edits import (
    camera_of,
    carm_device,
    move_joints,
    new_carm,
    reach_direction,
    reach_preset,
    source_to_aim_mm,
)
from synthex_gui.scene.model import CArm, SavedView, Scene
from synthex_gui.scene.naming import add_view, remove_view, rename_view
from synthex_gui.ui.view3d.room import RoomView

Say = Callable[[str, str], None]
# A pointer that leaves the screen cannot turn the arm round in one step.
MAX_DRAG_STEP_DEG = 120.0


class PoseCommands:
    """Edits `Scene.carm` through the store."""

    def __init__(self, parent: QWidget, session: Session, room: RoomView, say: Say) -> None:
        self._parent = parent
        self._session, self._room, self._say = session, room, say
        self._previous: CArm | None = None
        self._stroke = Stroke(session.store)
        self._jacobian = np.eye(2)
        room.arm_drag_started.connect(self._start_arm_drag)
        room.arm_dragged.connect(self._arm_dragged)
        room.drag_ended.connect(self._stroke.end)

    @property
    def _scene(self) -> Scene:
        return self._session.store.scene

    def _apply(self, label: str, carm: CArm) -> None:
        self._previous = self._scene.carm
        self._session.store.apply(label, lambda scene: scene.evolve(carm=carm))

    def go_to_preset(self, preset_id: str) -> None:
        """A preset view at the present source-to-aim distance; a free pose when out of reach."""
        preset = presets()[preset_id]
        scene = self._scene
        carm, distance = scene.carm, source_to_aim_mm(scene.carm)
        aim = preset_aim_mm(scene, self._session.assets, preset)
        wanted = preset.device
        if wanted is not None and carm.device != wanted:
            point = np.array(carm.world_from_device)[:3, 3] if aim is None else aim
            carm = new_carm(device_by_id(wanted), point)
            distance = carm.joints.source_isocentre_mm
            # The device changes under the user's hands, so it is said: a chest view wants a long
            # SDD.
            self._say(f"{preset.title}: taken with the {carm_device(carm).name}", "note")
        if preset.sdd_mm is not None:
            distance = max(distance, near_detector_mm(preset.sdd_mm))
        placed, reach = reach_preset(carm, preset, aim, distance)
        if not reach.is_possible:
            reason = reach.reason(carm_device(carm))
            self._say(f"{preset.title} as a free pose. {reason}", "warning")
        elif reach.base_side != carm.base_side:
            self._say("The base now stands at the other side of the table", "note")
        self._apply(preset.title, placed)

    def go_to_saved(self, name: str) -> None:
        """A saved view."""
        view = next((item for item in self._scene.views if item.name == name), None)
        if view is not None:
            self._apply(f"View {name}", view.carm)

    def save_view(self) -> None:
        """Keep the present pose under a name made from its angles."""
        scene = self._scene
        primary, secondary = angles_from_direction(camera_of(scene.carm).direction)
        wanted = f"View {primary:+.0f} {secondary:+.0f}"
        view = SavedView(name=wanted, carm=scene.carm)
        self._session.store.apply("Save view", lambda s: add_view(s, view))

    def ask_view_name(self, name: str) -> None:
        """Another name for a saved view, which a plan that exports it follows."""
        wanted, accepted = QInputDialog.getText(
            self._parent, "Rename view", "Name of the view", text=name
        )
        wanted = wanted.strip()
        if not accepted or wanted in ("", name):
            return
        if wanted in {view.name for view in self._scene.views}:
            self._say(f"Another view is called {wanted}", "refusal")
            return
        self._session.store.apply("Rename view", lambda scene: rename_view(scene, name, wanted))

    def remove_view(self, name: str) -> None:
        """Forget a saved view."""
        self._session.store.apply("Remove view", lambda scene: remove_view(scene, name))

    def previous_view(self) -> None:
        """Back to the pose before the last command of this kind."""
        if self._previous is not None:
            self._apply("Previous view", self._previous)

    def aim_at(self, point_mm: ArrayLike, what: str) -> None:
        """The central ray through a point, direction and distance kept."""
        carm = self._scene.carm
        # Behind the source the distance is negative; the aim point goes in front again.
        distance = abs(source_to_aim_mm(carm)) or carm.joints.source_isocentre_mm
        direction = camera_of(carm).direction
        placed, reach = reach_direction(carm, carm.joints, direction, point_mm, distance)
        if not reach.is_possible:
            self._say(f"Free pose. {reach.reason(carm_device(carm))}", "warning")
        self._apply(f"Aim at {what}", placed)

    def aim_at_ct(self) -> None:
        """The central ray through the CT's centre (without one, the tools')."""
        what = "the CT" if self._session.assets.ct is not None else "the tools"
        self.aim_at(default_aim_mm(self._scene, self._session.assets), what)

    def head_up(self) -> None:
        """Rows of the image towards the feet."""
        carm = self._scene.carm
        # A free camera has no joint to turn; the command is for devices.
        if carm.free_camera is None:
            world = np.array(carm.world_from_device)
            turned = head_up(carm_device(carm), carm.joints, world)
            self._apply("Head up", move_joints(carm, image_rotation_deg=turned.image_rotation_deg))

    def turn_to(self, primary_deg: float, secondary_deg: float, label: str) -> None:
        """Another direction by DICOM angles, aim point and distance kept."""
        carm = self._scene.carm
        direction = direction_from_angles(primary_deg, secondary_deg)
        placed, reach = reach_direction(carm, carm.joints, direction, None, source_to_aim_mm(carm))
        if not reach.is_possible:
            self._say(f"{label} as a free pose. {reach.reason(carm_device(carm))}", "warning")
        self._apply(label, placed)

    def opposite(self) -> None:
        """Tube and detector change places."""
        primary, secondary = angles_from_direction(camera_of(self._scene.carm).direction)
        self.turn_to(primary - 180.0 if primary > 0 else primary + 180.0, -secondary, "Opposite")

    def mirror(self) -> None:
        """The same view of the patient's other side."""
        primary, secondary = angles_from_direction(camera_of(self._scene.carm).direction)
        self.turn_to(-primary, secondary, "Mirrored view")

    # Dragging the arm in the room

    def _start_arm_drag(self) -> None:
        carm = self._scene.carm
        if carm.free_camera is not None:
            self._say("A free pose has no joints to drag; move a joint or choose a view", "warning")
            return
        self._stroke.begin("Turn the C-arm")
        base = self._detector_mm(carm, 0.0, 0.0)
        columns = [
            self._room.screen_motion(base, self._detector_mm(carm, *step)) / 2.0
            for step in ((2.0, 0.0), (0.0, 2.0))
        ]
        self._jacobian = np.stack(columns, axis=1)

    def _arm_dragged(self, dx: float, dy: float) -> None:
        before = self._stroke.before
        if before is None:
            return
        # Damped least squares: an axis that the view hides hardly moves instead of racing.
        j = self._jacobian
        damping = 0.02 * float(np.abs(j).max()) ** 2 + 1e-9
        step = np.linalg.solve(j.T @ j + damping * np.eye(2), j.T @ np.array([dx, dy]))
        orbital, angulation = np.clip(step, -MAX_DRAG_STEP_DEG, MAX_DRAG_STEP_DEG)
        device = carm_device(before.carm)
        limits = device.limits_at(before.carm.base_side)
        start = before.carm.joints
        values = {}
        for name, offset in (("orbital_deg", orbital), ("angulation_deg", angulation)):
            low, high = limits[name].low, limits[name].high
            values[name] = float(np.clip(start[name] + offset, low, high))
        self._stroke.move(lambda scene: scene.evolve(carm=move_joints(scene.carm, **values)))

    def _detector_mm(self, carm: CArm, orbital: float, angulation: float) -> Vector:
        joints = carm.joints
        moved = joints.moved(
            orbital_deg=joints.orbital_deg + orbital,
            angulation_deg=joints.angulation_deg + angulation,
        )
        camera = camera_from_joints(carm_device(carm), moved, np.array(carm.world_from_device))
        point: Vector = camera.source_mm + camera.sdd_mm * camera.direction
        return point
