"""The tools there are, with what a form needs to offer them and a scene to place them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from synthex_gui.geometry.arrays import Mesh
from synthex_gui.geometry.transforms import Vector
from synthex_gui.tools import continuum, drill, hip, pedicle_screw, plate, screws, wires
from synthex_gui.tools.parameters import Parameter, ToolError, resolved

Points = dict[str, Vector]


@dataclass(frozen=True)
class ToolKind:
    """A tool that can be built: `material` by its name in a scene, `axes` where its frame lies.

    `build` takes the parameters by name; `points` gives named positions (3,) mm in the tool frame
    for the same parameters, "tip" and "tail" among them.
    """

    id: str
    title: str
    material: str
    parameters: tuple[Parameter, ...]
    axes: str
    build: Callable[..., Mesh]
    points: Callable[[Mapping[str, float]], Points]


def build_tool(kind_id: str, parameters: Mapping[str, Any] | None = None) -> Mesh:
    """The closed mesh of a tool in its own frame, mm.

    Parameters not given take their defaults. Raises ToolError for an unknown tool or parameter, a
    value out of range, or values that do not fit together. The same request returns the same mesh.
    """
    kind = tool_kind(kind_id)
    values = resolved(kind.title, kind.parameters, parameters or {})
    return _built(kind_id, tuple(values.items()))


def tool_points(kind_id: str, parameters: Mapping[str, Any] | None = None) -> Points:
    """Named points (3,) mm of a tool in its own frame; raises ToolError as `build_tool` does."""
    kind = tool_kind(kind_id)
    return kind.points(resolved(kind.title, kind.parameters, parameters or {}))


def tool_kind(kind_id: str) -> ToolKind:
    """The kind of that id; ToolError naming those there are."""
    if kind_id not in CATALOGUE:
        raise ToolError(f"no tool is called {kind_id!r}; there are {', '.join(CATALOGUE)}")
    return CATALOGUE[kind_id]


@lru_cache(maxsize=64)
def _built(kind_id: str, values: tuple[tuple[str, float], ...]) -> Mesh:
    mesh = CATALOGUE[kind_id].build(**dict(values))
    # One mesh serves everybody who asks for it.
    mesh.vertices.setflags(write=False)
    mesh.triangles.setflags(write=False)
    return mesh


def on_axis(**heights: str | float) -> Callable[[Mapping[str, float]], Points]:
    """Points on the z axis: a parameter's name or a number for each."""

    def points(values: Mapping[str, float]) -> Points:
        return {
            name: np.array([0.0, 0.0, values[at] if isinstance(at, str) else at])
            for name, at in heights.items()
        }

    return points


def _pedicle_points(values: Mapping[str, float]) -> Points:
    height = pedicle_screw.ball_centre_mm(
        values["length_mm"], values["core_diameter_mm"], values["tulip_diameter_mm"]
    )
    return {"tip": np.zeros(3), "tail": np.array([0.0, 0.0, height])}


def _stem_points(values: Mapping[str, float]) -> Points:
    centre = hip.head_centre_mm(values["stem_mm"], values["offset_mm"], values["ccd_deg"])
    return {"tip": np.zeros(3), "tail": np.array([0.0, 0.0, values["stem_mm"]]), "head": centre}


def _cup_points(values: Mapping[str, float]) -> Points:
    centre = np.array([0.0, 0.0, values["outer_diameter_mm"] / 2])
    return {"tip": np.zeros(3), "tail": centre, "centre": centre}


def _plate_points(values: Mapping[str, float]) -> Points:
    length = values["spacing_mm"] * (values["holes"] - 1) + 2 * values["end_mm"]
    result = {"tip": np.zeros(3), "tail": np.array([0.0, 0.0, length])}
    for index in range(int(values["holes"])):
        height = values["end_mm"] + values["spacing_mm"] * index
        result[f"hole-{index + 1}"] = np.array([0.0, values["thickness_mm"], height])
    return result


def _continuum_points(values: Mapping[str, float]) -> Points:
    bends = [values[f"bend_{n}_deg"] for n in range(1, continuum.CONTROL_POINTS + 1)]
    return {
        "tip": continuum.tip_mm(bends),
        "base": np.array([0.0, 0.0, continuum.BEND_MM]),
        "tail": np.array([0.0, 0.0, continuum.BEND_MM + values["shaft_mm"]]),
    }


TIP_TO_TAIL = "tip at the origin, +z to the tail"
CATALOGUE: Mapping[str, ToolKind] = {
    kind.id: kind
    for kind in (
        ToolKind(
            "k-wire",
            "Kirschner wire",
            "316L",
            wires.K_WIRE,
            TIP_TO_TAIL,
            wires.k_wire,
            on_axis(tip=0.0, tail="length_mm"),
        ),
        ToolKind(
            "cannulated-screw",
            "Cannulated screw",
            "Ti6Al4V",
            screws.CANNULATED_SCREW,
            "tip at the origin, +z to the head",
            screws.cannulated_screw,
            on_axis(tip=0.0, tail="length_mm"),
        ),
        ToolKind(
            "pedicle-screw",
            "Pedicle screw",
            "Ti6Al4V",
            pedicle_screw.PEDICLE_SCREW,
            "tip at the origin, +z to the tulip, rod along x",
            pedicle_screw.pedicle_screw,
            _pedicle_points,
        ),
        ToolKind(
            "drill-bit",
            "Drill bit",
            "316L",
            drill.DRILL_BIT,
            TIP_TO_TAIL,
            drill.drill_bit,
            on_axis(tip=0.0, tail="length_mm"),
        ),
        ToolKind(
            "hip-stem",
            "Hip stem with head",
            "CoCr",
            hip.HIP_STEM,
            "distal tip at the origin, +z up the stem, +x medial",
            hip.hip_stem,
            _stem_points,
        ),
        ToolKind(
            "acetabular-cup",
            "Acetabular cup",
            "Ti6Al4V",
            hip.CUP,
            "pole at the origin, +z to the opening",
            hip.acetabular_cup,
            _cup_points,
        ),
        ToolKind(
            "bone-plate",
            "Bone plate",
            "Ti6Al4V",
            plate.BONE_PLATE,
            "one end at the origin, +z along the plate, +y its outer face, bone at y = 0",
            plate.bone_plate,
            _plate_points,
        ),
        ToolKind(
            "ball-marker",
            "Ball marker",
            "tantalum",
            wires.BALL,
            "centre at the origin",
            wires.ball_marker,
            on_axis(tip=0.0, tail=0.0),
        ),
        ToolKind(
            "continuum-manipulator",
            "Continuum manipulator",
            "nitinol",
            continuum.CONTINUUM,
            "straight tip at the origin, +z to the base, bends towards +x; the base stays",
            continuum.continuum_manipulator,
            _continuum_points,
        ),
    )
}
