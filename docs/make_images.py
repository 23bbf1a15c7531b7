"""Make the pictures of the README with the application itself: needs a screen (or xvfb-run)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

IMAGES = Path(__file__).resolve().parent / "images"
PICTURES = (
    ("window_1280x800.png", "1280x800", "1"),
    ("window_1440x900.png", "1440x900", "1"),
    ("window_1920x1080.png", "1920x1080", "1"),
)


def main() -> int:
    for name, size, scale in PICTURES:
        environment = os.environ | {"QT_SCALE_FACTOR": scale}
        command = [sys.executable, "-m", "synthex_gui", "--theme", "dark", "--size", size]
        done = subprocess.run(
            [*command, "--screenshot", str(IMAGES / name)], env=environment, check=False
        )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
