"""A study as a window shows it first: one of its people, seen from where the study begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from synthex_gui.core.errors import SynthexError
from synthex_gui.experiment.cases import scene_of, with_own_landmarks
from synthex_gui.experiment.posing import anchor_mm
from synthex_gui.experiment.sampling import Sample, row, sample, sample_count
from synthex_gui.geometry.arrays import Landmark
from synthex_gui.loading.placing import first_pose
from synthex_gui.scene.assets import SceneAssets
from synthex_gui.scene.edits import carm_device
from synthex_gui.scene.frozen import IDENTITY
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan


def as_opened(scene: Scene, assets: SceneAssets, own: Sequence[Landmark]) -> Scene:
    """A project that was just read: a study that nobody has looked at yet gets its phantom's
    landmarks and the C-arm before the anchor; any other stays as it is.
    """
    study = None if scene.plan is None else scene.plan.study
    # A template leaves the C-arm where no person has put one.
    if study is None or scene.carm.world_from_device != IDENTITY:
        return scene
    scene = with_own_landmarks(scene, own)
    try:
        place = anchor_mm(scene, study.anchor, assets)
    except SynthexError:
        # The export says what is missing; a window shows what is there.
        return scene
    carm, _ = first_pose(carm_device(scene.carm), place)
    return scene.evolve(carm=carm)


def of_open_case(
    scene: Scene, plan: SeriesPlan, assets: SceneAssets, most: int
) -> tuple[Sample, ...]:
    """The first images of a series that show the person who is open; none where that is nobody's.

    Raises PlanError.
    """

    def numbers() -> Iterator[int]:
        for number in range(sample_count(scene, plan)):
            case = row(scene, plan, number).case
            if case is None or case.ct == scene.ct:
                yield number

    found = []
    for number in islice(numbers(), most):
        case = row(scene, plan, number).case
        person = scene if case is None else with_landmarks(scene_of(scene, case), scene)
        found.append(sample(person, plan, number, assets))
    return tuple(found)


def with_landmarks(person: Scene, opened: Scene) -> Scene:
    """A phantom's landmarks are those that the open document got when it was read."""
    return person if person.landmarks else person.evolve(landmarks=opened.landmarks)
