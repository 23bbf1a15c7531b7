"""Every action as one row: id, text, shortcut, icon, hint, and what it does.

Menus and toolbar (`menus`) are lists of these ids. A row's `do` or `switch` is called with the
window's `Handlers`; rows with `switch` can be checked and are called with their new state too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from synthex_gui.scene.devices import presets
from synthex_gui.tools.catalogue import CATALOGUE
from synthex_gui.ui.commands.edit import EditCommands
from synthex_gui.ui.commands.file import FileCommands
from synthex_gui.ui.commands.help import HelpCommands
from synthex_gui.ui.commands.image import ImageCommands
from synthex_gui.ui.commands.pose import PoseCommands
from synthex_gui.ui.commands.tool import ToolCommands
from synthex_gui.ui.commands.view import LAYOUTS, THEMES, ViewCommands


@dataclass(frozen=True)
class Handlers:
    """Who does what the rows name; made when the window is built."""

    files: FileCommands
    edits: EditCommands
    tools: ToolCommands
    poses: PoseCommands
    images: ImageCommands
    views: ViewCommands
    helps: HelpCommands
    choose_xray: Callable[[], None]
    read_again: Callable[[], None]
    toggle_polarity: Callable[[], None]
    aim_at_crosshair: Callable[[], None]
    close: Callable[[], object]


@dataclass(frozen=True)
class Action:
    """One thing a person can do; of those in one `group` one at a time is on."""

    id: str
    text: str
    shortcut: str = ""
    icon: str = ""
    hint: str = ""
    do: Callable[[Handlers], object] | None = None
    switch: Callable[[Handlers, bool], object] | None = None
    is_on: bool = False
    group: str = ""

    @property
    def checkable(self) -> bool:
        """True when the action shows a state."""
        return self.switch is not None


_FILE = (
    Action(
        "new_phantom", "New scene with the phantom", "Ctrl+N", do=lambda h: h.files.new_phantom()
    ),
    Action(
        "open_ct",
        "Open CT",
        "Ctrl+O",
        "open",
        "Open a CT file (NIfTI, NRRD, MHA)",
        do=lambda h: h.files.open_ct(),
    ),
    Action("open_dicom", "Open DICOM folder…", "Ctrl+Shift+O", do=lambda h: h.files.open_dicom()),
    Action("open_labels", "Open label map…", do=lambda h: h.files.open_labels()),
    Action("open_landmarks", "Open landmarks…", do=lambda h: h.files.open_landmarks()),
    Action("open_xray", "Open real X-ray…", "Ctrl+R", do=lambda h: h.choose_xray()),
    Action("open_project", "Open project…", "Ctrl+Alt+O", do=lambda h: h.files.open_project()),
    Action(
        "read_again",
        "Read inputs again",
        "F5",
        hint="Take over files changed on disk",
        do=lambda h: h.read_again(),
    ),
    Action("save", "Save project", "Ctrl+S", "save", do=lambda h: h.files.save()),
    Action("save_as", "Save project as…", "Ctrl+Shift+S", do=lambda h: h.files.save_as()),
    Action("save_image", "Save radiograph…", "Ctrl+I", do=lambda h: h.images.save()),
    Action("copy_image", "Copy radiograph", "Ctrl+C", do=lambda h: h.images.copy()),
    Action("quit", "Quit", "Ctrl+Q", do=lambda h: h.close()),
)
_EDIT = (
    Action("undo", "Undo", "Ctrl+Z", "undo", do=lambda h: h.edits.undo()),
    Action("redo", "Redo", "Ctrl+Shift+Z", "redo", do=lambda h: h.edits.redo()),
    Action("remove_tool", "Remove selected tool", "Del", do=lambda h: h.tools.remove_selected()),
    Action(
        "gizmo_move",
        "Move",
        "T",
        "move",
        "Move the selected tool (T)",
        switch=lambda h, on: h.views.room.set_gizmo_mode("move") if on else None,
        is_on=True,
        group="gizmo",
    ),
    Action(
        "gizmo_rotate",
        "Rotate",
        "E",
        "rotate",
        "Rotate the selected tool (E)",
        switch=lambda h, on: h.views.room.set_gizmo_mode("rotate") if on else None,
        group="gizmo",
    ),
)
_VIEW = (
    Action(
        "live",
        "Live",
        "L",
        "live",
        "Render while anything moves (L)",
        switch=lambda h, on: h.views.radiograph.set_live(on),
        is_on=True,
    ),
    Action(
        "expose",
        "Expose",
        "Space",
        "expose",
        "One full image now (Space)",
        do=lambda h: h.views.radiograph.expose(),
    ),
    Action("fit", "Fit radiograph", "F", "fit", do=lambda h: h.views.fit()),
    Action("auto_window", "Auto window", "W", "window", do=lambda h: h.views.auto_window()),
    Action("invert", "Bone dark", "I", "invert", do=lambda h: h.toggle_polarity()),
    Action("reset_room", "Reset 3D view", "R", do=lambda h: h.views.room_view.reset_view()),
    Action(
        "view_anterior",
        "3D from anterior",
        "1",
        # Not quite along y: from exactly there, VTK's camera has no upward direction to keep.
        do=lambda h: h.views.room_view.look_from((0.0, -1.0, -0.02)),
    ),
    Action(
        "view_left",
        "3D from the left",
        "3",
        do=lambda h: h.views.room_view.look_from((1.0, 0.0, 0.0)),
    ),
    Action(
        "view_superior",
        "3D from superior",
        "7",
        do=lambda h: h.views.room_view.look_from((0.0, 0.0, 1.0)),
    ),
    Action(
        "show_skin",
        "Skin in the 3D room",
        switch=lambda h, on: h.views.room_view.set_visible("skin", on),
        is_on=True,
    ),
    Action(
        "show_table",
        "Table in the 3D room",
        switch=lambda h, on: h.views.room_view.set_visible("table", on),
        is_on=True,
    ),
    Action(
        "full_screen",
        "Full screen",
        "F11",
        switch=lambda h, on: h.views.desk.set_full_screen(on),
    ),
    Action("reset_layout", "Reset layout", do=lambda h: h.views.desk.reset_layout()),
    *(
        Action(
            f"layout:{key}",
            title,
            f"Ctrl+{number}",
            do=lambda h, key=key: h.views.desk.set_layout_id(key),  # type: ignore[misc]
        )
        for number, (key, title) in enumerate(LAYOUTS, 1)
    ),
    *(
        Action(f"theme:{key}", title, do=lambda h, key=key: h.views.set_theme(key))  # type: ignore[misc]
        for key, title in THEMES
    ),
)
_POSE = (
    Action("aim_ct", "Aim at the CT", "A", "aim", do=lambda h: h.poses.aim_at_ct()),
    Action("aim_crosshair", "Aim at the crosshair", "Shift+A", do=lambda h: h.aim_at_crosshair()),
    Action("head_up", "Head up", "H", do=lambda h: h.poses.head_up()),
    Action("opposite", "Opposite view", "O", do=lambda h: h.poses.opposite()),
    Action("mirror", "Mirror left and right", "M", do=lambda h: h.poses.mirror()),
    Action("previous_view", "Previous view", "Backspace", do=lambda h: h.poses.previous_view()),
    Action("save_view", "Save current view", "Ctrl+D", do=lambda h: h.poses.save_view()),
    *(
        Action(
            f"preset:{key}",
            preset.title,
            do=lambda h, key=key: h.poses.go_to_preset(key),  # type: ignore[misc]
        )
        for key, preset in presets().items()
    ),
)
_INSERT = (
    *(
        Action(
            f"tool:{key}",
            kind.title,
            do=lambda h, key=key: h.tools.add_built_in(key),  # type: ignore[misc]
        )
        for key, kind in CATALOGUE.items()
    ),
    Action("add_mesh", "Tool from a mesh file…", "Ctrl+M", do=lambda h: h.files.add_mesh()),
    Action(
        "add_landmark",
        "Landmark at the crosshair",
        "Ctrl+L",
        "landmark",
        do=lambda h: h.tools.add_landmark(),
    ),
)
_REST = (
    Action("export", "Export series…", "Ctrl+E", "export", do=lambda h: h.images.export_series()),
    Action("shortcuts", "Shortcuts", "?", do=lambda h: h.helps.show_shortcuts()),
    Action(
        "copy_diagnostics",
        "Copy diagnostics",
        hint="Versions and the end of the log, without names of files and patients",
        do=lambda h: h.helps.copy_diagnostics(),
    ),
    Action(
        "detailed_log",
        "Detailed log",
        hint="Every step in the log, now and next time",
        switch=lambda h, on: h.helps.set_detailed(on),
    ),
    Action("about", "About SyntheX GUI", do=lambda h: h.helps.show_about()),
)
ACTIONS = {row.id: row for row in (*_FILE, *_EDIT, *_VIEW, *_POSE, *_INSERT, *_REST)}


def shortcuts() -> tuple[tuple[str, str], ...]:
    """(text, keys) of every action that has keys."""
    return tuple((row.text.rstrip("…"), row.shortcut) for row in ACTIONS.values() if row.shortcut)
