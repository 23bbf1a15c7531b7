"""Project files of older formats, turned into today's before they are validated.

A migration takes the whole JSON object of one version and returns that of the next, with a line
for each thing that a person should hear about. What is not shaped as it should be is left alone:
validation says what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from synthex_gui.scene.devices import devices
from synthex_gui.scene.naming import numbered_name

Json = dict[str, Any]
Migration = Callable[[Json], tuple[Json, list[str]]]

CAMERA_KEYS = ("K", "R", "t", "width", "height", "sdd_mm", "source_isocentre_mm")
DEFAULT_DEVICE = "cios-fusion"


def from_1(document: Json) -> tuple[Json, list[str]]:
    """Version 2: free cameras are complete, the plan names only what the scene has, and a mesh
    tool is not called after its file.
    """
    scene = document.get("scene")
    notes: list[str] = []
    if isinstance(scene, dict):
        for carm in _carms(scene):
            _complete_camera(carm)
        notes += _unname_meshes(scene)
        notes += _prune_plan(scene)
    return document | {"version": 2}, notes


def from_2(document: Json) -> tuple[Json, list[str]]:
    """Version 3: a plan may be an experiment; without one it is what it was."""
    return document | {"version": 3}, []


def _carms(scene: Json) -> Iterator[Json]:
    views = [view.get("carm") for view in _dicts(scene.get("views"))]
    yield from _dicts([scene.get("carm"), *views])


def _complete_camera(carm: Json) -> None:
    """Version 1 took any object: the camera of an exported image, or one without a distance."""
    camera = carm.get("free_camera")
    if not isinstance(camera, dict):
        return
    kept = {key: camera[key] for key in CAMERA_KEYS if key in camera}
    device = devices().get(str(carm.get("device", DEFAULT_DEVICE)))
    if not kept.get("sdd_mm") and device is not None:
        kept["sdd_mm"] = device.home.sdd_mm
    carm["free_camera"] = kept


def _unname_meshes(scene: Json) -> list[str]:
    """Version 1 called a mesh tool by its file's stem, which may be a patient's name and went into
    every export.
    """
    tools = list(_dicts(scene.get("tools")))
    taken = [str(tool.get("name")) for tool in tools]
    notes = []
    for tool in tools:
        source, name = tool.get("source"), str(tool.get("name"))
        if not isinstance(source, dict) or source.get("kind") != "mesh":
            continue
        # Paths in a project have slashes on every system.
        stem = PurePosixPath(str(source.get("path"))).stem[:100]
        if not re.fullmatch(rf"{re.escape(stem)}(-\d+)?", name):
            continue
        tool["name"] = wanted = numbered_name("mesh", taken)
        taken.append(wanted)
        plan = scene.get("plan")
        # With the tool, before the plan is pruned of what has no tool.
        factors = plan.get("tools") if isinstance(plan, dict) else None
        if isinstance(factors, dict) and name in factors:
            factors[wanted] = factors.pop(name)
        notes.append(f"the tool {name!r} is now called {wanted!r}: its name was that of its file")
    return notes


def _prune_plan(scene: Json) -> list[str]:
    """Version 1 left a tool's factors in the plan when it was renamed or removed."""
    plan = scene.get("plan")
    if not isinstance(plan, dict):
        return []
    tools = [tool.get("name") for tool in _dicts(scene.get("tools"))]
    views = [view.get("name") for view in _dicts(scene.get("views"))]
    notes = []
    factors, named = plan.get("tools"), plan.get("view_names")
    if isinstance(factors, dict):
        stale = [name for name in factors if name not in tools]
        plan["tools"] = {name: axes for name, axes in factors.items() if name in tools}
        notes += [f"the plan's factors of {name!r} are left out: no such tool" for name in stale]
    if isinstance(named, list):
        stale = [name for name in named if name not in views]
        plan["view_names"] = [name for name in named if name in views]
        notes += [f"the plan's view {name!r} is left out: it is not saved" for name in stale]
    return notes


def _dicts(items: Any) -> Iterator[Json]:
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict):
            yield item


# version -> what turns a document of that version into the next one.
MIGRATIONS: dict[int, Migration] = {1: from_1, 2: from_2}
VERSION = max(MIGRATIONS) + 1
