"""``synthex backends``: what can project images here, and what mends what cannot."""

from __future__ import annotations

import argparse
from typing import Any

from synthex_gui.cli.output import say
from synthex_gui.core.backend_names import METAVAR, USAGE, is_backend_choice


def add_backend_argument(parser: argparse.ArgumentParser, default: str | None, remark: str) -> None:
    """``--backend`` of a command that makes images."""
    parser.add_argument(
        "--backend",
        type=_backend,
        default=default,
        metavar=METAVAR,
        help=f"what projects the images ({remark}); see synthex backends",
    )


def _backend(text: str) -> str:
    if not is_backend_choice(text):
        raise argparse.ArgumentTypeError(f"there is no backend {text!r}; use {USAGE}")
    return text


def add_parser(commands: Any) -> None:
    """The arguments of ``synthex backends``."""
    parser = commands.add_parser(
        "backends",
        help="list what can project images here",
        description="List the CPU and the NVIDIA GPUs with what keeps them from being used and the "
        "command that mends it. The name at the left is what --backend takes.",
        epilog="example: synthex backends\nexit code: 0",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the list."""
    from synthex_gui.physics.backends.choice import available_backends

    for info in available_backends():
        say(f"{info.choice:8} {'ready' if info.is_ready else 'not ready':10} {info.name}")
        if info.problem:
            say(f"{'':8} {info.problem}")
    return 0
