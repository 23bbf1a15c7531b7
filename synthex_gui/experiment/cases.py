"""Which person each pose of a series is of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from synthex_gui.geometry.arrays import Landmark
from synthex_gui.phantom import PhantomParameters
from synthex_gui.scene.cases import Case
from synthex_gui.scene.model import Scene
from synthex_gui.scene.sources import LandmarkItem, PhantomSource
from synthex_gui.scene.study import Study

# The fractional part of its multiples fills [0, 1) as evenly as any sequence does.
GOLDEN = (5**0.5 - 1) / 2


def cases_of(study: Study) -> tuple[Case, ...]:
    """Every case, phantoms as one each, called ``phantom-0007`` after its seed.

    Raises PhantomError for parameters out of range.
    """
    return _cases(study.cases)


@lru_cache(maxsize=8)
def _cases(cases: tuple[object, ...]) -> tuple[Case, ...]:
    found: list[Case] = []
    for item in cases:
        if isinstance(item, Case):
            found.append(item)
            continue
        for seed in range(item.first_seed, item.first_seed + item.count):  # type: ignore[attr-defined]
            person = PhantomParameters.sampled(seed, **dict(item.parameters))  # type: ignore[attr-defined]
            source = PhantomSource(parameters=person.model_dump())
            name = f"phantom-{seed:04d}"
            found.append(
                Case(name=name, ct=source, labels=source, weight=item.weight, split=item.split)  # type: ignore[attr-defined]
            )
    return tuple(found)


def case_number(cases: tuple[Case, ...], index: int) -> int:
    """Which of the cases pose `index` is of: in turn, or where weights differ as evenly as they
    allow.
    """
    weights = np.array([case.weight for case in cases])
    if (weights == weights[0]).all():
        return index % len(cases)
    # By the index alone, so that any image can be made without those before it.
    share = (index + 0.5) * GOLDEN % 1.0
    edges = np.cumsum(weights) / weights.sum()
    return min(int(np.searchsorted(edges, share, side="right")), len(cases) - 1)


def with_own_landmarks(scene: Scene, own: Sequence[Landmark]) -> Scene:
    """A phantom's scene with the landmarks that came with it; another as it is."""
    if scene.landmarks or not own:
        return scene
    return scene.evolve(landmarks=tuple(LandmarkItem.of(item) for item in own))


def scene_of(scene: Scene, case: Case) -> Scene:
    """The scene with another person in it: CT, labels, landmarks, what structures are made of."""
    # A case says it more closely than the scene does.
    own = {fill.structure for fill in case.fills}
    fills = (*(fill for fill in scene.matter.fills if fill.structure not in own), *case.fills)
    return scene.evolve(
        ct=case.ct,
        labels=case.labels,
        landmarks=case.landmarks,
        matter=scene.matter.evolve(fills=fills),
    )
