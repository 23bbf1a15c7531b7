"""Start of a bundled program: the executable's own name says which of the two it is."""

from __future__ import annotations

import sys
from multiprocessing import freeze_support
from pathlib import Path


def main() -> int:
    """The window, or the command line when called ``synthex``; a child process does its work."""
    freeze_support()
    if Path(sys.executable).stem.lower() == "synthex":
        from synthex_gui.cli.main import main as run
    else:
        from synthex_gui.__main__ import main as run
    return run()


if __name__ == "__main__":
    sys.exit(main())
