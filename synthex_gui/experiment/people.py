"""A template and its people to a scene with a plan: what each CT has is looked at, and said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from synthex_gui.core.files import absolute
from synthex_gui.core.steps import Steps
from synthex_gui.core.wording import fault_of
from synthex_gui.experiment.cases import cases_of, scene_of
from synthex_gui.experiment.errors import PlanError
from synthex_gui.experiment.templates import TEMPLATES, Template
from synthex_gui.io.child.pool import load_steps
from synthex_gui.io.landmarks import read_landmarks
from synthex_gui.loading.anatomy import with_groups
from synthex_gui.loading.opening import as_delivered
from synthex_gui.scene.cases import Case, Cases, PhantomCases, Split
from synthex_gui.scene.devices import device_by_id
from synthex_gui.scene.edits import new_carm
from synthex_gui.scene.model import Scene
from synthex_gui.scene.plan import SeriesPlan
from synthex_gui.scene.sources import FileSource, LandmarkItem
from synthex_gui.scene.study import Anchor, Study

# CT, labels, landmarks.
Files = tuple[str, str | None, str | None]


@dataclass(frozen=True)
class Wanted:
    """What a person asks of a template; `count` None is the published number of poses."""

    study: str
    cases: tuple[Files, ...] = ()
    phantoms: int = 0
    first_seed: int = 1
    levels: tuple[str, ...] = ()
    count: int | None = None
    seed: int = 0
    validation: float = 0.1
    drops_missing: bool = False


@dataclass(frozen=True)
class _Person:
    case: Case
    structures: tuple[str, ...]

    def lacks(self, template: Template) -> list[str]:
        """Structures and landmarks of the template that this person does not have."""
        marks = {item.name for item in self.case.landmarks}
        lacking = [name for name in template.structures if name not in self.structures]
        return lacking + [name for name in template.landmarks if name not in marks]

    def is_marked(self, name: str) -> bool:
        """True when the person has that landmark."""
        return any(item.name == name for item in self.case.landmarks)

    def has(self, anchor: Anchor) -> bool:
        marks = {item.name for item in self.case.landmarks}
        there = {"structure": set(self.structures)}.get(anchor.kind, marks)
        return set(anchor.names) <= there


def study_scene(wanted: Wanted) -> Steps[tuple[Scene, tuple[str, ...]]]:
    """(the scene with its plan, what is to be said), yielding (done, total, text).

    Raises InputError for a file that cannot be read, PlanError for a value that a plan refuses or
    where no case has what the study turns about.
    """
    template = TEMPLATES[wanted.study]
    people = []
    for number, files in enumerate(wanted.cases, start=1):
        yield number - 1, len(wanted.cases), f"Looking at {Path(files[0]).name}"
        people.append((yield from _person(f"case-{number:02d}", files)))
    said = [text for person in people for text in _missing(person, template, wanted)]
    structures = tuple(
        name
        for name in template.structures
        if not wanted.drops_missing or all(name in person.structures for person in people)
    )
    landmarks = tuple(
        name
        for name in template.landmarks
        if not wanted.drops_missing or all(person.is_marked(name) for person in people)
    )
    anchor = _anchor(template, people)
    if anchor != template.anchors[0]:
        place = ", ".join(anchor.names) or "the middle of the CT"
        verb = "are" if len(template.anchors[0].names) > 1 else "is"
        wished = _names(template.anchors[0])
        said.append(f"the study is centred on {place}, since {wished} {verb} missing")
    try:
        study = Study(
            cases=_split([person.case for person in people], wanted, template),
            anchor=anchor,
            factors=dict(template.factors),
            levels=wanted.levels,  # type: ignore[arg-type]
            border_px=template.border_px,
            template=template.id,
        )
        plan = SeriesPlan(
            count=template.count if wanted.count is None else wanted.count,
            seed=wanted.seed,
            size=template.size,
            structures=structures,
            # None would be each case's own: a phantom has 14, and a layout wants the same of all.
            landmark_names=landmarks,
            study=study,
        )
    except ValidationError as error:
        raise PlanError(f"{template.id}: {fault_of(error)}") from None
    # The window puts it before the anchor when it has read the CT.
    device = device_by_id(template.device)
    scene = as_delivered(Scene(tools=template.tools(), carm=new_carm(device, [0.0, 0.0, 0.0])))
    # As a C-arm does: the same mAs through a pelvis from the front and from the side is either
    # burnt out or nothing but noise.
    scene = scene.evolve(beam=scene.beam.evolve(exposure_control=True))
    scene = scene_of(scene, cases_of(study)[0])
    return scene.evolve(plan=plan, shown_structures=structures), tuple(said)


def _person(name: str, files: Files) -> Steps[_Person]:
    ct, labels, landmarks = files
    structures: tuple[str, ...] = ()
    if labels is not None:
        read = yield from load_steps("labels", Path(labels), {"scheme": None})
        structures = with_groups(read.labels).names()
    marks = () if landmarks is None else read_landmarks(Path(landmarks)).landmarks
    case = Case(
        name=name,
        ct=(yield from _source(ct)),
        labels=None if labels is None else (yield from _source(labels)),
        landmarks=tuple(LandmarkItem.of(item) for item in marks),
    )
    return _Person(case, structures)


def _source(path: str) -> Steps[FileSource]:
    place = absolute(Path(path).expanduser())
    digest = yield from load_steps("sha256", place)
    return FileSource(path=str(place), sha256=digest)


def _missing(person: _Person, template: Template, wanted: Wanted) -> list[str]:
    lacking = person.lacks(template)
    if not lacking:
        return []
    done = "left out of the series" if wanted.drops_missing else "make them, or give --drop-missing"
    return [f"{person.case.name} has no {', '.join(lacking)}: {done}"]


def _anchor(template: Template, people: Sequence[_Person]) -> Anchor:
    for anchor in template.anchors:
        if all(person.has(anchor) for person in people):
            return anchor
    wanted = " or ".join(_names(anchor) for anchor in template.anchors)
    lacking = [p.case.name for p in people if not any(p.has(a) for a in template.anchors)]
    raise PlanError(
        f"{', '.join(lacking) or 'no case'}: the study is centred on {wanted}; give landmarks or a "
        "label map that has them"
    )


def _names(anchor: Anchor) -> str:
    return " and ".join(anchor.names) or "the CT's middle"


def _split(cases: list[Case], wanted: Wanted, template: Template) -> tuple[Cases, ...]:
    """Every person with a split: the last ones are for validation."""
    total = len(cases) + wanted.phantoms
    # A single person cannot be in both.
    held = math.ceil(total * wanted.validation) if total > 1 else 0
    found: list[Cases] = []
    for number, case in enumerate(cases):
        split: Split = "valid" if number >= total - held else "train"
        found.append(case.evolve(split=split))
    last = min(held, wanted.phantoms)
    first = wanted.first_seed
    for split, count in (("train", wanted.phantoms - last), ("valid", last)):
        if count:
            found.append(
                PhantomCases(
                    first_seed=first, count=count, parameters=dict(template.phantom), split=split
                )
            )
        first += count
    return tuple(found)
