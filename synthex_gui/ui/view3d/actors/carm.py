"""The C-arm, its beam and the live image on its detector."""

from __future__ import annotations

import numpy as np
import pyvista as pv

from synthex_gui.geometry.arm_body import DETECTOR_DEPTH_MM
from synthex_gui.geometry.camera import Camera
from synthex_gui.geometry.carm import CAMERA_FROM_ARM, arm_rotation, isocentre_mm
from synthex_gui.geometry.transforms import Matrix, rigid, rotation_x, rotation_y
from synthex_gui.scene.edits import camera_of, carm_device, isocentre_of
from synthex_gui.scene.model import CArm
from synthex_gui.ui.style import theme
from synthex_gui.ui.view3d import shapes
from synthex_gui.ui.view3d.plotter import Plotter

ARM_PARTS = ("arc", "tube", "detector")
HOUSINGS = ("tube", "detector")
BEAM_OPACITY = 0.07
GHOST_OPACITY = 0.25


class CArmActor:
    """Arm parts turn with the joints; carriage and column follow only some of them."""

    def __init__(self, plotter: Plotter) -> None:
        self._plotter = plotter
        self._actors: dict[str, pv.Actor] = {}
        self._shape_key: object = None
        self._opacity = 1.0
        self._touching: set[str] = set()
        self._texture = pv.Texture(np.zeros((8, 8, 3), dtype=np.uint8))
        self._face = pv.PolyData(np.zeros((4, 3)), faces=[4, 0, 1, 2, 3])
        self._back = pv.PolyData(np.zeros((4, 3)), faces=[4, 0, 1, 2, 3])
        self._hull = pv.PolyData(
            np.zeros((5, 3)), faces=[3, 0, 1, 2, 3, 0, 2, 3, 3, 0, 3, 4, 3, 0, 4, 1]
        )
        self._edges = pv.PolyData(
            np.zeros((8, 3)), lines=np.array([2, 0, 1, 2, 2, 3, 2, 4, 5, 2, 6, 7])
        )
        self._ray = pv.PolyData(np.zeros((2, 3)), lines=np.array([2, 0, 1]))
        self._ball = pv.Sphere(radius=7.0)
        self._add_beam()

    def _add_beam(self) -> None:
        t = theme.current()
        for quad in (self._face, self._back):
            quad.active_texture_coordinates = np.array([[0, 1], [1, 1], [1, 0], [0, 0.0]])
        amber = theme.DARK.beam if t is theme.DARK else t.beam
        add = self._plotter.add_mesh
        options = {"render": False, "reset_camera": False, "pickable": False}
        self._actors["hull"] = add(
            self._hull, color=amber, opacity=BEAM_OPACITY, lighting=False, **options
        )
        self._actors["edges"] = add(
            self._edges, color=amber, line_width=1.4, opacity=0.8, lighting=False, **options
        )
        self._actors["ray"] = add(
            self._ray, color=theme.DARK.refusal, line_width=1.6, lighting=False, **options
        )
        self._actors["ball"] = add(
            self._ball, color=theme.DARK.refusal, smooth_shading=True, **options
        )
        self._actors["face"] = add(self._face, texture=self._texture, lighting=False, **options)
        # The same picture on the housing's back, for a camera above the detector.
        self._actors["back"] = add(self._back, texture=self._texture, lighting=False, **options)

    def sync(self, before: CArm | None, after: CArm) -> None:
        """Show a pose; nothing when it is the same object."""
        if before is after:
            return
        device = carm_device(after)
        joints = after.joints
        # What the bodies are built from; joints only place them.
        key = (device.id, joints.sdd_mm, joints.source_isocentre_mm, after.base_side)
        if key != self._shape_key:
            self._shape_key = key
            self._rebuild(after)
        camera = camera_of(after)
        world = np.array(after.world_from_device)
        iso = isocentre_of(after)
        if after.free_camera is None:
            arm = world[:3, :3] @ arm_rotation(device, joints)
            swivel = world[:3, :3] @ rotation_y(-joints.swivel_deg)
            carriage = swivel
            if device.chain == "orbital-in-angulation":
                carriage = swivel @ rotation_x(-joints.angulation_deg)
            column_at = rigid(swivel, isocentre_mm(joints, world))
        else:
            # R = R0 A^T, so the arm's rotation is the camera's, its image rotation included.
            arm = camera.r.T @ CAMERA_FROM_ARM
            carriage, column_at = arm, rigid(arm, iso)
        for name in ARM_PARTS:
            self._place(name, rigid(arm, iso))
        self._place("carriage", rigid(carriage, iso))
        self._place("column", column_at)
        for name in ("carriage", "column"):
            if name in self._actors:
                # A free pose has no stand: nothing would hold the arm there.
                self._actors[name].visibility = after.free_camera is None
        self._sync_beam(camera, iso)

    def show_image(self, grey: np.ndarray) -> None:
        """(h, w) uint8: the live image on the detector's face."""
        image = pv.ImageData(dimensions=(grey.shape[1], grey.shape[0], 1))
        # VTK's rows run upwards and a texture has three colours.
        flat = np.repeat(np.flipud(grey).reshape(-1, 1), 3, axis=1)
        image.point_data["image"] = flat
        image.set_active_scalars("image")
        self._texture.SetInputDataObject(image)
        self._texture.Modified()

    def set_ghost(self, on: bool) -> None:
        """See through the housings, for what stands inside them."""
        self._opacity = GHOST_OPACITY if on else 1.0
        for name in HOUSINGS:
            if name in self._actors:
                self._actors[name].prop.opacity = self._opacity

    def set_touching(self, parts: set[str]) -> None:
        """Parts that touch something stand out in red."""
        self._touching = parts
        for name in ARM_PARTS:
            if name in self._actors:
                self._actors[name].prop.color = self._color(name)

    def _color(self, name: str) -> str:
        return theme.DARK.refusal if name in self._touching else theme.current().arm

    def is_part(self, actor: object) -> str | None:
        """The name of the arm part that an actor is; None for others."""
        for name in (*ARM_PARTS, "carriage"):
            if self._actors.get(name) is actor:
                return name
        return None

    def _rebuild(self, carm: CArm) -> None:
        device, joints, side = carm_device(carm), carm.joints, carm.base_side
        bodies = {
            "arc": shapes.arc(device, joints, side),
            "tube": shapes.tube_housing(joints),
            "detector": shapes.detector_housing(device, joints),
            "carriage": shapes.carriage(device, joints, side),
            "column": shapes.column(device, joints, side),
        }
        for name, body in bodies.items():
            if name in self._actors:
                self._plotter.remove_actor(self._actors.pop(name), render=False)
            if body is None:
                continue
            self._actors[name] = self._plotter.add_mesh(
                body,
                color=self._color(name),
                smooth_shading=True,
                # A tube is round; on housings the edges are meant to be seen.
                split_sharp_edges=name != "arc",
                opacity=self._opacity if name in HOUSINGS else 1.0,
                specular=0.25,
                specular_power=20,
                ambient=0.12,
                render=False,
                reset_camera=False,
            )

    def _place(self, name: str, world_from_part: Matrix) -> None:
        if name in self._actors:
            self._actors[name].user_matrix = world_from_part

    def _sync_beam(self, camera: Camera, iso: np.ndarray) -> None:
        w, h = camera.width - 0.5, camera.height - 0.5
        corners = camera.pixel_to_world(np.array([-0.5, w, w, -0.5]), np.array([-0.5, -0.5, h, h]))
        source = camera.source_mm
        # One mm in front, else face and housing fight for each pixel.
        lifted = corners - 1.0 * camera.direction
        self._face.points = lifted.astype(np.float32)
        behind = DETECTOR_DEPTH_MM + 6.0
        self._back.points = (corners + behind * camera.direction).astype(np.float32)
        self._hull.points = np.vstack([source, corners]).astype(np.float32)
        ends = np.empty((8, 3), dtype=np.float32)
        ends[0::2], ends[1::2] = source, corners
        self._edges.points = ends
        centre = camera.pixel_to_world((camera.width - 1) / 2, (camera.height - 1) / 2)
        self._ray.points = np.vstack([source, centre]).astype(np.float32)
        self._actors["ball"].position = tuple(iso)
