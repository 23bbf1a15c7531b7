"""A plan to poses: which scene each image of a series shows, and the values drawn for it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from synthex_gui.core.errors import SynthexError
from synthex_gui.geometry.device import joint_label
from synthex_gui.scene.edits import carm_device, move_joints, replace_tool
from synthex_gui.scene.frozen import as_pose
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import TOOL_AXES, Distribution, Normal, SeriesPlan

# A second word keeps the poses' stream apart from the image's noise, keyed by (image,) alone.
POSE_STREAM = 1
REDRAWS = 1000


class PlanError(SynthexError):
    """A plan that this scene cannot follow."""


@dataclass(frozen=True)
class Sample:
    """Image `index` of a series: its scene, and every value drawn for it by name."""

    index: int
    scene: Scene
    values: dict[str, float] = field(default_factory=dict)


def sample_count(scene: Scene, plan: SeriesPlan) -> int:
    """How many images a plan gives."""
    if plan.source == "sampled":
        return plan.count
    return 1 if plan.source == "current" else len(_views(scene, plan))


def sample(scene: Scene, plan: SeriesPlan, index: int) -> Sample:
    """Image `index`: it depends on the scene, the plan and the index alone.

    Raises PlanError for a view or tool the scene lacks, or limits no draw can meet.
    """
    if plan.source == "current":
        return Sample(index, scene)
    if plan.source == "views":
        view = _views(scene, plan)[index]
        return Sample(index, scene.evolve(carm=view.carm))
    sequence = np.random.SeedSequence(plan.seed, spawn_key=(index, POSE_STREAM))
    rng = np.random.Generator(np.random.PCG64(sequence))
    values: dict[str, float] = {}
    posed = _sample_joints(scene, plan, rng, values)
    # Sorted, so that the order in which factors were made does not change what is drawn.
    for name in sorted(plan.tools):
        posed = _sample_tool(posed, name, plan, rng, values)
    return Sample(index, posed, values)


def _sample_joints(
    scene: Scene, plan: SeriesPlan, rng: np.random.Generator, values: dict[str, float]
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
    values: dict[str, float],
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


def _draw(distribution: Distribution, rng: np.random.Generator) -> float:
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
