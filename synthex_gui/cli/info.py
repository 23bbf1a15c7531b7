"""``synthex info FILE``: what a CT, label map, mesh, landmark file, X-ray, camera or project is."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from synthex_gui.cli.advice import advice
from synthex_gui.cli.output import say, warn
from synthex_gui.cli.source_arguments import (
    add_ct_arguments,
    add_label_arguments,
    ct_source_options,
    numbers_of,
)
from synthex_gui.core.errors import SynthexError

LOADED, REFUSED = 0, 1


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex info``."""
    parser = commands.add_parser(
        "info",
        help="say what a file holds",
        description="Say what a CT, label map, mesh, landmark file, X-ray, camera or project "
        "holds, read as the window reads it.",
        epilog="examples:\n  synthex info pelvis.nii.gz\n"
        "  synthex info --json --probe 0,0,0 --probe 10,-20,30 pelvis.nii.gz\n"
        "exit codes: 0 loaded, 1 refused",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument(
        "--probe",
        metavar="X,Y,Z",
        action="append",
        default=[],
        help="the HU at a point in LPS mm; may be repeated",
    )
    parser.add_argument("--labels", action="store_true", help="read FILE as a label map")
    add_label_arguments(parser)
    add_ct_arguments(parser)
    parser.add_argument("--mesh-unit", choices=("mm", "cm", "m"), help="unit of a mesh file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the facts; exit status 0 loaded, 1 refused."""
    from synthex_gui.loading.facts import facts_of

    probes = [numbers_of("--probe", text, 3) for text in options.probe]
    said = ct_source_options(options)
    try:
        facts = facts_of(
            Path(options.file),
            as_labels=options.labels,
            label_scheme=options.label_names,
            series=said["series_uid"],
            unit=options.mesh_unit,
            is_incomplete_accepted=said["is_incomplete_accepted"],
            hu=(said["hu_slope"], said["hu_offset"]),
            probes=probes,
        )
    except SynthexError as error:
        if not options.json:
            raise
        say(json.dumps({"status": "refused", "message": advice(error), "warnings": []}))
        return REFUSED
    if options.json:
        say(json.dumps({"status": "loaded", **facts}, allow_nan=False))
    else:
        _print(facts)
    return LOADED


def _print(facts: dict[str, Any]) -> None:
    """For a person: a line a fact."""
    for text in facts.pop("warnings"):
        warn(text)
    say(facts.pop("kind"))
    facts.pop("world_from_voxel", None)
    for name, value in facts.items():
        if name == "structures":
            for item in value:
                group = f"  ({item['group']})" if item["group"] else ""
                say(f"  {item['id']:5} {item['name']}{group}")
        elif name == "landmarks" and isinstance(value, dict):
            for label, (x, y, z) in value.items():
                say(f"  {label:12} {x:9.2f} {y:9.2f} {z:9.2f}  LPS mm")
        elif value not in (None, [], ()):
            say(f"{name}: {_shown(value)}")


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
