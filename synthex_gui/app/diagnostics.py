"""What helps to find a fault, as text to be sent: versions, system, the end of the log."""

from __future__ import annotations

import locale
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale

from synthex_gui import __version__
from synthex_gui.app.log import CRASH_BEFORE, log_file
from synthex_gui.app.redaction import redacted
from synthex_gui.app.settings import Settings

PACKAGES = ("numpy", "scipy", "numba", "SimpleITK", "pydicom", "nibabel", "vtk", "pyvista")
LOG_LINES, CRASH_LINES = 200, 80


def diagnostics(settings: Settings, renderer: str = "") -> str:
    """Lines of text without names of files, folders, patients, user and computer.

    `renderer` is the backend that makes the images, by its name.
    """
    lines = [
        f"SyntheX GUI {__version__}, Python {platform.python_version()}",
        f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores",
        f"Qt {QLibraryInfo.version().toString()}",
        ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
        f"images by {renderer or 'none yet'}; set to {settings.backend}",
        f"locale {QLocale().name()}, {'/'.join(filter(None, locale.getlocale()))}",
        f"bundle {bool(getattr(sys, 'frozen', False))}",
        "",
    ]
    path = log_file()
    if path is None:
        lines.append("no log file")
    else:
        lines += ["log:", *_end_of(path, LOG_LINES)]
        lines += ["crash:", *_end_of(path.with_name(CRASH_BEFORE), CRASH_LINES)]
    return redacted("\n".join(lines)) + "\n"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _end_of(path: Path, count: int) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return ["none"]
