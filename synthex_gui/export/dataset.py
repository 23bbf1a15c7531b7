"""How a data set lies in its folder: what every file of it is called."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from synthex_gui.core.errors import SynthexError

FORMAT = "synthex-dataset-1"
JOURNAL = "journal.jsonl"
MANIFEST = "manifest.json"
COCO = "coco.json"
FACTORS = "factors.csv"
# The folders of an image that a packed data set does without.
PIXEL_FOLDERS = ("images", "masks")
# One image's files lie in these, and nothing else does.
ITEM_FOLDERS = ("images", "masks", "labels")
# Of a name's letters and of its digest; together they fit every file system.
LONGEST, DIGEST = 60, 8
# A plain name that looks like one with a digest gets one, too.
DIGESTED = re.compile(r"-[0-9a-f]{8}$")
# Names that Windows takes for devices, whatever ending follows.
RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)


class ExportError(SynthexError):
    """A folder that holds something else, or a series that cannot be written."""


def image_path(index: int, ending: str) -> str:
    """Relative path of an image."""
    return f"images/{index:05d}.{ending}"


def label_path(index: int) -> str:
    """Relative path of an image's truth."""
    return f"labels/{index:05d}.json"


def mask_path(index: int, called: str) -> str:
    """Relative path of one mask of an image; `called` as `file_names` has it."""
    return f"masks/{index:05d}/{called}.png"


def file_names(items: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(kind, name) -> a file name without ending that every system takes, and no two alike.

    A plain name stays as it is. What has other letters, is too long, reserved by Windows or told
    apart from another by its case alone gets a digest of the name behind what can be kept of it.
    """
    slugs = {item: _slug(item[1]) for item in items}
    times = Counter(slug.casefold() for slug in slugs.values())
    return {
        (kind, name): slug
        if slug == name and times[slug.casefold()] == 1 and not DIGESTED.search(slug)
        else f"{slug}-{hashlib.sha256(f'{kind}:{name}'.encode()).hexdigest()[:DIGEST]}"
        for (kind, name), slug in slugs.items()
    }


def _slug(name: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")[:LONGEST].strip("._")
    return "unnamed" if not slug or slug.split(".")[0].lower() in RESERVED else slug
