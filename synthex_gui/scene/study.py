"""What makes a series an experiment: people, factors, the point they turn about, the design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from synthex_gui.scene.beam import Beam, Collimator, TableTop
from synthex_gui.scene.cases import Case, Cases
from synthex_gui.scene.detector import AntiScatterGrid, Detector, Processing
from synthex_gui.scene.distributions import Distribution, Fixed, Listed, Uniform
from synthex_gui.scene.frozen import Frozen, FrozenMap, MapOf

Level = Literal["naive", "heuristic", "realistic"]
LEVELS: tuple[Level, ...] = ("naive", "heuristic", "realistic")
POSE_FACTORS = (
    *(f"patient.{axis}" for axis in ("rx_deg", "ry_deg", "rz_deg", "x_mm", "y_mm", "z_mm")),
    *(f"view.{angle}" for angle in ("primary_deg", "secondary_deg", "rotation_deg")),
    "source_isocentre_mm",
)
SHEAR_FACTORS = ("shear_deg", "shear_axis")
TOOL_AXES = ("x_mm", "y_mm", "z_mm", "rx_deg", "ry_deg", "rz_deg")
SHEAR_AXES = ("xy", "xz", "yx", "yz", "zx", "zy")
# Parts of the scene whose numbers and words vary by name: `beam.kvp`, `beam.filtration_mm.Cu`.
NODES: Mapping[str, type[Frozen]] = {
    "beam": Beam,
    "collimator": Collimator,
    "table": TableTop,
    "grid": AntiScatterGrid,
    "detector": Detector,
    "processing": Processing,
}


class Anchor(Frozen):
    """The point that stands on the central ray and that the patient turns about.

    ``landmark`` one of `names`, ``midpoint`` of two or more landmarks, ``structure`` the
    centroid of the named structures, ``aim`` the scene's aim point, ``ct`` the middle of the CT.
    """

    kind: Literal["landmark", "midpoint", "structure", "aim", "ct"] = "ct"
    names: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _named(self) -> Anchor:
        least, most = {"landmark": (1, 1), "midpoint": (2, 99), "structure": (1, 99)}.get(
            self.kind, (0, 0)
        )
        if not least <= len(self.names) <= most:
            raise ValueError(f"an anchor of kind {self.kind} has {least} to {most} names")
        return self


class Study(Frozen):
    """An experiment beyond one scene's own spread.

    `cases` empty: the scene's own CT. `factors` by name: `POSE_FACTORS`, which make every image's
    camera a free one about the `anchor`; `SHEAR_FACTORS`; ``tool.x_mm`` to ``tool.rz_deg``, the
    first tool's base at the anchor, moved and turned in the frame of the camera (x to the patient's
    right in AP, y to the feet, z to the detector); ``tool.NAME.PARAMETER``; ``NODE.FIELD`` of
    `NODES`. `levels` empty: the scene's own; with several each pose is made at each. `steps`: how
    many values a grid takes of a factor. `border_px` of the detector's own pixels are left out at
    each side of the field. `template`: the one that it was made from.
    """

    cases: tuple[Cases, ...] = ()
    anchor: Anchor = Anchor()
    factors: MapOf[str, Distribution] = FrozenMap()
    design: Literal["random", "grid", "sobol", "latin-hypercube"] = "random"
    steps: MapOf[str, int] = FrozenMap()
    levels: tuple[Level, ...] = ()
    border_px: int = Field(default=0, ge=0, le=2000)
    template: str = ""

    @model_validator(mode="after")
    def _fits_together(self) -> Study:
        names = [case.name for case in self.cases if isinstance(case, Case)]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"cases with the same name: {', '.join(doubled)}")
        if len(set(self.levels)) != len(self.levels):
            raise ValueError("a level is named twice")
        unknown = [name for name in self.factors if not is_factor(name)]
        if unknown:
            raise ValueError(f"there is no factor called {', '.join(unknown)}")
        if self.design == "grid":
            for name, spread in self.factors.items():
                self._grid_steps(name, spread)
        stray = sorted(set(self.steps) - set(self.factors))
        if stray:
            raise ValueError(f"steps are given for {', '.join(stray)}, which does not vary")
        return self

    @property
    def is_free(self) -> bool:
        """True when a factor places the camera freely, whatever the device's joints allow."""
        return any(name in POSE_FACTORS for name in self.factors)

    def grid_steps(self) -> dict[str, int]:
        """How many values a grid takes of each factor, in the factors' sorted order."""
        return {name: self._grid_steps(name, self.factors[name]) for name in sorted(self.factors)}

    def _grid_steps(self, name: str, spread: Distribution) -> int:
        if isinstance(spread, Fixed):
            return 1
        if isinstance(spread, Listed):
            return len(spread.values)
        steps = self.steps.get(name)
        if steps is None or not 1 <= steps <= 100_000:
            raise ValueError(f"a grid needs steps of {name}, 1 to 100000")
        if not isinstance(spread, Uniform):
            raise ValueError(f"a grid takes {name} as uniform, listed or fixed")
        return steps


def is_factor(name: str) -> bool:
    """True for a name that some factor can have; whether a scene has such a tool is the scene's."""
    if name in (*POSE_FACTORS, *SHEAR_FACTORS):
        return True
    head, _, rest = name.partition(".")
    if head == "tool":
        return rest in TOOL_AXES or "." in rest
    field = rest.partition(".")[0]
    return head in NODES and field in NODES[head].model_fields


def tool_of(name: str) -> tuple[str, str] | None:
    """(tool, parameter) that a factor ``tool.NAME.PARAMETER`` means; None for another factor."""
    if not name.startswith("tool.") or name.count(".") < 2:
        return None
    # A tool's own name may have points.
    # The parameter's own name has none.
    tool, _, parameter = name.removeprefix("tool.").rpartition(".")
    return tool, parameter
