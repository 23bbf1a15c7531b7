"""Edits of what has a name: tools, views and structures, with all that refers to them.

The plan of a series names them. Here both change in one step, so one undo brings both back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from synthex_gui.scene.model import SavedView, Scene, Tool
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.study import Study, tool_of

Kept = TypeVar("Kept")


def rename_tool(scene: Scene, name: str, wanted: str) -> Scene:
    """Another name for a tool, in the plan's factors too; KeyError when the scene has none.

    ValidationError when another tool has the name, or it is empty or longer than 100 characters.
    """
    _tool(scene, name)
    return scene.evolve(
        tools=tuple(_named(tool, name, wanted) for tool in scene.tools),
        plan=_with_tools(scene, {name: wanted}),
    )


def remove_tool(scene: Scene, name: str) -> Scene:
    """A tool and its factors gone; KeyError when the scene has none of that name."""
    _tool(scene, name)
    return scene.evolve(
        tools=tuple(tool for tool in scene.tools if tool.name != name),
        plan=_with_tools(scene, {name: None}),
    )


def add_view(scene: Scene, view: SavedView) -> Scene:
    """A saved view added, its name made free."""
    name = free_name(view.name, [item.name for item in scene.views])
    return scene.evolve(views=(*scene.views, view.evolve(name=name)))


def rename_view(scene: Scene, name: str, wanted: str) -> Scene:
    """Another name for a saved view, in the plan too; errors as `rename_tool`."""
    _view(scene, name)
    return scene.evolve(
        views=tuple(_named(view, name, wanted) for view in scene.views),
        plan=_with_views(scene, name, (wanted,)),
    )


def remove_view(scene: Scene, name: str) -> Scene:
    """A saved view gone, from the plan too; KeyError when the scene has none of that name."""
    _view(scene, name)
    return scene.evolve(
        views=tuple(view for view in scene.views if view.name != name),
        plan=_with_views(scene, name, ()),
    )


def keep_structures(scene: Scene, names: Sequence[str]) -> Scene:
    """Another label map has these structures: what names one that is gone forgets it.

    That is what is outlined, what a structure is made of, and the plan's choice of masks, which
    becomes the usual one when nothing of it is left.
    """
    fills = tuple(fill for fill in scene.matter.fills if fill.structure in names)
    shown = tuple(name for name in scene.shown_structures if name in names)
    plan = scene.plan
    # An empty choice is one too: no masks of structures.
    if plan is not None and plan.structures:
        kept = tuple(name for name in plan.structures if name in names)
        plan = plan.evolve(structures=kept or None)
    return scene.evolve(shown_structures=shown, matter=scene.matter.evolve(fills=fills), plan=plan)


def free_name(wanted: str, taken: Sequence[str]) -> str:
    """The name itself, else with -2, -3 ... behind it."""
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted}-{number}" in taken:
        number += 1
    return f"{wanted}-{number}"


def numbered_name(kind: str, taken: Sequence[str]) -> str:
    """``kind-1``, or the first number that is free: for what has no name of its own."""
    number = 1
    while f"{kind}-{number}" in taken:
        number += 1
    return f"{kind}-{number}"


def _tool(scene: Scene, name: str) -> Tool:
    return {tool.name: tool for tool in scene.tools}[name]


def _view(scene: Scene, name: str) -> SavedView:
    return {view.name: view for view in scene.views}[name]


def _named(item: Any, name: str, wanted: str) -> Any:
    return item.evolve(name=wanted) if item.name == name else item


def _with_tools(scene: Scene, change: dict[str, str | None]) -> SeriesPlan | None:
    """The plan with factors under other names; None as a name takes them out."""
    plan = scene.plan
    # The same object where nothing changes: views compare by identity.
    if plan is None:
        return plan
    if plan.study is not None:
        plan = plan.evolve(study=_with_factors(plan.study, change))
    if not change.keys() & plan.tools.keys():
        return plan
    renamed = [(change.get(name, name), axes) for name, axes in plan.tools.items()]
    return plan.evolve(tools={name: axes for name, axes in renamed if name is not None})


def _with_factors(study: Study, change: dict[str, str | None]) -> Study:
    if not any((pair := tool_of(name)) is not None and pair[0] in change for name in study.factors):
        return study
    return study.evolve(
        factors=_of_tools(study.factors, change), steps=_of_tools(study.steps, change)
    )


def _of_tools(values: Mapping[str, Kept], change: dict[str, str | None]) -> dict[str, Kept]:
    """What is kept by ``tool.NAME.PARAMETER``, under the tools' other names."""
    found = {}
    for name, value in values.items():
        pair = tool_of(name)
        tool = None if pair is None else change.get(pair[0], pair[0])
        if pair is None:
            found[name] = value
        elif tool is not None:
            found[f"tool.{tool}.{pair[1]}"] = value
    return found


def _with_views(scene: Scene, name: str, instead: tuple[str, ...]) -> SeriesPlan | None:
    plan = scene.plan
    if plan is None or name not in plan.view_names:
        return plan
    kept = [instead if item == name else (item,) for item in plan.view_names]
    return plan.evolve(view_names=tuple(item for part in kept for item in part))
