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
        description="Name every file that is missing, changed or extra, and what in the manifest "
        "and the records does not agree. The digest at the end stands for the whole data set: "
        "noted elsewhere, it shows an edit that also mends the hashes.",
        epilog="examples:\n  synthex verify data/pelvis\n"
        "  synthex verify data/pelvis --digest 5f0c...\n"
        "exit codes: 0 whole, 1 no readable manifest, 3 differences found",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--digest", metavar="HEX", help="what the export printed at its end")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare and print."""
    from synthex_gui.export.verify import verify

    found = follow(verify(Path(options.folder)), "file")
    for kind in ("missing", "changed", "extra"):
        for name in getattr(found, kind):
            say(f"{kind}: {name}")
    for text in found.inconsistent:
        say(f"inconsistent: {text}")
    is_other = options.digest is not None and options.digest.strip().lower() != found.digest
    if is_other:
        say(f"digest differs: {options.digest.strip()} was expected")
    say(f"digest: {found.digest}")
    if found.is_whole and not is_other:
        say(f"{options.folder}: whole")
        return 0
    return DIFFERENT
