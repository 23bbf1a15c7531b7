"""Adding, removing and dragging tools, in the room and on the radiograph; landmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from synthex_gui.app.session import Session
from synthex_gui.app.stroke import Stroke
from synthex_gui.core.files import absolute
from synthex_gui.geometry.transforms import Matrix, Vector, rigid, rotation_from_to
from synthex_gui.scene.edits import add_tool, camera_of, replace_tool
from synthex_gui.scene.frozen import as_pose
from synthex_gui.scene.model import Tool
from synthex_gui.scene.naming import free_name, numbered_name, remove_tool
from synthex_gui.scene.sources import BuiltInTool, LandmarkItem, MeshFile
from synthex_gui.tools.catalogue import CATALOGUE
from synthex_gui.ui.image.radiograph_view import RadiographView
from synthex_gui.ui.image.slice_view import SliceView
from synthex_gui.ui.presenters.selection import Selection
from synthex_gui.ui.view3d.room import RoomView

# Material Design's 300 tones: told apart on the dark and on the light theme, none is a bone's
# colour.
COLORS = ("#4fc3f7", "#aed581", "#ffb74d", "#ba68c8", "#f06292", "#4db6ac", "#fff176", "#90a4ae")


class ToolCommands:
    """Edits `Scene.tools` and `Scene.landmarks` through the store."""

    def __init__(
        self,
        session: Session,
        selection: Selection,
        crosshair: Callable[[], Vector],
        room: RoomView,
        radiograph: RadiographView,
        slices: Iterable[SliceView],
    ) -> None:
        """`crosshair()` is where new tools and landmarks go, (3,) world mm."""
        self._session, self._selection, self._crosshair = session, selection, crosshair
        self._stroke = Stroke(session.store)
        self._name = ""
        room.tool_drag_started.connect(lambda label: self._start(label, selection.tool))
        room.tool_moved.connect(self._place)
        room.drag_ended.connect(self._stroke.end)
        room.tool_picked.connect(selection.select)
        radiograph.tool_drag_started.connect(self._start_on_image)
        radiograph.tool_dragged.connect(self._drag_on_image)
        radiograph.tool_drag_ended.connect(self._stroke.end)
        for view in slices:
            view.tool_drag_started.connect(self._start_on_image)
            view.tool_dragged.connect(self._drag_by)
            view.tool_drag_ended.connect(self._stroke.end)

    def add_built_in(self, kind_id: str) -> None:
        """A tool of the catalogue, its tip at the crosshair, pointing along the patient's left."""
        kind = CATALOGUE[kind_id]
        tool = Tool(
            name=kind.title,
            source=BuiltInTool(tool=kind_id),
            material=kind.material,
            world_from_tool=as_pose(self._default_pose()),
            color=self._next_color(),
        )
        self._add(f"Add {kind.title}", tool)

    def add_mesh(self, path: Path, unit: str | None = None) -> None:
        """A tool from a mesh file, its own origin at the crosshair.

        Not called after its file: a tool's name is written into every export, and a file's may be
        a patient's.
        """
        tool = Tool(
            name=numbered_name("mesh", self._taken()),
            source=MeshFile(path=str(absolute(path)), unit=unit),  # type: ignore[arg-type]
            world_from_tool=as_pose(rigid(None, self._crosshair())),
            color=self._next_color(),
        )
        self._add(f"Add {path.name}", tool, is_fresh=True)

    def remove(self, name: str | None) -> None:
        """Take a tool out of the scene."""
        if name is None:
            return
        self._selection.select(None)
        self._session.store.apply("Remove tool", lambda scene: remove_tool(scene, name))

    def remove_selected(self) -> None:
        """Take the selected tool out of the scene."""
        self.remove(self._selection.tool)

    def add_landmark(self) -> None:
        """A landmark at the crosshair."""
        taken = [item.name for item in self._session.store.scene.landmarks]
        # A hundredth of a mm is below any CT's resolution, and reads as a number that a person
        # placed.
        x, y, z = (round(float(value), 2) for value in self._crosshair())
        item = LandmarkItem(name=free_name("Landmark", taken), position=(x, y, z))
        self._session.store.apply(
            "Add landmark", lambda scene: scene.evolve(landmarks=(*scene.landmarks, item))
        )

    def _add(self, label: str, tool: Tool, is_fresh: bool = False) -> None:
        named = tool.evolve(name=free_name(tool.name, self._taken()))
        self._session.edit_references(label, lambda scene: add_tool(scene, named), is_fresh)
        self._selection.select(named.name)

    def _taken(self) -> list[str]:
        return [item.name for item in self._session.store.scene.tools]

    def _default_pose(self) -> Matrix:
        # The tool's +z runs from the tip to the tail: out of the patient's left side.
        return rigid(rotation_from_to([0, 0, 1], [1, 0, 0]), self._crosshair())

    def _next_color(self) -> str:
        return COLORS[len(self._session.store.scene.tools) % len(COLORS)]

    # Drags

    def _start(self, label: str, name: str | None) -> None:
        if name is not None:
            self._name = name
            self._stroke.begin(label)

    def _start_on_image(self, name: str) -> None:
        self._selection.select(name)
        self._start("Move tool", name)

    def _place(self, pose: Matrix) -> None:
        name = self._name
        self._stroke.move(lambda scene: replace_tool(scene, name, world_from_tool=as_pose(pose)))

    def _drag_on_image(self, name: str, columns: float, rows: float) -> None:
        tool, before = self._tool_before(name), self._stroke.before
        if tool is None or before is None:
            return
        camera = camera_of(before.carm)
        # In the image plane, at the tool's own depth: it stays under the pointer.
        _, (depth,) = camera.project(np.array(tool.world_from_tool)[:3, 3])
        offset = [columns * depth / camera.k[0, 0], rows * depth / camera.k[1, 1], 0.0]
        self._drag_by(name, camera.r.T @ np.array(offset))

    def _drag_by(self, name: str, offset_mm: Vector) -> None:
        tool = self._tool_before(name)
        if tool is not None:
            pose = np.array(tool.world_from_tool)
            pose[:3, 3] += offset_mm
            self._place(pose)

    def _tool_before(self, name: str) -> Tool | None:
        """The tool as it was when the drag began."""
        before = self._stroke.before
        if before is None:
            return None
        return next((item for item in before.tools if item.name == name), None)
