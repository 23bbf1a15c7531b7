"""``synthex COMMAND``: render, export, verify and make projects from a terminal; no Qt imported.

Exit codes of every command: 0 done; 1 the input or the work failed (one line says why); 2 wrong
usage; 3 a check found differences (``verify``); 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from multiprocessing import freeze_support
from pathlib import Path
from typing import NoReturn

from synthex_gui import __version__
from synthex_gui.cli.advice import advice
from synthex_gui.core.errors import SynthexError

COMMANDS = (
    "render",
    "export",
    "verify",
    "rerun",
    "info",
    "new",
    "template",
    "plan",
    "phantom",
    "devices",
    "backends",
)
FAILED, USAGE, DIFFERENT, INTERRUPTED = 1, 2, 3, 130
MOST_SHOWN = 400
EPILOG = "exit codes: 0 done, 1 failed, 2 wrong usage, 3 differences found, 130 interrupted"


class Parser(argparse.ArgumentParser):
    """Wrong usage is one line, too; the usage itself is what ``--help`` is for."""

    def error(self, message: str) -> NoReturn:
        """The reason on standard error, exit code 2."""
        # A value of the command line may be any length.
        message = message if len(message) <= MOST_SHOWN else f"{message[:MOST_SHOWN]}..."
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)  # noqa: T201
        raise SystemExit(USAGE)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    from importlib import import_module

    parser = Parser(
        prog="synthex",
        description="Simulated X-ray images of a CT, with exact labels.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"synthex {__version__}")
    parser.add_argument("--debug", action="store_true", help="show a traceback on errors")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # Commands import what they need when they run: --help takes 0.5 s, everything 1.4 s.
    for name in COMMANDS:
        import_module(f"synthex_gui.cli.{name}").add_parser(commands)
    return parser


def with_negative_numbers(arguments: Sequence[str]) -> list[str]:
    """``--probe -5,0,0`` as ``--probe=-5,0,0``: argparse takes it for an option otherwise."""
    result: list[str] = []
    for text in arguments:
        is_list = re.fullmatch(r"-[\d.][^=]*,.*", text) is not None
        if is_list and result and result[-1].startswith("--") and "=" not in result[-1]:
            result[-1] = f"{result[-1]}={text}"
        else:
            result.append(text)
    return result


@contextlib.contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """A request to end the program ends it in the order that Ctrl-C does."""
    before = signal.getsignal(signal.SIGTERM)
    with contextlib.suppress(ValueError):
        # Only a program's main thread may.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGTERM, before)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are one line on standard error."""
    # In a bundle a child process starts the program anew: here it turns into the child.
    freeze_support()
    print_anything()
    given = sys.argv[1:] if arguments is None else arguments
    try:
        options = build_parser().parse_args(with_negative_numbers(given))
    except KeyboardInterrupt:
        # Importing the commands takes half a second.
        print("synthex: interrupted", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    try:
        with ended_like_ctrl_c():
            return int(options.run(options))
    except BrokenPipeError:
        # Whoever read the output (head, less) has seen enough; nothing more can be flushed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        text, status = "interrupted", INTERRUPTED
    except Exception as error:
        if options.debug:
            raise
        text, status = said_of(error), FAILED
    print(f"synthex {options.command}: {text}", file=sys.stderr)  # noqa: T201
    return status


def said_of(error: Exception) -> str:
    """An error's line: what is wrong with the input, what the system refuses, or where a fault of
    the program lies.
    """
    if isinstance(error, SynthexError):
        return advice(error)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; close other programs or ask for less"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    # Not the text: it may quote a file, a patient's name in it.
    place = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
    return f"a fault of this program ({place}); please report it with what --debug shows"


def print_anything() -> None:
    """File names may hold what the terminal's encoding does not: shown escaped, never an error
    after the work is done.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
