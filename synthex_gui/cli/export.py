"""``synthex export``: an annotated series of a project."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from synthex_gui.cli.backends import add_backend_argument
from synthex_gui.cli.output import follow, say, warn
from synthex_gui.cli.plan import planned


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex export``."""
    parser = commands.add_parser(
        "export",
        help="write an annotated series",
        description="Write the series that the project plans: images, masks, landmarks, boxes, "
        "camera, COCO, manifest. A project without a plan samples its view +- 10 degrees.",
        epilog="examples:\n  synthex export pelvis.synthex --out data/pelvis --count 200\n"
        "  synthex export pelvis.synthex --out data/pelvis --count 200 --resume\n"
        "exit codes: 0 done, 1 failed (one line says why), 2 wrong usage, 130 interrupted",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("project", metavar="PROJECT")
    parser.add_argument("--out", required=True, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--count", type=int, metavar="N", help="images of a sampled series")
    parser.add_argument("--seed", type=int, metavar="S", help="seed of poses and noise")
    parser.add_argument("--size", type=int, metavar="N", help="columns over the same field")
    parser.add_argument(
        "--format",
        dest="formats",
        type=_formats,
        metavar="NAME[,NAME]",
        help="files, coco, synthex-h5, synthex-folder (files,coco): what the data set holds; "
        "images and masks of their own go where neither files nor coco is asked for",
    )
    parser.add_argument(
        "--quantity",
        choices=("signal", "log", "look"),
        help="what images hold: detector signal over the open field, its -ln, the look's grey",
    )
    parser.add_argument("--workers", type=int, default=1, metavar="W", help="processes (1)")
    add_backend_argument(parser, None, "default: the plan's")
    parser.add_argument(
        "--allow-empty-masks",
        action="store_true",
        help="go on when no structure of the label map lies in the beam",
    )
    parser.add_argument(
        "--allow-outside",
        action="store_true",
        help="read inputs outside the project's folder too that the project does not name by their "
        "checksum (one that this program saved does)",
    )
    parser.add_argument("--resume", action="store_true", help="go on where an export stopped")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Plan and write."""
    from synthex_gui.core.errors import SynthexError
    from synthex_gui.core.files import absolute
    from synthex_gui.export.run import export_series
    from synthex_gui.export.verify import digest_of_finished
    from synthex_gui.loading.outside import refuse_outside
    from synthex_gui.loading.project import open_project
    from synthex_gui.scene.plan import PACKED

    if options.workers < 1:
        raise SynthexError("--workers must be 1 or more")
    project = absolute(Path(options.project))
    scene, _ = open_project(project, warn)
    if not options.allow_outside:
        follow(refuse_outside(project, scene), "file")
    # SyntheX's layouts hold float32.
    options.image_format = "tiff32" if set(options.formats or ()) & set(PACKED) else None
    names = ("count", "seed", "size", "backend", "quantity", "formats", "image_format")
    plan = planned(scene, options, names)
    steps = export_series(
        scene.evolve(plan=plan),
        Path(options.out),
        workers=options.workers,
        resume=options.resume,
        allows_empty_masks=options.allow_empty_masks,
    )
    manifest = follow(steps, "image")
    say(str(manifest))
    say(f"digest: {digest_of_finished(manifest.parent)}")
    return 0


def _formats(text: str) -> tuple[str, ...]:
    from synthex_gui.scene.plan import FORMATS

    names = tuple(text.split(","))
    unknown = [name for name in names if name not in FORMATS]
    if unknown or len(set(names)) != len(names):
        wrong = f"no format {', '.join(map(repr, unknown))}" if unknown else "a format is twice"
        raise argparse.ArgumentTypeError(f"{wrong}; use {', '.join(FORMATS)}")
    return names
