"""``synthex plan``: what a project's series will be, image by image, before anything is made."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthex_gui.cli.output import follow, say, warn
from synthex_gui.core.errors import SynthexError

if TYPE_CHECKING:
    from synthex_gui.scene.model import Scene
    from synthex_gui.scene.plan import SeriesPlan


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex plan``."""
    parser = commands.add_parser(
        "plan",
        help="list every factor of every image",
        description="Write a CSV with a line an image: index of its pose, case, split, level and "
        "the raw value of every factor. Nothing is read but the project, nothing is rendered.",
        epilog="example: synthex plan hip.synthex --table hip.csv --count 20000\n"
        "exit codes: 0 done, 1 failed (one line says why), 2 wrong usage",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("project", metavar="PROJECT")
    parser.add_argument("--table", required=True, metavar="FILE", help="FILE.csv to write")
    parser.add_argument("--count", type=int, metavar="N", help="poses, instead of the plan's")
    parser.add_argument("--seed", type=int, metavar="S", help="seed, instead of the plan's")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read the project, write the table."""
    from synthex_gui.core.files import write_whole
    from synthex_gui.experiment.sampling import sample_count
    from synthex_gui.experiment.table import plan_table
    from synthex_gui.loading.project import open_project

    out = Path(options.table)
    if out.suffix.lower() != ".csv":
        raise SynthexError(f"{out}: the name of a table ends in .csv")
    scene, _ = open_project(Path(options.project), warn)
    plan = planned(scene, options, ("count", "seed"))
    text = follow(plan_table(scene, plan), "row")
    write_whole(out, text.encode(), makes_folders=False)
    say(f"{out}: {sample_count(scene, plan)} rows")
    return 0


def planned(scene: Scene, options: argparse.Namespace, names: Sequence[str]) -> SeriesPlan:
    """The scene's plan, else about its view, with what the options say; SynthexError names one that
    the plan refuses.
    """
    from pydantic import ValidationError

    from synthex_gui.core.wording import fault_of
    from synthex_gui.scene.plan import around_current_view

    plan = scene.plan or around_current_view()
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    try:
        return plan.evolve(**given)
    except ValidationError as error:
        raise SynthexError(f"--{fault_of(error)}") from None
