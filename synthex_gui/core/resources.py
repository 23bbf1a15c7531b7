"""Where the files of ``resources/`` are: in the wheel, or beside the package in a checkout."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def root() -> Traversable:
    """The folder of all resources."""
    packaged = files("synthex_gui").joinpath("resources")
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "resources"


def resource(*parts: str) -> Traversable:
    """A file or folder of ``resources/``; FileNotFoundError when the installation lacks it."""
    found = root().joinpath(*parts)
    if not (found.is_file() or found.is_dir()):
        raise FileNotFoundError(f"the installation lacks resources/{'/'.join(parts)}")
    return found
