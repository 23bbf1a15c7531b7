"""A project file whose every name is known: what the document alone cannot check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from synthex_gui.core.errors import SynthexError
from synthex_gui.phantom import PhantomParameters
from synthex_gui.physics.beam.spectra import spectrum
from synthex_gui.physics.matter.fields import fields_of
from synthex_gui.physics.matter.materials import material
from synthex_gui.scene.beam import Matter
from synthex_gui.scene.cases import Case, PhantomCases
from synthex_gui.scene.model import Scene, Tool
from synthex_gui.scene.project import ProjectError, named_sources, read_project
from synthex_gui.scene.sources import BuiltInTool, PhantomSource
from synthex_gui.tools.catalogue import tool_kind
from synthex_gui.tools.parameters import resolved


def open_project(
    path: Path, say: Callable[[str], None] | None = None
) -> tuple[Scene, dict[str, Any]]:
    """`scene.project.read_project`, and what names something of the product is looked up.

    Raises ProjectError, naming the file, for an unknown built-in tool, tool parameter, material or
    filter too: a panel or the first image would raise later, where nobody looks for the file.
    """
    # The document's room stands below those of tools and physics, so they are asked from here.
    scene, view = read_project(path, say)
    for tool in scene.tools:
        _checked(path, f"tool {tool.name!r}", _known_tool, tool)
    for what, part in named_sources(scene):
        if isinstance(part, PhantomSource):
            _checked(path, what, PhantomParameters.checked, dict(part.parameters))
    study = None if scene.plan is None else scene.plan.study
    for case in () if study is None else study.cases:
        _checked(path, "a case of the plan", _known_case, scene.matter, case)
    beam = scene.beam
    _checked(path, "matter", fields_of, scene.matter)
    _checked(path, "beam", spectrum, beam.kvp, beam.filtration_mm, beam.anode_deg)
    return scene, view


def _known_tool(tool: Tool) -> None:
    material(tool.material)
    if isinstance(tool.source, BuiltInTool):
        kind = tool_kind(tool.source.tool)
        resolved(kind.title, kind.parameters, tool.source.parameters)


def _known_case(matter: Matter, case: Case | PhantomCases) -> None:
    if isinstance(case, PhantomCases):
        # The last of them has the largest seed.
        seed = case.first_seed + case.count - 1
        PhantomParameters.checked({**case.parameters, "seed": seed})
    else:
        fields_of(matter.evolve(fills=(*matter.fills, *case.fills)))


def _checked(path: Path, what: str, look: Callable[..., Any], *arguments: Any) -> None:
    try:
        look(*arguments)
    except SynthexError as error:
        raise ProjectError(f"{path}: {what}: {error}") from error
