"""Which planes belong together: copies, phases in one series, a series for every slice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from synthex_gui.io.volumes.dicom.planes import SliceHeader
from synthex_gui.io.volumes.dicom.values import text_of, words_of

# Direction cosines that differ by less are one orientation: 0.1 degrees.
SAME_TURN = 2e-3
SAME_PLACE_MM = 1e-3
# Fewer slices with a series of their own each are what they say: single images.
LEAST_SLICES = 3
# What tells the images at one position apart, in the order in which it is believed, and how a
# person reads it.
PHASES: tuple[tuple[str, str], ...] = (
    ("AcquisitionNumber", "acquisition"),
    ("TemporalPositionIdentifier", "time point"),
    ("TemporalPositionIndex", "time point"),
    ("NominalPercentageOfCardiacPhase", "cardiac phase %"),
    ("NominalCardiacTriggerDelayTime", "trigger delay"),
    ("TriggerTime", "trigger time"),
    ("KVP", "kVp"),
    ("ConvolutionKernel", "kernel"),
    ("ImageType", "type"),
    ("AcquisitionTime", "acquired at"),
    ("ContentTime", "taken at"),
)


@dataclass
class Group:
    """Planes that may be one volume; `phases` what PHASES says of each."""

    uid: str
    path: Path
    first: Any
    planes: list[SliceHeader] = field(default_factory=list)
    phases: list[tuple[str, ...]] = field(default_factory=list)
    part: str = ""
    remarks: tuple[str, ...] = ()

    def add(self, planes: Iterable[SliceHeader], header: Any) -> None:
        """Take the planes of a file."""
        phase = tuple(_phase(header, name) for name, _ in PHASES)
        for plane in planes:
            self.planes.append(plane)
            self.phases.append(phase)


def turned_alike(one: SliceHeader | None, other: SliceHeader | None) -> bool:
    """True for planes of one orientation, written with however many digits."""
    if one is None or other is None or one.orientation is None or other.orientation is None:
        return (one and one.orientation) == (other and other.orientation)
    return bool(np.abs(np.subtract(one.orientation, other.orientation)).max() < SAME_TURN)


def without_copies(group: Group) -> Group:
    """Images that are there twice, as in a folder that was copied into itself, count once."""
    kept: dict[str, int] = {}
    chosen = [
        n
        for n, plane in enumerate(group.planes)
        if not plane.instance or kept.setdefault(plane.instance, n) == n
    ]
    copies = len(group.planes) - len(chosen)
    if not copies:
        return group
    said = f"{copies} files are copies of others (same image number); each image counts once"
    return _part(group, chosen, group.part, (*group.remarks, said))


def by_phase(group: Group) -> list[Group]:
    """The group, or its parts where several images lie at one position and something tells them
    apart: two acquisitions, phases of a heart, kernels.
    """
    if _is_single(group.planes):
        return [group]
    for column, (_, title) in enumerate(PHASES):
        members: dict[str, list[int]] = defaultdict(list)
        for n, phase in enumerate(group.phases):
            members[phase[column]].append(n)
        parts = [[group.planes[n] for n in chosen] for chosen in members.values()]
        if len(members) > 1 and all(len(part) > 1 and _is_single(part) for part in parts):
            return [
                _part(group, chosen, f"{title} {key or '?'}", group.remarks)
                for key, chosen in sorted(members.items())
            ]
    return [group]


def joined(groups: Sequence[Group], identity: Callable[[Group], Hashable]) -> list[Group]:
    """Single slices that were each given a series of their own, as one series; those of one
    `identity` and orientation may belong together.
    """
    alone: dict[Hashable, list[Group]] = defaultdict(list)
    for group in groups:
        if len(group.planes) == 1 and group.planes[0].position is not None:
            alone[group.path.parent, identity(group)].append(group)
    result, gone = [], set()
    for singles in alone.values():
        members = [one for one in singles if turned_alike(singles[0].planes[0], one.planes[0])]
        if len(members) < LEAST_SLICES or not _is_single([one.planes[0] for one in members]):
            continue
        said = "every slice has a series of its own; they were put together by where they lie"
        whole = Group(members[0].uid, members[0].path, members[0].first, remarks=(said,))
        for member in members:
            whole.planes += member.planes
            whole.phases += member.phases
            gone.add(id(member))
        result.append(whole)
    return [*result, *(group for group in groups if id(group) not in gone)]


def _is_single(planes: Sequence[SliceHeader]) -> bool:
    """True when no two planes lie at one place."""
    places = [plane.position for plane in planes]
    if any(place is None for place in places):
        return True
    rounded = {tuple(np.rint(np.array(place) / SAME_PLACE_MM).tolist()) for place in places}
    return len(rounded) == len(planes)


def _part(group: Group, chosen: Sequence[int], part: str, remarks: tuple[str, ...]) -> Group:
    return Group(
        group.uid,
        group.path,
        group.first,
        [group.planes[n] for n in chosen],
        [group.phases[n] for n in chosen],
        part,
        remarks,
    )


def _phase(header: Any, name: str) -> str:
    return "/".join(words_of(header, name)) if name == "ImageType" else text_of(header, name)
