"""Write the lock files from the ranges in ``pyproject.toml``: exact versions with hashes.

Needs ``uv`` on the path. One file serves Python 3.11 to 3.13 on Linux, macOS and Windows.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCKS = {"app": ["build"], "test": ["build", "test"]}


def main() -> int:
    for name, extras in LOCKS.items():
        command = ["uv", "pip", "compile", "pyproject.toml", "--universal", "--generate-hashes"]
        command += ["--no-header", "--no-emit-index-url", "--no-annotate"]
        command += ["--python-version", "3.11", "-q", "-o", str(HERE / f"requirements-{name}.lock")]
        for extra in extras:
            command += ["--extra", extra]
        done = subprocess.run(command, cwd=HERE.parent, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
