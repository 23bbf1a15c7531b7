"""Every command as data: id, text, shortcut, icon; menus and toolbar are lists of ids."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One thing a person can do. `checkable` commands show a state."""

    id: str
    text: str
    shortcut: str = ""
    icon: str = ""
    hint: str = ""
    checkable: bool = False


COMMANDS = {
    command.id: command
    for command in (
        Command("new_phantom", "New scene with the phantom", "Ctrl+N"),
        Command("open_ct", "Open CT", "Ctrl+O", "open", "Open a CT file (NIfTI, NRRD, MHA)"),
        Command("open_dicom", "Open DICOM folder…", "Ctrl+Shift+O"),
        Command("open_labels", "Open label map…"),
        Command("open_landmarks", "Open landmarks…"),
        Command("open_xray", "Open real X-ray…", "Ctrl+R"),
        Command("open_project", "Open project…", "Ctrl+Alt+O"),
        Command("read_again", "Read inputs again", "F5", "", "Take over files changed on disk"),
        Command("save", "Save project", "Ctrl+S", "save"),
        Command("save_as", "Save project as…", "Ctrl+Shift+S"),
        Command("save_image", "Save radiograph…", "Ctrl+I"),
        Command("copy_image", "Copy radiograph", "Ctrl+C"),
        Command("quit", "Quit", "Ctrl+Q"),
        Command("undo", "Undo", "Ctrl+Z", "undo"),
        Command("redo", "Redo", "Ctrl+Shift+Z", "redo"),
        Command("remove_tool", "Remove selected tool", "Del"),
        Command("gizmo_move", "Move", "T", "move", "Move the selected tool (T)", True),
        Command("gizmo_rotate", "Rotate", "E", "rotate", "Rotate the selected tool (E)", True),
        Command("live", "Live", "L", "live", "Render while anything moves (L)", True),
        Command("expose", "Expose", "Space", "expose", "One full image now (Space)"),
        Command("fit", "Fit radiograph", "F", "fit"),
        Command("auto_window", "Auto window", "W", "window"),
        Command("invert", "Bone dark", "I", "invert"),
        Command("reset_room", "Reset 3D view", "R"),
        Command("view_anterior", "3D from anterior", "1"),
        Command("view_left", "3D from the left", "3"),
        Command("view_superior", "3D from superior", "7"),
        Command("show_skin", "Skin in the 3D room", "", "", "", True),
        Command("show_table", "Table in the 3D room", "", "", "", True),
        Command("full_screen", "Full screen", "F11", "", "", True),
        Command("reset_layout", "Reset layout"),
        Command("aim_ct", "Aim at the CT", "A", "aim"),
        Command("aim_crosshair", "Aim at the crosshair", "Shift+A"),
        Command("head_up", "Head up", "H"),
        Command("opposite", "Opposite view", "O"),
        Command("mirror", "Mirror left and right", "M"),
        Command("previous_view", "Previous view", "Backspace"),
        Command("save_view", "Save current view", "Ctrl+D"),
        Command("add_mesh", "Tool from a mesh file…", "Ctrl+M"),
        Command("add_landmark", "Landmark at the crosshair", "Ctrl+L", "landmark"),
        Command("export", "Export series…", "Ctrl+E", "export"),
        Command("shortcuts", "Shortcuts", "?"),
        Command("about", "About SyntheX GUI"),
    )
}

SEPARATOR = "-"
MENUS: dict[str, tuple[str, ...]] = {
    "File": (
        "new_phantom",
        "open_ct",
        "open_dicom",
        "open_labels",
        "open_landmarks",
        "open_xray",
        SEPARATOR,
        "open_project",
        "recent",
        "read_again",
        SEPARATOR,
        "save",
        "save_as",
        SEPARATOR,
        "save_image",
        SEPARATOR,
        "quit",
    ),
    "Edit": ("undo", "redo", SEPARATOR, "copy_image", "remove_tool"),
    "View": (
        "layouts",
        "reset_layout",
        "full_screen",
        SEPARATOR,
        "fit",
        "auto_window",
        "invert",
        SEPARATOR,
        "reset_room",
        "view_anterior",
        "view_left",
        "view_superior",
        "show_skin",
        "show_table",
        SEPARATOR,
        "themes",
        "backends",
    ),
    "C-arm": (
        "presets",
        "save_view",
        "previous_view",
        SEPARATOR,
        "aim_ct",
        "aim_crosshair",
        "head_up",
        "opposite",
        "mirror",
        SEPARATOR,
        "live",
        "expose",
    ),
    "Insert": ("tools", "add_mesh", SEPARATOR, "add_landmark"),
    "Series": ("export",),
    "Help": ("shortcuts", "about"),
}
TOOLBAR = (
    "open_ct",
    "tools",
    "add_landmark",
    SEPARATOR,
    "gizmo_move",
    "gizmo_rotate",
    SEPARATOR,
    "undo",
    "redo",
    SEPARATOR,
    "live",
    "expose",
)
