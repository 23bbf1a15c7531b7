"""The label table of the phantom: the hip protocol's structures first."""

from __future__ import annotations

from synthex_gui.geometry.arrays import Label
from synthex_gui.phantom.tables.spine import LEVELS

_RIB_COLORS = ("#d9c8a0", "#cdb98c")


def _table() -> tuple[Label, ...]:
    # Ids stand in files that are about: what is new is added at the end.
    rows: list[tuple[str, str, str]] = [
        ("hemipelvis-left", "#e0723c", ""),
        ("hemipelvis-right", "#f2b134", ""),
        ("upper-sacrum", "#8f6bd1", ""),
        ("femur-left", "#3a9bdc", ""),
        ("femur-right", "#43b89c", ""),
        ("lower-sacrum", "#b79be3", ""),
    ]
    rows += [
        (name, ("#d4526e", "#e07b91")[n % 2], "vertebrae") for n, name in enumerate(LEVELS[:17])
    ]
    for side in ("left", "right"):
        rows += [(f"rib-{side}-{n}", _RIB_COLORS[n % 2], "ribs") for n in range(1, 13)]
    rows += [
        ("sternum", "#c8a96a", ""),
        ("costal-cartilage", "#9fb7c4", ""),
        ("clavicle-left", "#b98d4f", "clavicles"),
        ("clavicle-right", "#b98d4f", "clavicles"),
        ("scapula-left", "#a87c4a", "scapulae"),
        ("scapula-right", "#a87c4a", "scapulae"),
        ("intervertebral-discs", "#7fb0a8", ""),
        ("pubic-symphysis", "#7fb0a8", ""),
        ("lung-left", "#8ec5e8", "lungs"),
        ("lung-right", "#7ab3d9", "lungs"),
        ("lung-vessels", "#c0504d", ""),
        ("airways", "#bfe3ef", ""),
        ("heart", "#b03a48", ""),
        ("aorta", "#d0312d", ""),
        ("vena-cava", "#4a63b8", ""),
        ("liver", "#8c4a3c", ""),
        ("spleen", "#7d3c5c", ""),
        ("stomach", "#b98a7a", ""),
        ("kidney-left", "#9c5a4b", "kidneys"),
        ("kidney-right", "#9c5a4b", "kidneys"),
        ("bladder", "#d8c35a", ""),
        ("reproductive-organ", "#c58fa6", ""),
        ("small-bowel", "#c9a58b", ""),
        ("colon", "#a98467", ""),
        ("bowel-gas", "#6f7d8c", ""),
        ("humerus-left", "#c49a5a", "humeri"),
        ("humerus-right", "#c49a5a", "humeri"),
    ]
    rows += [
        (name, ("#e07b91", "#d4526e")[n % 2], "vertebrae") for n, name in enumerate(LEVELS[17:])
    ]
    rows += [
        ("ground-glass", "#d9a441", "lung-lesions"),
        ("consolidation", "#b5651d", "lung-lesions"),
    ]
    return tuple(Label(n + 1, name, color, group) for n, (name, color, group) in enumerate(rows))


TABLE = _table()
ID = {label.name: label.id for label in TABLE}
