"""What a plan's experiment is, in words: its people, what they turn about, every factor."""

from __future__ import annotations

from collections import Counter

from synthex_gui.core.errors import SynthexError
from synthex_gui.experiment.cases import cases_of
from synthex_gui.experiment.templates import TEMPLATES
from synthex_gui.scene.distributions import (
    Distribution,
    Fixed,
    Listed,
    Normal,
    TruncatedNormal,
    Uniform,
    Value,
)
from synthex_gui.scene.study import Anchor, Study

DESIGNS = {
    "random": "Random",
    "grid": "Grid",
    "sobol": "Sobol sequence",
    "latin-hypercube": "Latin hypercube",
}
AXES = {
    "patient.rx_deg": "Patient turned about left",
    "patient.ry_deg": "Patient turned about posterior",
    "patient.rz_deg": "Patient turned about superior",
    "patient.x_mm": "Patient moved to the left",
    "patient.y_mm": "Patient moved posterior",
    "patient.z_mm": "Patient moved superior",
    "view.primary_deg": "LAO (+) and RAO",
    "view.secondary_deg": "Cranial (+) and caudal",
    "view.rotation_deg": "Image rotation",
    "source_isocentre_mm": "Source to anchor",
    "shear_deg": "CT sheared by",
    "shear_axis": "CT sheared along",
}


def study_lines(study: Study) -> list[tuple[str, str]]:
    """(what, how) of each line; the whole experiment, so that nothing in it goes unseen."""
    lines = [("Template", TEMPLATES[study.template].title)] if study.template in TEMPLATES else []
    lines += [("People", _people(study)), ("Turns about", _anchor(study.anchor))]
    if study.levels:
        lines.append(("Levels of each pose", ", ".join(study.levels)))
    lines.append(("Design", DESIGNS[study.design]))
    if study.border_px:
        lines.append(("Border left out", f"{study.border_px} pixels"))
    for name in sorted(study.factors):
        lines.append((AXES.get(name, name), spread_text(study.factors[name], _unit(name))))
    return lines


def spread_text(spread: Distribution, unit: str) -> str:
    """A distribution as a person reads it: ``−45 to 45°``, ``±2.5° about 0°``."""
    if isinstance(spread, Fixed):
        return _value(spread.value, unit)
    if isinstance(spread, Listed):
        return ", ".join(_value(value, unit) for value in spread.values)
    if isinstance(spread, Uniform):
        return f"{_value(spread.low)} to {_value(spread.high, unit)}"
    text = f"{_value(spread.mean)} ± {_value(spread.sigma, unit)}"
    if isinstance(spread, TruncatedNormal):
        return f"{text}, {_value(spread.low)} to {_value(spread.high, unit)}"
    assert isinstance(spread, Normal)
    return text


def _people(study: Study) -> str:
    if not study.cases:
        return "the one who is open"
    try:
        people = cases_of(study)
    except SynthexError as error:
        return str(error)
    splits = Counter(case.split for case in people)
    parts = [f"{splits[split]} {split}" for split in ("train", "valid", "test") if splits[split]]
    return f"{len(people)} ({', '.join(parts)})"


def _anchor(anchor: Anchor) -> str:
    names = ", ".join(anchor.names)
    return {"aim": "the aim point", "ct": "the CT's middle"}.get(anchor.kind, names)


def _unit(name: str) -> str:
    ending = name.rpartition("_")[2]
    return {"deg": "°", "mm": " mm"}.get(ending, "")


def _value(value: Value, unit: str = "") -> str:
    if isinstance(value, str):
        return value
    return f"{value:g}{unit}".replace("-", "−")
