"""How a data set lies in its folder: what every file of it is called."""

from __future__ import annotations

import re

from synthex_gui.core.errors import SynthexError

FORMAT = "synthex-dataset-1"
JOURNAL = "journal.jsonl"
MANIFEST = "manifest.json"
COCO = "coco.json"
# One image's files lie in these, and nothing else does.
ITEM_FOLDERS = ("images", "masks", "labels")


class ExportError(SynthexError):
    """A folder that holds something else, or a series that cannot be written."""


def image_path(index: int, ending: str) -> str:
    """Relative path of an image."""
    return f"images/{index:05d}.{ending}"


def label_path(index: int) -> str:
    """Relative path of an image's truth."""
    return f"labels/{index:05d}.json"


def mask_path(index: int, name: str) -> str:
    """Relative path of one mask of an image."""
    return f"masks/{index:05d}/{file_name(name)}.png"


def file_name(name: str) -> str:
    """A structure's or tool's name as a file name on every system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "unnamed"
