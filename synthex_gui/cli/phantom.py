"""``synthex phantom``: the built-in phantom as files and a project."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from synthex_gui.cli.output import follow, say, warn
from synthex_gui.core.errors import SynthexError


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex phantom``."""
    parser = commands.add_parser(
        "phantom",
        help="write the built-in phantom",
        description="Write ct.nii.gz, labels.nii.gz, labels.csv, landmarks.json, truth.json (iliac "
        "crests, pedicles, femoral heads, screw corridors, anterior pelvic plane) and "
        "project.synthex, with a sampled plan around the pelvis.",
        epilog="example: synthex phantom --out phantom --spacing 1.5\n"
        "exit codes: 0 done, 1 failed (one line says why), 2 wrong usage",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", required=True, metavar="DIR")
    parser.add_argument("--spacing", type=float, default=1.0, metavar="MM", help="0.5 to 3")
    parser.add_argument("--seed", type=int, help="another person, drawn within published ranges")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a named parameter"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Build and write."""
    from synthex_gui.io.hashing import sha256_of
    from synthex_gui.loading.opening import phantom_scene
    from synthex_gui.loading.resolve import phantom_steps
    from synthex_gui.phantom import PhantomParameters, write_files
    from synthex_gui.scene.plan import around_current_view
    from synthex_gui.scene.project import write_project
    from synthex_gui.scene.sources import FileSource

    values: dict[str, Any] = {"spacing_mm": options.spacing}
    for text in options.set:
        name, equals, value = text.partition("=")
        if not equals:
            raise SynthexError(f"--set {text}: give NAME=VALUE")
        values[name] = value
    parameters = PhantomParameters.checked(values)
    if options.seed is not None:
        fixed = {name: getattr(parameters, name) for name in values}
        parameters = PhantomParameters.sampled(options.seed, **fixed)
    folder = Path(options.out)
    try:
        # Before minutes are spent on what could not be written.
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SynthexError(f"{folder}: cannot be made ({error.strerror or error})") from error
    phantom = follow(phantom_steps(parameters, warn))
    write_files(phantom, folder)

    def source(name: str) -> FileSource:
        path = (folder / name).resolve()
        return FileSource(path=str(path), sha256=sha256_of(path))

    scene = phantom_scene(phantom).evolve(
        ct=source("ct.nii.gz"), labels=source("labels.nii.gz"), plan=around_current_view()
    )
    write_project(folder / "project.synthex", scene)
    say(f"{folder / 'project.synthex'}")
    return 0
