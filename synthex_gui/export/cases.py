"""The people of a series, one at a time in memory: their scene, arrays, and what they lack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from synthex_gui.core.steps import Steps
from synthex_gui.experiment.cases import case_number, cases_of, scene_of, with_own_landmarks
from synthex_gui.experiment.errors import PlanError
from synthex_gui.experiment.sampling import Row, Sample, levels_of, row, sample
from synthex_gui.geometry.arrays import Grid
from synthex_gui.geometry.transforms import Matrix
from synthex_gui.io.child.pool import load_steps
from synthex_gui.loading.anatomy import with_groups
from synthex_gui.loading.resolve import resolve_now
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.cases import Case
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.sources import BuiltInTool, FileSource, LandmarkItem
from synthex_gui.tools.catalogue import build_tool


class People:
    """Scenes and arrays of a series' images. One caller at a time.

    Only the case asked for last is kept: a CT of 512 slices is 268 MB, its fields as much again.
    """

    def __init__(self, scene: Scene) -> None:
        assert scene.plan is not None
        self._scene, self._plan = scene, scene.plan
        # What each case's label map must have.
        self.structures: tuple[str, ...] = ()
        self._case: Case | None = None
        self._kept: tuple[Scene, SceneAssets] | None = None

    def of(self, planned: Row) -> tuple[Scene, SceneAssets]:
        """The scene and the arrays of a row's case, read when it is another one than before.

        Raises what reading raises, and PlanError for a structure that the case lacks.
        """
        if self._kept is None or planned.case is not self._case:
            # The one before goes first: two at once might not fit.
            self._kept = None
            self._kept = self._read(planned.case)
            self._case = planned.case
        return self._kept

    def sample(self, number: int) -> tuple[Sample, SceneAssets]:
        """Image `number`, and the arrays that it is rendered from."""
        scene, assets = self.of(row(self._scene, self._plan, number))
        chosen = sample(scene, self._plan, number, assets)
        return chosen, arrays_of(chosen, scene, assets)

    def _read(self, case: Case | None) -> tuple[Scene, SceneAssets]:
        scene = self._scene if case is None else scene_of(self._scene, case)
        # Readers run in a process of their own: a damaged CT ends the export with a line.
        resolved = resolve_now(scene)
        assets = resolved.assets
        scene = with_own_landmarks(scene, resolved.phantom_landmarks)
        names = () if assets.labels is None else assets.labels.names()
        who = "the scene" if case is None else case.name
        wanted = () if case is None else self.structures
        lacking = [_lacking(who, wanted, names), _unmarked(who, scene.landmarks, self._plan)]
        if any(lacking):
            raise PlanError("; ".join(filter(None, lacking)))
        return scene, assets


def arrays_of(chosen: Sample, scene: Scene, assets: SceneAssets) -> SceneAssets:
    """A case's arrays as an image shows them: sheared, tools of other sizes built."""
    before = {tool.name: tool.source for tool in scene.tools}
    built = {
        tool.name: build_tool(tool.source.tool, dict(tool.source.parameters))
        for tool in chosen.scene.tools
        if isinstance(tool.source, BuiltInTool) and tool.source != before[tool.name]
    }
    # Most series bend no tool, and the same arrays upload nothing again.
    if built:
        assets = replace(assets, meshes={**assets.meshes, **built})
    if chosen.shear is None:
        return assets
    ct, labels = assets.ct, assets.labels
    return replace(
        assets,
        ct=None if ct is None else replace(ct, grid=_moved(ct.grid, chosen.shear)),
        labels=None if labels is None else replace(labels, grid=_moved(labels.grid, chosen.shear)),
    )


def by_case(scene: Scene, numbers: Iterable[int]) -> list[int]:
    """Images in an order in which each case comes once."""
    plan = scene.plan
    if plan is None or plan.study is None or not plan.study.cases:
        return list(numbers)
    cases, levels = cases_of(plan.study), len(levels_of(scene, plan))
    return sorted(numbers, key=lambda n: (case_number(cases, n // levels), n))


def check_cases(scene: Scene, structures: tuple[str, ...]) -> Steps[None]:
    """Look into every case's label map and landmarks before anything is rendered.

    A phantom has all that any phantom has. Raises PlanError with one clause for each case that
    lacks a structure or the anchor's landmarks.
    """
    plan = scene.plan
    assert plan is not None
    cases = () if plan.study is None else cases_of(plan.study)
    found: list[str] = []
    for done, case in enumerate(cases):
        yield done, len(cases), f"Looking at {case.name}"
        if not isinstance(case.ct, FileSource):
            continue
        names: tuple[str, ...] = ()
        if isinstance(case.labels, FileSource):
            options = {"scheme": case.labels.label_scheme}
            read = yield from load_steps("labels", case.labels.path, options)
            names = with_groups(read.labels).names()
        found += [_lacking(case.name, structures, names)]
        found += [_unmarked(case.name, case.landmarks, plan)]
    # SyntheX's layouts have one list of landmarks; a phantom's are known when it is built.
    marked = [case for case in cases if isinstance(case.ct, FileSource)]
    names_of = {frozenset(item.name for item in case.landmarks) for case in marked}
    if plan.is_packed and plan.landmarks and plan.landmark_names is None and len(names_of) > 1:
        found.append(
            "the cases have different landmarks; name those of the series (plan.landmark_names)"
        )
    if any(found):
        raise PlanError("; ".join(filter(None, found)))


def _lacking(who: str, structures: tuple[str, ...], names: tuple[str, ...]) -> str:
    missing = [name for name in structures if name not in names]
    return f"{who}: no structure called {', '.join(missing)}" if missing else ""


def _unmarked(who: str, landmarks: tuple[LandmarkItem, ...], plan: SeriesPlan) -> str:
    study = plan.study
    wanted = list(plan.landmark_names or ())
    if study is not None and study.anchor.kind in ("landmark", "midpoint"):
        wanted += [name for name in study.anchor.names if name not in wanted]
    there = {item.name for item in landmarks}
    missing = [name for name in wanted if name not in there]
    return f"{who}: no landmark called {', '.join(missing)}" if missing else ""


def _moved(grid: Grid, by: Matrix) -> Grid:
    return replace(grid, world_from_voxel=np.asarray(by @ grid.world_from_voxel))
