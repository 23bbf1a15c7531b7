"""``synthex new``: a project from a CT, its labels and landmarks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from synthex_gui.cli.output import follow, say, warn
from synthex_gui.cli.source_arguments import (
    add_ct_arguments,
    add_label_arguments,
    ct_source_options,
)
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import absolute


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex new``."""
    parser = commands.add_parser(
        "new",
        help="make a project file",
        description="Make a project from a CT and what belongs to it, the C-arm AP around it.",
        epilog="example: synthex new --ct ct.nii.gz --labels seg.nii.gz --out pelvis.synthex\n"
        "exit codes: 0 done, 1 failed (one line says why), 2 wrong usage",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--ct", required=True, metavar="FILE", help="CT file or DICOM folder")
    add_ct_arguments(parser)
    add_label_arguments(parser)
    parser.add_argument("--labels", metavar="FILE", help="label map")
    parser.add_argument("--landmarks", metavar="FILE", help=".mrk.json, .fcsv or our JSON")
    parser.add_argument("--device", default="cios-fusion", metavar="ID")
    parser.add_argument("--out", required=True, metavar="PROJECT", help="NAME.synthex")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read, pose, write."""
    from synthex_gui.io.hashing import sha256_of
    from synthex_gui.io.landmarks import read_landmarks
    from synthex_gui.loading.opening import as_delivered
    from synthex_gui.loading.placing import first_pose
    from synthex_gui.loading.resolve import resolve
    from synthex_gui.scene.assets import default_aim_mm
    from synthex_gui.scene.devices import device_by_id
    from synthex_gui.scene.model import Scene
    from synthex_gui.scene.project import write_project
    from synthex_gui.scene.sources import FileSource, LandmarkItem

    out = Path(options.out)
    # The window and `info` know a project by its name.
    if out.suffix != ".synthex":
        raise SynthexError(f"{out}: the name of a project ends in .synthex")

    def source(path: str) -> FileSource:
        place = absolute(Path(path))
        return FileSource(path=str(place), sha256=sha256_of(place))

    landmarks = read_landmarks(absolute(Path(options.landmarks))) if options.landmarks else None
    for text in () if landmarks is None else landmarks.warnings:
        warn(f"{Path(options.landmarks).name}: {text}")
    scene = Scene(
        ct=source(options.ct).evolve(**ct_source_options(options)),
        labels=source(options.labels).evolve(label_scheme=options.label_names)
        if options.labels
        else None,
        landmarks=tuple(
            LandmarkItem.of(item) for item in (() if landmarks is None else landmarks.landmarks)
        ),
    )
    resolved = follow(resolve(scene))
    for text in resolved.assets.warnings:
        warn(text)
    aim = default_aim_mm(scene, resolved.assets)
    carm, said = first_pose(device_by_id(options.device), aim)
    if said is not None:
        warn(said)
    scene = as_delivered(scene).evolve(carm=carm)
    write_project(out, scene)
    say(f"{out}")
    return 0
