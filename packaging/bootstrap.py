"""From a machine with only Python to the running application, or to its tests, in one command.

    python packaging/bootstrap.py app [ARGS]     open the application; ARGS go to it
    python packaging/bootstrap.py test [--all] [PYTEST ARGS]

Makes a virtual environment beside the checkout's files (``.venv-app`` or ``.venv-test``), installs
the locked dependencies with pip and the package itself, installs missing system libraries where
it can, compiles the projector's kernels once, and hands over. A second run reuses all of it.
Standard library only. Exit code: the program's own; 2 for wrong usage or a Python that is too old
or too new; 3 when something could not be installed; 4 without a display.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "packaging"))

import system_libraries  # noqa: E402

OLDEST, NEWEST = (3, 11), (3, 13)
WRONG_USAGE, NOT_INSTALLED, NO_DISPLAY = 2, 3, 4
FIND_BUNDLER = "import sys, importlib.util as u; sys.exit(u.find_spec('PyInstaller') is None)"
HEADLESS = "synthex render --view ap --out ap.png"


def main(arguments: list[str]) -> int:
    """Run one of the two commands and return its exit code."""
    if not arguments or arguments[0] not in ("app", "test"):
        print(__doc__)
        return 0 if arguments[:1] in (["-h"], ["--help"]) else WRONG_USAGE
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        here = ".".join(map(str, sys.version_info[:2]))
        print(f"Python 3.11, 3.12 or 3.13 is needed, this is {here}", file=sys.stderr)
        return WRONG_USAGE
    command, rest = arguments[0], arguments[1:]
    with_bundle = command == "test" and "--all" in rest
    if not install_system_libraries(for_tests=command == "test", for_bundle=with_bundle):
        return NOT_INSTALLED
    python = make_environment(command)
    if python is None or (with_bundle and not add_bundler(python)):
        return NOT_INSTALLED
    compile_kernels(python)
    return run_app(python, rest) if command == "app" else run_tests(python, rest)


def install_system_libraries(for_tests: bool, for_bundle: bool) -> bool:
    """True when nothing that is needed is missing any more."""
    missing = system_libraries.missing_packages(for_tests, for_bundle)
    if not missing:
        return True
    say(f"System libraries: installing {', '.join(missing)}")
    command = system_libraries.install(missing)
    if command is None:
        return True
    print(f"These could not be installed from here. Please run\n  {command}\nand start again.")
    return False


def make_environment(name: str) -> Path | None:
    """The Python of an environment that holds the locked dependencies; None if that failed."""
    folder = ROOT / f".venv-{name}"
    lock = ROOT / "packaging" / f"requirements-{name}.lock"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "installed"
    wanted = fingerprint(lock)
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    say(f"Environment {folder.name}: installing the locked dependencies (some minutes, once)")
    if folder.exists():
        shutil.rmtree(folder)
    venv.create(folder, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps = [
        [*pip, "--require-hashes", "-r", str(lock)],
        [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    ]
    for step in steps:
        if subprocess.run(step, cwd=ROOT, check=False).returncode:
            print("The dependencies could not be installed; pip's own words stand above.")
            return None
    stamp.write_text(wanted)
    return python


def add_bundler(python: Path) -> bool:
    """Install PyInstaller, which is in no lock file: it builds the bundle and is not in it."""
    if subprocess.run([str(python), "-c", FIND_BUNDLER], check=False).returncode == 0:
        return True
    say("PyInstaller: installing")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    extra = ["--no-build-isolation", "--editable", f"{ROOT}[bundle]"]
    return subprocess.run([*pip, *extra], cwd=ROOT, check=False).returncode == 0


def fingerprint(lock: Path) -> str:
    """Changes with the lock file, pyproject.toml, the place and the Python."""
    digest = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes())
    digest.update(f"{ROOT}{sys.version}".encode())
    return digest.hexdigest()


def compile_kernels(python: Path) -> None:
    """Compile and cache the projector's kernels, with a progress line of its own."""
    subprocess.run([str(python), "-m", "synthex_gui.physics.warm_up"], cwd=ROOT, check=False)


def run_app(python: Path, arguments: list[str]) -> int:
    """The application's exit code."""
    if not has_display():
        print(
            "There is no display here. Without one, render an image from the terminal:\n"
            f"  {python.parent / HEADLESS}\n"
            "or give the window a virtual screen: xvfb-run -a python packaging/bootstrap.py app",
            file=sys.stderr,
        )
        return NO_DISPLAY
    return subprocess.run([str(python), "-m", "synthex_gui", *arguments], check=False).returncode


def has_display() -> bool:
    """True where a window can open."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def run_tests(python: Path, arguments: list[str]) -> int:
    """The tests' exit code: the fast tier, or everything with --all."""
    command = [str(python), "-m", "pytest", "-n", "2", "--dist", "loadfile"]
    if sys.platform.startswith("linux") and shutil.which("xvfb-run"):
        # A real screen: OpenGL views need one, the offscreen platform has none.
        command = ["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24", *command]
    return subprocess.run([*command, *arguments], cwd=ROOT, check=False).returncode


def say(text: str) -> None:
    """A progress line, at once."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
