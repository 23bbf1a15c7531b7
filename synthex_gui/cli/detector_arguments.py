"""Options of ``synthex render`` for what lies behind the patient: grid and detector."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import ValidationError

from synthex_gui.core.errors import SynthexError
from synthex_gui.core.wording import fault_of
from synthex_gui.scene.detector import AntiScatterGrid, Detector
from synthex_gui.scene.frozen import Frozen
from synthex_gui.scene.model import Scene

Part = TypeVar("Part", bound=Frozen)

KINDS = ("csi", "ideal-energy", "ideal-count")


def add_detector_arguments(add: Callable[..., Any]) -> None:
    """Declare them on a parser's ``add_argument``."""
    add(
        "--detector",
        metavar="KIND[:NAME=VALUE,...]",
        help="csi (default), ideal-energy or ideal-count; names as csi_mg_cm2, mtf_h_mm2, "
        "electronic_noise_photons, gain_spread, dead_pixels, saturation, bit_depth, target_photons",
    )
    add("--no-scatter", action="store_true", help="primary radiation only")
    add(
        "--grid",
        metavar="NAME=VALUE,...",
        nargs="?",
        const="",
        help="put an anti-scatter grid in; names ratio, focus_mm, primary_transmission, "
        "scatter_transmission",
    )


def with_detector(options: argparse.Namespace, scene: Scene) -> Scene:
    """The scene with the detector and grid asked for; SynthexError for what they cannot be."""
    kind, _, rest = (options.detector or "csi").partition(":")
    if kind not in KINDS:
        raise SynthexError(f"--detector {kind}: use {', '.join(KINDS)}")
    values = _values(rest, "--detector")
    values |= {"kind": kind, "scatter": not options.no_scatter}
    detector = _checked(Detector, values, "--detector")
    grid = scene.grid
    if options.grid is not None:
        grid = _checked(
            AntiScatterGrid, {**_values(options.grid, "--grid"), "is_in": True}, "--grid"
        )
    return scene.evolve(detector=detector, grid=grid)


def _values(text: str, option: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, equals, number = part.partition("=")
        if not equals:
            raise SynthexError(f"{option} {part}: give NAME=VALUE, separated by commas")
        values[name.strip().replace("-", "_")] = number.strip()
    return values


def _checked(kind: type[Part], values: dict[str, Any], option: str) -> Part:
    try:
        return kind(**values)
    except ValidationError as error:
        raise SynthexError(f"{option}: {fault_of(error)}") from None
