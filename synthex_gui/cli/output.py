"""What commands print: lines, warnings, a progress bar on a terminal."""

from __future__ import annotations

import sys

from tqdm import tqdm

from synthex_gui.core.steps import Result, Steps, run_to_end


def say(text: str) -> None:
    """A line on standard output."""
    print(text)  # noqa: T201


def warn(text: str) -> None:
    """A warning on standard error."""
    print(f"warning: {text}", file=sys.stderr)  # noqa: T201


def usage(command: str, text: str) -> int:
    """Wrong usage: the reason on standard error, exit code 2."""
    print(f"synthex {command}: {text}", file=sys.stderr)  # noqa: T201
    return 2


def follow(steps: Steps[Result], unit: str = "step") -> Result:
    """Run a generator of (done, total, text) to its end with a bar on a terminal; its result."""
    # Not into a log file, and not for work that is over before anybody would look.
    with tqdm(
        unit=unit, disable=not sys.stderr.isatty(), leave=False, file=sys.stderr, delay=0.5
    ) as bar:

        def show(done: int, total: int, text: str) -> None:
            bar.total = total or None
            bar.set_description_str(text, refresh=False)
            bar.n = done
            bar.refresh()

        return run_to_end(steps, show)
