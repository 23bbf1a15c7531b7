"""``synthex template``: a project for one of the published studies, on one's own people."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from synthex_gui.cli.output import follow, say, usage, warn
from synthex_gui.core.errors import SynthexError

NAMES = ("hip", "hip-radiography", "tool", "covid")
DESCRIPTION = """\
Make a project that plans one of SyntheX's published studies (arXiv:2206.06127) on your CTs or on
phantom people: hip, tool, covid; or the hip as hospital films show it, hip-radiography. What a CT
lacks is said: labels with TotalSegmentator's names are understood, a missing landmark or structure
has to be made, or left out with --drop-missing."""
EXAMPLES = """\
examples:
  synthex template hip --phantoms 20 --out hip.synthex
  synthex template hip --case a.nii.gz,a_seg.nii.gz,a.mrk.json --out hip.synthex
  synthex plan hip.synthex --table hip.csv
  synthex export hip.synthex --out data/hip --workers 2
exit codes: 0 done, 1 failed (one line says why), 2 wrong usage"""


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex template``."""
    parser = commands.add_parser(
        "template",
        help="plan a published study",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("study", choices=NAMES, metavar="|".join(NAMES))
    add(
        "--case",
        action="append",
        default=[],
        metavar="CT,LABELS[,LANDMARKS]",
        help="a person; may be repeated",
    )
    add("--ct", metavar="FILE", help="the CT of a single case")
    add("--labels", metavar="FILE", help="its label map")
    add("--landmarks", metavar="FILE", help="its landmarks")
    add("--phantoms", type=int, metavar="N", help="N phantom people (instead, or besides)")
    add("--first-seed", type=int, default=1, metavar="S", help="seed of the first phantom (1)")
    add("--levels", metavar="A,B,C", help="each pose at these levels (realistic)")
    add("--count", type=int, metavar="N", help="poses, instead of the published number")
    add("--seed", type=int, default=0, metavar="S", help="seed of poses and noise (0)")
    add(
        "--validation",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="share of the cases for validation, the last ones (0.1; at least one of several)",
    )
    add(
        "--drop-missing",
        action="store_true",
        help="leave structures out that a case lacks, and do without its landmarks",
    )
    add("--out", required=True, metavar="PROJECT", help="NAME.synthex")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Look into the cases, plan, write."""
    from synthex_gui.experiment.people import Wanted, study_scene
    from synthex_gui.scene.project import write_project

    out = Path(options.out)
    if out.suffix != ".synthex":
        raise SynthexError(f"{out}: the name of a project ends in .synthex")
    cases = [_case(text) for text in options.case]
    if options.ct:
        cases.append((options.ct, options.labels, options.landmarks))
    elif options.labels or options.landmarks:
        return usage("template", "--labels and --landmarks belong to --ct")
    if not cases and not options.phantoms:
        return usage(
            "template", "give a person: --case CT,LABELS[,LANDMARKS], --ct, or --phantoms N"
        )
    if options.phantoms is not None and options.phantoms < 1:
        return usage("template", "--phantoms must be 1 or more")
    if not 0.0 <= options.validation < 1.0:
        return usage("template", "--validation must be 0 or more and less than 1")
    wanted = Wanted(
        study=options.study,
        cases=tuple(cases),
        phantoms=options.phantoms or 0,
        first_seed=options.first_seed,
        levels=tuple(options.levels.split(",")) if options.levels else (),
        count=options.count,
        seed=options.seed,
        validation=options.validation,
        drops_missing=options.drop_missing,
    )
    scene, said = follow(study_scene(wanted), "case")
    for text in said:
        warn(text)
    write_project(out, scene)
    say(str(out))
    return 0


def _case(text: str) -> tuple[str, str | None, str | None]:
    parts = text.split(",")
    # A comma may stand in a file's name: then the one-case form has room for it.
    if not 1 <= len(parts) <= 3:
        raise SynthexError(
            f"--case {text}: must be CT,LABELS[,LANDMARKS]; --ct takes a name with a comma"
        )
    ct, labels, landmarks = (*parts, "", "")[:3]
    return ct, labels or None, landmarks or None
