"""A plan to poses: which scene each image of a series shows, and the values drawn for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from synthex_gui.experiment.cases import case_number, cases_of
from synthex_gui.experiment.draws import draw_factors, grid_count
from synthex_gui.experiment.errors import PlanError
from synthex_gui.experiment.factors import (
    shear_of,
    with_nodes,
    with_shear,
    with_tool_parameters,
    with_tool_placed,
)
from synthex_gui.experiment.posing import anchor_mm, free_camera
from synthex_gui.geometry.device import joint_label
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.scene.assets import SceneAssets, default_aim_mm
from synthex_gui.scene.cases import Case
from synthex_gui.scene.distributions import Normal, Spread, Value
from synthex_gui.scene.edits import carm_device, move_joints, replace_tool
from synthex_gui.scene.frozen import as_pose
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.study import TOOL_AXES, Level

# A second word keeps the poses' stream apart from the image's noise, keyed by (image,) alone.
POSE_STREAM = 1
REDRAWS = 1000


@dataclass(frozen=True)
class Row:
    """Image `number` of a series before anything is placed: pose `index` at a level, of a case
    (None: the scene's own CT), with the raw value of every factor.
    """

    number: int
    index: int
    level: Level
    case: Case | None
    values: dict[str, Value] = field(default_factory=dict)

    @property
    def case_name(self) -> str:
        """As it stands in tables; empty without cases."""
        return "" if self.case is None else self.case.name


@dataclass(frozen=True)
class Sample:
    """Image `number` of a series: its scene, and every value drawn for it by name.

    `index` is its pose's, which images of several levels share; `shear` (4, 4) is what its CT and
    labels are moved by in the world.
    """

    number: int
    scene: Scene
    values: dict[str, Value] = field(default_factory=dict)
    index: int = 0
    case_name: str = ""
    split: str = ""
    shear: Matrix | None = None


def pose_count(scene: Scene, plan: SeriesPlan) -> int:
    """How many poses a plan gives."""
    if plan.source == "current":
        return 1
    if plan.source == "views":
        return len(_views(scene, plan))
    if plan.study is not None and plan.study.design == "grid":
        return grid_count(plan.study)
    return plan.count


def levels_of(scene: Scene, plan: SeriesPlan) -> tuple[Level, ...]:
    """The levels that each pose is made at."""
    return (plan.study.levels if plan.study is not None else ()) or (scene.level,)


def sample_count(scene: Scene, plan: SeriesPlan) -> int:
    """How many images a plan gives: poses times levels."""
    return pose_count(scene, plan) * len(levels_of(scene, plan))


def row(scene: Scene, plan: SeriesPlan, number: int) -> Row:
    """Image `number` as it is planned; the levels of a pose follow each other.

    Nothing is read: tables of any length are made of these.
    """
    levels = levels_of(scene, plan)
    index, which = divmod(number, len(levels))
    study = plan.study
    if study is None or plan.source != "sampled":
        return Row(number, index, levels[which], None)
    cases = cases_of(study)
    case = cases[case_number(cases, index)] if cases else None
    values = draw_factors(study, plan.seed, pose_count(scene, plan), index)
    return Row(number, index, levels[which], case, values)


def sample(
    scene: Scene, plan: SeriesPlan, number: int, assets: SceneAssets | None = None
) -> Sample:
    """Image `number`: it depends on the scene, the plan and the number alone.

    With cases `scene` is that of the row's case and `assets` its arrays, which an anchor on a
    structure or the CT and a shear need too. Raises PlanError for a view or tool the scene lacks,
    or limits no draw can meet.
    """
    planned = row(scene, plan, number)
    scene = scene.evolve(level=planned.level)
    if plan.source == "current":
        return Sample(number, scene, index=planned.index)
    if plan.source == "views":
        view = _views(scene, plan)[planned.index]
        return Sample(number, scene.evolve(carm=view.carm), index=planned.index)
    posed, shear = _with_factors(scene, plan, planned.values, assets or SceneAssets())
    posed, offsets = with_offsets(posed, plan, planned.index)
    split = "" if planned.case is None else planned.case.split
    values = {**planned.values, **offsets}
    return Sample(number, posed, values, planned.index, planned.case_name, split, shear)


def with_offsets(scene: Scene, plan: SeriesPlan, index: int) -> tuple[Scene, dict[str, Value]]:
    """The scene with the joints and tools of pose `index`, and what was drawn for them."""
    sequence = np.random.SeedSequence(plan.seed, spawn_key=(index, POSE_STREAM))
    rng = np.random.Generator(np.random.PCG64(sequence))
    values: dict[str, Value] = {}
    scene = _sample_joints(scene, plan, rng, values)
    # Sorted, so that the order in which factors were made does not change what is drawn.
    for name in sorted(plan.tools):
        scene = _sample_tool(scene, name, plan, rng, values)
    return scene, values


def _with_factors(
    scene: Scene, plan: SeriesPlan, values: Mapping[str, Value], assets: SceneAssets
) -> tuple[Scene, Matrix | None]:
    study = plan.study
    if study is None:
        return scene, None
    shear = shear_of(values, default_aim_mm(scene, assets))
    if shear is not None:
        scene = with_shear(scene, shear)
    scene = with_nodes(with_tool_parameters(scene, values), values)
    if study.is_free or any(name.startswith("tool.") for name in values):
        at_mm = anchor_mm(scene, study.anchor, assets)
        if study.is_free:
            free = free_camera(scene.carm, study, values, at_mm)
            scene = scene.evolve(carm=scene.carm.evolve(free_camera=free))
        scene = with_tool_placed(scene, values, at_mm)
    return scene, shear


def _sample_joints(
    scene: Scene, plan: SeriesPlan, rng: np.random.Generator, values: dict[str, Value]
) -> Scene:
    if not plan.joints:
        return scene
    if scene.carm.free_camera is not None:
        raise PlanError("the current view is a free pose, which has no joints to vary")
    device = carm_device(scene.carm)
    limits = device.limits_at(scene.carm.base_side)
    moved = {}
    for name in sorted(plan.joints):
        # Drawn again, not clipped: clipped poses would pile up at the limit.
        for _ in range(REDRAWS):
            value = scene.carm.joints[name] + _draw(plan.joints[name], rng)
            if limits[name].contains(value):
                break
        else:
            raise PlanError(
                f"{joint_label(name)}: no draw in {REDRAWS} lies within the limits of {device.name}"
            )
        moved[name] = values[name] = value
    return scene.evolve(carm=move_joints(scene.carm, **moved))


def _sample_tool(
    scene: Scene,
    name: str,
    plan: SeriesPlan,
    rng: np.random.Generator,
    values: dict[str, Value],
) -> Scene:
    tool = next((item for item in scene.tools if item.name == name), None)
    if tool is None:
        raise PlanError(f"the plan varies {name!r}, which the scene does not hold")
    axes = plan.tools[name]
    # In the axes' fixed order, for the same reason.
    drawn = {axis: _draw(axes[axis], rng) if axis in axes else 0.0 for axis in TOOL_AXES}
    values.update({f"{name}.{axis}": drawn[axis] for axis in axes})
    step = np.eye(4)
    angles = [drawn["rx_deg"], drawn["ry_deg"], drawn["rz_deg"]]
    step[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    step[:3, 3] = [drawn["x_mm"], drawn["y_mm"], drawn["z_mm"]]
    pose = np.array(tool.world_from_tool) @ step
    return replace_tool(scene, name, world_from_tool=as_pose(pose))


def _draw(distribution: Spread, rng: np.random.Generator) -> float:
    if isinstance(distribution, Normal):
        return float(rng.normal(distribution.mean, distribution.sigma))
    return float(rng.uniform(distribution.low, distribution.high))


def _views(scene: Scene, plan: SeriesPlan) -> list:  # type: ignore[type-arg]
    wanted = plan.view_names or tuple(view.name for view in scene.views)
    known = {view.name: view for view in scene.views}
    missing = [name for name in wanted if name not in known]
    if missing:
        raise PlanError(f"the project has no view called {', '.join(missing)}")
    if not wanted:
        raise PlanError("the project has no saved views to export")
    return [known[name] for name in wanted]
