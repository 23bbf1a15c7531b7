"""Other programs' names for what the hip studies call by its own: TotalSegmentator's.

Source of its names: Wasserthal et al. 2023, doi 10.1148/ryai.230024, class table of the task
"total".
"""

from __future__ import annotations

import re
from dataclasses import replace

from synthex_gui.geometry.arrays import Label, LabelMap

# Ours <- theirs. Its sacrum has no upper and lower part; S1 is the upper part's own.
GROUPS = (
    ("hemipelvis-left", re.compile(r"hip_left")),
    ("hemipelvis-right", re.compile(r"hip_right")),
    ("femur-left", re.compile(r"femur_left")),
    ("femur-right", re.compile(r"femur_right")),
    ("upper-sacrum", re.compile(r"sacrum|vertebrae_S1")),
    ("vertebrae", re.compile(r"vertebrae_[CTL]\d+")),
)


def with_groups(labels: LabelMap) -> LabelMap:
    """The label map with a group of our name for each structure of theirs.

    A name of ours that is there already, or a group that the table gives, stays what it is.
    """
    taken = set(labels.names())
    table = tuple(_grouped(label, taken) for label in labels.table)
    return labels if table == labels.table else replace(labels, table=table)


def _grouped(label: Label, taken: set[str]) -> Label:
    if label.group:
        return label
    for ours, theirs in GROUPS:
        if ours not in taken and theirs.fullmatch(label.name):
            return replace(label, group=ours)
    return label
