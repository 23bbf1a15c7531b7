"""Keeps every view in step with the document, the arrays and the live image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QObject, QTimer, Signal

from synthex_gui.app.frame import Frame
from synthex_gui.app.overlays import Outline, label_colors
from synthex_gui.app.session import Session
from synthex_gui.export.annotations import landmark_marks
from synthex_gui.geometry.transforms import transform_points
from synthex_gui.scene.assets import SceneAssets, preset_aim_mm
from synthex_gui.scene.devices import presets
from synthex_gui.scene.edits import camera_of, isocentre_of, reach_preset, source_to_aim_mm
from synthex_gui.scene.model import Scene
from synthex_gui.ui.image.slice_view import CutMesh
from synthex_gui.ui.panels.image_panel import ImagePanel
from synthex_gui.ui.panels.views_panel import ViewsPanel
from synthex_gui.ui.workspace import Workspace

DETECTOR_TEXTURE = 384
THUMBNAIL_DELAY_MS = 600
BEAM_LINE_MS = 200
BONE_SLICE_WINDOW = (-350.0, 850.0)


class Coordinator(QObject):
    """One listener between the session and the field of images."""

    crosshair_moved = Signal(object)
    frame_shown = Signal(object)

    def __init__(
        self, session: Session, workspace: Workspace, image_panel: ImagePanel, views: ViewsPanel
    ) -> None:
        super().__init__(workspace)
        self._session, self._workspace = session, workspace
        self._image_panel, self._views = image_panel, views
        self.crosshair = np.zeros(3)
        self.selected_tool: str | None = None
        self.gizmo_mode = "move"
        self.is_live = True
        self._needs_window = True
        self._look = "log"
        self._windows: dict[str, tuple[float, float]] = {}
        self._frame: Frame | None = None
        self._extra_syncs: list[Callable[[Scene | None, Scene], None]] = []
        self._outlined: Frame | None = None
        self._assets = SceneAssets()
        self._pulse = 0
        self._pulses = QTimer(self)
        self._pulses.timeout.connect(self._next_pulse)
        self._beam_timer = QTimer(self, singleShot=True, interval=BEAM_LINE_MS)
        self._beam_timer.timeout.connect(self._show_beam)
        self._thumbnail_timer = QTimer(self, singleShot=True, interval=THUMBNAIL_DELAY_MS)
        self._thumbnail_timer.timeout.connect(self.request_thumbnails)
        session.store.changed.connect(self.scene_changed)
        session.assets_changed.connect(self.assets_changed)
        session.scene_reread.connect(self.request_image)
        session.surfaces_ready.connect(self._surfaces_ready)
        session.document_replaced.connect(self._document_replaced)
        session.live.rendered.connect(self._show_frame)
        session.live.failed.connect(lambda text: workspace.radiograph.set_message(text))
        session.live.busy_changed.connect(self._busy)
        session.live.thumbnail_ready.connect(views.show_thumbnail)
        image_panel.overlays_changed.connect(self._overlays)
        for view in workspace.slices.values():
            view.crosshair_moved.connect(self.set_crosshair)
            view.set_window(*BONE_SLICE_WINDOW)

    def add_sync(self, sync: Callable[[Scene | None, Scene], None]) -> None:
        """Call `sync(before, after)` on every change too."""
        self._extra_syncs.append(sync)

    # From the document

    def scene_changed(self, before: Scene | None, after: Scene) -> None:
        """Pass a change to everything that shows it."""
        room = self._workspace.room
        if before is None or before.carm is not after.carm:
            room.arm.sync(before.carm if before is not None else None, after.carm)
            self._sync_beam(after)
        if before is None or before.tools is not after.tools:
            self._sync_tools(after)
        if before is None or before.landmarks is not after.landmarks:
            room.landmarks.sync(after.landmarks)
        if before is None or before.shown_structures != after.shown_structures:
            self._sync_label_colors(after)
        if before is None or before.views is not after.views:
            self._views.set_saved(tuple(view.name for view in after.views))
            self._thumbnail_timer.start()
        if before is not None and before.level != after.level:
            self._needs_window = True
            self._thumbnail_timer.start()
        if before is None or before.beam.pulses_per_s != after.beam.pulses_per_s:
            self.run_fluoroscopy()
        for sync in self._extra_syncs:
            sync(before, after)
        room.request_repaint()
        if self.is_live:
            self.request_image()

    def request_image(self, moving: bool | None = None) -> None:
        """Ask for the present scene's radiograph."""
        store = self._session.store
        known = self._session.assets.labels
        structures = () if known is None else store.scene.shown_structures
        if not self._image_panel.shows("structures"):
            structures = ()
        structures = tuple(name for name in structures if known and known.ids_of(name))
        self._session.live.request(
            store.scene,
            self._session.assets,
            moving=store.is_moving if moving is None else moving,
            structures=structures,
        )

    def run_fluoroscopy(self) -> None:
        """Pulses come while the image is live and the beam is pulsed; else the image stands."""
        rate = self._session.store.scene.beam.pulses_per_s
        if rate and self.is_live:
            self._pulses.start(round(1000 / rate))
        else:
            self._pulses.stop()

    def _next_pulse(self) -> None:
        store = self._session.store
        if store.is_moving or store.scene.level != "realistic":
            return
        self._pulse += 1
        self._session.live.request_pulse(store.scene, self._session.assets, self._pulse)

    def assets_changed(self, assets: SceneAssets) -> None:
        """Other arrays."""
        room, before = self._workspace.room, self._assets
        self._assets = assets
        if assets.ct is not before.ct:
            room.patient.show_table(assets.ct)
            if assets.ct is None:
                room.patient.show_surfaces(None, None)
        # Another tool changes neither: the slices keep their zoom.
        if assets.ct is not before.ct or assets.labels is not before.labels:
            for view in self._workspace.slices.values():
                view.set_volume(assets.ct, assets.labels)
            self._sync_label_colors(self._session.store.scene)
        self._sync_tools(self._session.store.scene)
        room.request_repaint()

    def set_crosshair(self, point_mm: ArrayLike) -> None:
        """Move the linked crosshair in every slice."""
        self.crosshair = np.asarray(point_mm, dtype=np.float64)
        for view in self._workspace.slices.values():
            view.set_crosshair(self.crosshair)
        self.crosshair_moved.emit(self.crosshair)

    def select_tool(self, name: str | None) -> None:
        """Select a tool in every view."""
        self.selected_tool = name
        self._workspace.radiograph.selected_tool = name
        self._sync_tools(self._session.store.scene)
        self._workspace.radiograph.update()
        self._workspace.room.request_repaint()

    def set_gizmo_mode(self, mode: str) -> None:
        """Handles to ``move`` or to ``rotate``."""
        self.gizmo_mode = mode
        self._sync_tools(self._session.store.scene)

    def request_thumbnails(self) -> None:
        """Small images of every preset and saved view, when nothing else waits."""
        session = self._session
        if session.assets.ct is None and not session.assets.meshes:
            return
        scene = session.store.scene
        saved = {view.name: view.carm for view in scene.views}
        distance = source_to_aim_mm(scene.carm)
        for key in self._views.thumbnail_keys():
            kind, _, name = key.partition(":")
            if kind == "saved" and name in saved:
                carm = saved[name]
            elif kind == "preset":
                aim = preset_aim_mm(scene, session.assets, presets()[name])
                carm, _ = reach_preset(scene.carm, presets()[name], aim, distance)
            else:
                continue
            small = scene.evolve(
                carm=carm,
                beam=scene.beam.evolve(noise=False),
                processing=scene.processing.evolve(look="clinical"),
            )
            session.live.request_thumbnail(key, small, session.assets)

    # From the worker

    def _show_frame(self, frame: Frame) -> None:
        radiograph, view = frame.radiograph, self._workspace.radiograph
        self._frame = frame
        if frame.outlines:
            self._outlined = frame
        full = camera_of(frame.scene.carm)
        view.aim_distance_mm = source_to_aim_mm(frame.scene.carm)
        beam = frame.scene.beam
        is_realistic = frame.scene.level == "realistic"
        mas = radiograph.mas if radiograph.mas is not None else beam.mas
        view.exposure_text = f"{beam.kvp:.0f} kVp  {mas:.3g} mAs" if is_realistic else ""
        look = frame.scene.processing.look
        self._show_look(look)
        view.show_image(frame.shown, radiograph.signal, full)
        if self._needs_window and frame.is_full:
            self._needs_window = False
            if look == "log":
                view.auto_window()
        if frame.is_empty:
            has_ct = self._session.assets.ct is not None
            what = "CT" if has_ct else "tools"
            text = f"The beam misses the {what}"
            if not has_ct and not self._session.assets.meshes:
                view.set_message("Nothing in the scene yet: open a CT or add a tool")
            else:
                view.set_message(text, f"Aim at the {what}")
        else:
            view.set_message("")
        self._overlays(request=False)
        self._show_on_detector(frame)
        self.frame_shown.emit(frame)
        self._session.store.image_shown()

    def _show_look(self, look: str) -> None:
        """Each look has a window of its own; one that is new starts with its fixed one."""
        view = self._workspace.radiograph
        if look == self._look:
            return
        self._windows[self._look] = view.window
        self._look = look
        if look in self._windows:
            view.set_window(*self._windows[look])
        else:
            view.set_window(0.0, 1.0)
            self._needs_window = look == "log"

    def _overlays(self, request: bool = True) -> None:
        frame, view = self._frame, self._workspace.radiograph
        if frame is None:
            return
        if request:
            self.request_image()
        shows = self._image_panel.shows
        full = camera_of(frame.scene.carm)
        scale = full.width / frame.shown.shape[1]
        of = self._outlined if self._outlined is not None and self._fits(frame) else frame
        if shows("structures"):
            view.outlines = _scaled(of.outlines, full.width / of.shown.shape[1])
        else:
            view.outlines = ()
        view.tool_outlines = _scaled(frame.tool_outlines, scale) if shows("tools") else ()
        marks = frame.scene.landmarks if shows("landmarks") else ()
        view.marks = tuple(
            landmark_marks(full, [m.name for m in marks], [m.position for m in marks])
        )
        view.update()

    def _fits(self, frame: Frame) -> bool:
        """True when the last outlines are this frame's too: same pose, same structures."""
        last = self._outlined
        return (
            last is not None
            and not frame.outlines
            and last.scene.carm is frame.scene.carm
            and last.scene.labels is frame.scene.labels
            and last.scene.shown_structures == frame.scene.shown_structures
        )

    def _show_on_detector(self, frame: Frame) -> None:
        view = self._workspace.radiograph
        low, high = view.window
        step = max(1, round(frame.shown.shape[1] / DETECTOR_TEXTURE))
        small = frame.shown[::step, ::step]
        grey = np.clip((small - low) / (high - low) * 255.0, 0, 255).astype(np.uint8)
        self._workspace.room.arm.show_image(255 - grey if view.is_inverted else grey)
        self._workspace.room.request_repaint()

    def _busy(self, busy: bool) -> None:
        view = self._workspace.radiograph
        if not busy and view.is_busy:
            view.is_busy = False
            view.update()

    # Inside

    def _document_replaced(self) -> None:
        scene = self._session.store.scene
        self.select_tool(None)
        self._needs_window = True
        self._session.live.drop_thumbnails()
        # The store has told of the scene; equal scenes may have other arrays.
        self.request_image()
        aim = np.array(scene.carm.world_from_device)[:3, 3]
        camera = camera_of(scene.carm)
        point = camera.source_mm + source_to_aim_mm(scene.carm) * camera.direction
        self.set_crosshair(aim if np.isfinite(point).all() else np.zeros(3))
        self._workspace.room.reset_view(isocentre_of(scene.carm))
        self._thumbnail_timer.start()

    def _surfaces_ready(self, bone: object, skin: object) -> None:
        self._workspace.room.patient.show_surfaces(bone, skin)  # type: ignore[arg-type]
        self._workspace.room.request_repaint()

    def _sync_beam(self, scene: Scene) -> None:
        camera = camera_of(scene.carm)
        end = camera.source_mm + camera.sdd_mm * camera.direction
        for view in self._workspace.slices.values():
            view.beam = (camera.source_mm, end)
        # While the arm moves the radiograph has the time; a line on three slices can follow later.
        if not self._session.store.is_moving:
            self._show_beam()
        elif not self._beam_timer.isActive():
            self._beam_timer.start()

    def _show_beam(self) -> None:
        self._beam_timer.stop()
        for view in self._workspace.slices.values():
            view.update()

    def _sync_tools(self, scene: Scene) -> None:
        room, meshes = self._workspace.room, self._session.assets.meshes
        room.tools.sync(scene.tools, meshes, self.selected_tool)
        chosen = next((tool for tool in scene.tools if tool.name == self.selected_tool), None)
        pose = None if chosen is None else np.array(chosen.world_from_tool)
        room.show_gizmo(pose, self.gizmo_mode)
        placed = tuple(
            CutMesh(
                tool.name,
                tool.color,
                transform_points(np.array(tool.world_from_tool), meshes[tool.name].vertices),
                meshes[tool.name].triangles,
            )
            for tool in scene.tools
            if tool.visible and tool.name in meshes
        )
        for view in self._workspace.slices.values():
            view.meshes = placed
            view.update()

    def _sync_label_colors(self, scene: Scene) -> None:
        labels = self._session.assets.labels
        if labels is None:
            return
        top = max((label.id for label in labels.table), default=0)
        colors = np.zeros((top + 1, 4), dtype=np.uint8)
        by_name = label_colors(labels)
        for name in scene.shown_structures:
            for label_id in labels.ids_of(name):
                hexed = by_name[name].lstrip("#")
                colors[label_id] = [*bytes.fromhex(hexed), 70]
        for view in self._workspace.slices.values():
            view.set_label_colors(colors)


def _scaled(outlines: tuple[Outline, ...], scale: float) -> tuple[Outline, ...]:
    """Outlines of a coarse image in the full detector's pixels."""
    if scale == 1.0:
        return outlines
    shift = (scale - 1.0) / 2.0
    return tuple(
        Outline(item.name, item.color, tuple(line * scale + shift for line in item.lines))
        for item in outlines
    )
