"""The 3D room: patient, table, C-arm, tools; orbit with the mouse, drag the arm or a gizmo.

Repaints are asked for with `update()` only, once per event turn; nothing renders when idle.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QLabel, QWidget
from pyvistaqt import QtInteractor
from vtkmodules.vtkRenderingCore import vtkLight, vtkPropPicker

from synthex_gui.geometry.arrays import Mesh, Volume
from synthex_gui.geometry.transforms import Matrix, Vector, rotation_about, unit
from synthex_gui.scene.model import CArm, Tool
from synthex_gui.scene.sources import LandmarkItem
from synthex_gui.ui.style import theme
from synthex_gui.ui.view3d.actors.carm import CArmActor
from synthex_gui.ui.view3d.actors.contents import LandmarkActors, SampleActors, ToolActors
from synthex_gui.ui.view3d.actors.patient import PatientActor
from synthex_gui.ui.view3d.gizmo import Drag, Gizmo
from synthex_gui.ui.view3d.screen import Screen

UP = np.array([0.0, -1.0, 0.0])
# Seen from the patient's left foot, from above: the whole C, the table and the pelvis in view.
HOME_DIRECTION = np.array([0.62, -0.50, -0.86])
HOME_DISTANCE_MM = 3900.0
VIEW_ANGLE_DEG = 30.0
# Software OpenGL shares the processors with the projector: the share of the time that the room's
# paints may take.
BUSY_SHARE = 0.15


class RoomView(QtInteractor):
    """The only VTK widget of the program."""

    tool_picked = Signal(str)
    tool_drag_started = Signal(str)
    tool_moved = Signal(object)  # 4x4 world_from_tool
    arm_drag_started = Signal()
    arm_dragged = Signal(float, float)  # widget points moved since the press
    drag_ended = Signal()
    maximise_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        # Of our own: pyvista would repaint by a timer, and its lights are not fixed to the eye.
        super().__init__(parent, auto_update=False, multi_samples=0, lighting="none")
        self.setAccessibleName("3D room")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self.arm = CArmActor(self)
        self.patient = PatientActor(self)
        self.tools = ToolActors(self)
        self.landmarks = LandmarkActors(self)
        self.samples = SampleActors(self)
        self.gizmo = Gizmo(self)
        self._gizmo_pose: Matrix | None = None
        self._focus = np.zeros(3)
        self._press: QPointF | None = None
        self._last = QPointF()
        self._action = ""
        self._drag: Drag | None = None
        self._repaint = QTimer(self, singleShot=True)
        self._repaint.timeout.connect(self.update)
        self._last_paint_s = 0.0
        self._paint_cost_s = 0.02
        self._title = QLabel("3D room", self)
        self._title.move(8, 6)
        self._title.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._add_lights()
        self.apply_theme()
        self.reset_view(np.zeros(3))

    # What the window asks for

    def apply_theme(self) -> None:
        """Background of the present theme."""
        t = theme.current()
        self.set_background(t.room_low, top=t.room_high)
        self.request_repaint()

    def reset_view(self, focus_mm: Vector | None = None) -> None:
        """The opening view, on a point."""
        if focus_mm is not None:
            self._focus = np.asarray(focus_mm, dtype=np.float64)
        self.look_from(HOME_DIRECTION, HOME_DISTANCE_MM)

    def look_from(self, direction: ArrayLike, distance_mm: float | None = None) -> None:
        """Look at the focus from a world direction, anterior up (head up from in front)."""
        d = unit(direction)
        camera = self.camera
        if distance_mm is None:
            distance_mm = float(np.linalg.norm(np.array(camera.position) - camera.focal_point))
        # Looking along it, "anterior up" has no meaning.
        up = UP if abs(float(d @ UP)) < 0.99 else np.array([0.0, 0.0, 1.0])
        camera.focal_point = tuple(self._focus)
        camera.position = tuple(self._focus + d * distance_mm)
        camera.up = tuple(up)
        camera.view_angle = VIEW_ANGLE_DEG
        self._camera_moved()

    def camera_pose(self) -> tuple[Vector, Vector, Vector]:
        """(position, focus, up) of the eye, (3,) each, world mm."""
        camera = self.camera
        return np.array(camera.position), self._focus_now(), np.array(camera.up)

    def set_camera_pose(self, position: ArrayLike, focus: ArrayLike, up: ArrayLike) -> None:
        """What `camera_pose` gave."""
        self.camera.position = tuple(np.asarray(position, dtype=np.float64))
        self.camera.focal_point = tuple(np.asarray(focus, dtype=np.float64))
        self.camera.up = tuple(np.asarray(up, dtype=np.float64))
        self._camera_moved()

    def show_arm(self, before: CArm | None, after: CArm) -> None:
        """The C-arm and its beam."""
        self.arm.sync(before, after)
        self.request_repaint()

    def show_tools(
        self, tools: tuple[Tool, ...], meshes: Mapping[str, Mesh], selected: str | None
    ) -> None:
        """The tools that have a mesh."""
        self.tools.sync(tools, meshes, selected)
        self.request_repaint()

    def show_landmarks(self, landmarks: tuple[LandmarkItem, ...]) -> None:
        """All landmarks."""
        self.landmarks.sync(landmarks)
        self.request_repaint()

    def show_table(self, ct: Volume | None) -> None:
        """The table under a CT."""
        self.patient.show_table(ct)
        self.request_repaint()

    def show_surfaces(self, bone: Mesh | None, skin: Mesh | None) -> None:
        """The patient's bone and skin."""
        self.patient.show_surfaces(bone, skin)
        self.request_repaint()

    def set_visible(self, name: str, visible: bool) -> None:
        """Show or hide ``bone``, ``skin`` or ``table``."""
        self.patient.set_visible(name, visible)
        self.request_repaint()

    def show_on_detector(self, grey: NDArray[np.uint8]) -> None:
        """(h, w): the live image on the detector's face."""
        self.arm.show_image(grey)
        self.request_repaint()

    def set_touching(self, parts: set[str]) -> None:
        """Parts of the arm that touch something."""
        self.arm.set_touching(parts)
        self.request_repaint()

    def show_gizmo(self, world_from_tool: Matrix | None, mode: str) -> None:
        """Handles on a tool (None: no handles)."""
        self.gizmo.mode = "rotate" if mode == "rotate" else "move"
        self._gizmo_pose = world_from_tool
        self.gizmo.show(world_from_tool, np.array(self.camera.position))
        self.request_repaint()

    def show_samples(self, sources_mm: Vector, detectors_mm: Vector) -> None:
        """Where a planned series is taken from, (n, 3) each; empty arrays remove them."""
        self.samples.show(sources_mm, detectors_mm)
        self.arm.set_ghost(len(sources_mm) > 0)
        self.request_repaint()

    def request_repaint(self) -> None:
        """Repaint soon; under load only a small share of the time goes into the room."""
        if self._repaint.isActive():
            return
        pause_s = self._paint_cost_s * (1.0 / BUSY_SHARE - 1.0)
        wait_s = max(0.0, self._last_paint_s + pause_s - time.monotonic())
        # At least twice a second, so that the arm is seen to follow.
        self._repaint.start(int(1000 * min(wait_s, 0.4)))

    def paintGL(self) -> None:
        start = time.monotonic()
        super().paintGL()
        self._last_paint_s = time.monotonic()
        # Smoothed: one slow paint, as of a new surface, must not stop the next ones.
        self._paint_cost_s = 0.7 * self._paint_cost_s + 0.3 * (self._last_paint_s - start)

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._press = self._last = event.position()
        button = event.button()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self._action = {
            Qt.MouseButton.LeftButton: "pan" if shift else "orbit",
            Qt.MouseButton.MiddleButton: "pan",
            Qt.MouseButton.RightButton: "zoom",
        }.get(button, "")
        if button != Qt.MouseButton.LeftButton or shift:
            return
        screen = self._screen()
        x, y = event.position().x(), event.position().y()
        handle = self.gizmo.handle_at(screen, x, y)
        if handle is not None:
            self._drag = self.gizmo.start_drag(handle, screen, x, y)
            # None when looked at end on, where a small move of the hand is a large one of the tool.
            if self._drag is not None:
                self._action = "gizmo"
                self.tool_drag_started.emit("Move tool" if handle.mode == "move" else "Rotate tool")
                return
        picked = self._pick(x, y)
        tool = self.tools.name_of(picked)
        if tool is not None:
            self._action = ""
            self.tool_picked.emit(tool)
        elif self.arm.is_part(picked) is not None:
            self._action = "arm"
            self.arm_drag_started.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        step = at - self._last
        self._last = at
        if self._press is None:
            self._update_cursor(at)
            return
        if self._action == "orbit":
            self._orbit(step.x(), step.y())
        elif self._action == "pan":
            self._pan(step.x(), step.y())
        elif self._action == "zoom":
            self._zoom(float(np.exp(step.y() / 150.0)))
        elif self._action == "gizmo" and self._drag is not None:
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            snap = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            pose = self._drag.pose_at(self._screen(), at.x(), at.y(), fine, snap)
            if pose is not None:
                self.tool_moved.emit(pose)
        elif self._action == "arm":
            moved = at - self._press
            self.arm_dragged.emit(moved.x(), moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._action in ("gizmo", "arm"):
            self.drag_ended.emit()
        self._press, self._action, self._drag = None, "", None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.maximise_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # The wheel away from the hand comes closer, as on the images.
        self._zoom(1.0012 ** -event.angleDelta().y())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # The window's shortcuts and arrow keys, not VTK's single-letter ones.
        QWidget.keyPressEvent(self, event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        QWidget.keyReleaseEvent(self, event)

    def screen_motion(self, point_mm: Vector, moved_mm: Vector) -> Vector:
        """(2,) widget points that a world point moves by when it goes to another place."""
        first, second = self._screen().points(np.stack([point_mm, moved_mm]))
        result: Vector = second - first
        return result

    def _screen(self) -> Screen:
        return Screen(self.camera, self.width(), self.height())

    def _pick(self, x: float, y: float) -> object:
        # VTK counts device pixels from below, Qt points from above.
        ratio = self.devicePixelRatioF()
        picker = vtkPropPicker()
        picker.PickProp(x * ratio, (self.height() - y) * ratio, self.renderer)
        return picker.GetActor()

    def _update_cursor(self, at: QPointF) -> None:
        over = self.gizmo.handle_at(self._screen(), at.x(), at.y()) is not None
        self.setCursor(Qt.CursorShape.SizeAllCursor if over else Qt.CursorShape.ArrowCursor)

    def _orbit(self, dx: float, dy: float) -> None:
        camera = self.camera
        offset = np.array(camera.position) - self._focus_now()
        turned = rotation_about(UP, -0.4 * dx) @ offset
        side = np.cross(UP, turned)
        if np.linalg.norm(side) > 1e-6:
            tilted = rotation_about(side, -0.4 * dy) @ turned
            # Stop short of the poles, where "anterior up" has no meaning.
            if abs(float(unit(tilted) @ UP)) < 0.985:
                turned = tilted
        camera.position = tuple(self._focus_now() + turned)
        camera.up = tuple(UP)
        self._camera_moved()

    def _pan(self, dx: float, dy: float) -> None:
        camera = self.camera
        position, focus = np.array(camera.position), self._focus_now()
        distance = float(np.linalg.norm(position - focus))
        # So that what lies at the focus stays under the pointer.
        per_point = 2 * distance * np.tan(np.radians(VIEW_ANGLE_DEG / 2)) / max(self.height(), 1)
        forward = unit(focus - position)
        right = unit(np.cross(forward, np.array(camera.up)))
        up = np.cross(right, forward)
        shift = (-dx * right + dy * up) * per_point
        camera.position, camera.focal_point = tuple(position + shift), tuple(focus + shift)
        self._camera_moved()

    def _zoom(self, factor: float) -> None:
        camera = self.camera
        offset = np.array(camera.position) - self._focus_now()
        # Neither within the patient nor beyond the room.
        distance = float(np.clip(np.linalg.norm(offset) * factor, 80.0, 12000.0))
        camera.position = tuple(self._focus_now() + unit(offset) * distance)
        self._camera_moved()

    def _focus_now(self) -> Vector:
        return np.array(self.camera.focal_point)

    def _camera_moved(self) -> None:
        # The near plane would cut what comes towards the eye.
        self.renderer.ResetCameraClippingRange()
        self.gizmo.show(self._gizmo_pose, np.array(self.camera.position))
        self.request_repaint()

    def _add_lights(self) -> None:
        # Key from upper left in front, fill from the right, rim from behind; fixed to the camera.
        for position, intensity in (
            ((-0.7, 0.8, 1.0), 0.75),
            ((0.9, 0.2, 0.6), 0.30),
            ((0.2, 0.6, -1.0), 0.25),
        ):
            light = vtkLight()
            light.SetLightTypeToCameraLight()
            light.SetPosition(*position)
            light.SetFocalPoint(0, 0, 0)
            light.SetIntensity(intensity)
            self.renderer.AddLight(light)
