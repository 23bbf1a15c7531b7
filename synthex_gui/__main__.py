"""``python -m synthex_gui`` and ``synthex-gui``: the desktop application."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the application; the exit code."""
    from synthex_gui.ui.application import run

    return run()


if __name__ == "__main__":
    sys.exit(main())
