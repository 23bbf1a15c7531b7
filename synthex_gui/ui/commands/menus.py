"""Menus and toolbar as lists of the ids in `table`; a name in SUBMENUS stands for a menu of ids."""

from __future__ import annotations

from synthex_gui.ui.commands.table import ACTIONS

SEPARATOR = "-"
# Filled when they are opened, by the window: what was opened last, the GPUs of this machine.
OPEN_MENUS = ("recent", "backends")


def _ids(kind: str) -> tuple[str, ...]:
    return tuple(key for key in ACTIONS if key.startswith(f"{kind}:"))


SUBMENUS: dict[str, tuple[str, tuple[str, ...]]] = {
    "layouts": ("Layout", _ids("layout")),
    "themes": ("Theme", _ids("theme")),
    "presets": ("Views", _ids("preset")),
    "tools": ("Add tool", (*_ids("tool"), SEPARATOR, "add_mesh")),
}
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
    "Help": ("shortcuts", SEPARATOR, "copy_diagnostics", "detailed_log", SEPARATOR, "about"),
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
# At the toolbar's right end.
TOOLBAR_END = ("layouts", "export")
# What a toolbar button says where the menu says more.
SHORT = {"add_landmark": "Add landmark"}
