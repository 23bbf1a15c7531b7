"""``python -m synthex_gui`` and ``synthex-gui``: the desktop application."""

from __future__ import annotations

import sys
from multiprocessing import freeze_support


def main() -> int:
    """Run the application; the exit code."""
    # In a bundle a child process starts the program anew: here it turns into the child.
    freeze_support()
    from synthex_gui.ui.window.application import run

    return run()


if __name__ == "__main__":
    sys.exit(main())
