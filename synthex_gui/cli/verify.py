"""``synthex verify``: is a data set whole?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from synthex_gui.cli.output import follow, say

DIFFERENT = 3


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex verify``."""
    parser = commands.add_parser(
        "verify",
        help="check a data set against its manifest",
        description="Name every file that is missing, changed or extra.",
        epilog="example: synthex verify data/pelvis\n"
        "exit codes: 0 whole, 1 no readable manifest, 3 differences found",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="DIR")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare and print."""
    from synthex_gui.export.verify import verify

    found = follow(verify(Path(options.folder)), "file")
    for kind in ("missing", "changed", "extra"):
        for name in getattr(found, kind):
            say(f"{kind}: {name}")
    if found.is_whole:
        say(f"{options.folder}: whole")
        return 0
    return DIFFERENT
