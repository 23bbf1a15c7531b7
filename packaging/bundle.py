"""One folder that runs without Python: the window and the command line, for this system.

    python packaging/bundle.py [--out FOLDER]

Writes FOLDER/synthex-gui (default: dist/synthex-gui) with the executables ``synthex-gui`` and
``synthex``. Needs the extra ``[bundle]`` and, on Linux, binutils. CUDA is not in it. Exit code: 0
done, 1 when it could not be built.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = "synthex-gui"


def main(arguments: list[str] | None = None) -> int:
    """Build it and say where it is and how large."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="FOLDER")
    options = parser.parse_args(arguments)
    if find_spec("PyInstaller") is None:
        print('PyInstaller is not installed: pip install -e ".[bundle]"', file=sys.stderr)
        return 1
    place = options.out.resolve()
    with tempfile.TemporaryDirectory(prefix="synthex-bundle-") as work:
        command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"]
        command += ["--distpath", str(place), "--workpath", work]
        done = subprocess.run(
            [*command, str(ROOT / "packaging" / "synthex.spec")],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=False,
        )
    if done.returncode:
        print("The bundle could not be built; PyInstaller's own words stand above.")
        return 1
    size = sum(path.lstat().st_size for path in (place / NAME).rglob("*") if path.is_file())
    print(f"{place / NAME}: {size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
