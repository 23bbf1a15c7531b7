"""``synthex rerun``: an image of a data set made again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from synthex_gui.cli.output import follow, say, warn
from synthex_gui.cli.verify import DIFFERENT


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex rerun``."""
    parser = commands.add_parser(
        "rerun",
        help="make one image of a data set again",
        description="Make an image and its labels again from the data set's manifest, byte for "
        "byte. The inputs are sought by their SHA-256 in the folders of the files given and of the "
        "data set.",
        epilog="example: synthex rerun data/hip --image 17 --ct pelvis.nii.gz --out again\n"
        "exit codes: 0 the same bytes, 1 failed (one line says why), 3 other bytes",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", metavar="DATASET")
    parser.add_argument("--image", required=True, type=int, metavar="I", help="its number, from 0")
    parser.add_argument(
        "--ct",
        action="append",
        default=[],
        metavar="FILE",
        help="an input, or a folder that holds some; may be repeated",
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="a folder to write into")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Seek, render, compare."""
    from synthex_gui.export.rerun import rerun

    given = [Path(path) for path in options.ct]
    made = follow(rerun(Path(options.dataset), options.image, given, Path(options.out)), "file")
    for name in made.files:
        say(name)
    for text in (*made.said, *(f"{name}: not the data set's bytes" for name in made.different)):
        warn(text)
    return DIFFERENT if made.different else 0
