"""Readers that do what a broken library does; named by the pool under test."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace
from typing import Any

import numpy as np

from synthex_gui.core.steps import Progress
from synthex_gui.geometry.arrays import Grid, Volume
from synthex_gui.io.loaded import LoadedVolume


def abort(path: str, progress: Progress) -> Any:
    os.abort()


def leave(path: str, progress: Progress) -> Any:
    os._exit(3)


def hang(path: str, progress: Progress) -> Any:
    progress(1, 10, "hanging")
    time.sleep(600)


def bloat(path: str, progress: Progress) -> Any:
    return tuple(np.empty(1 << 30, np.uint8) for _ in range(200))


def fail(path: str, progress: Progress) -> Any:
    raise ZeroDivisionError("a bug\nin two lines")


def strange(path: str, progress: Progress) -> Any:
    return object()


def good(path: str, progress: Progress, value: int = 7) -> Any:
    for done in range(5):
        progress(done + 1, 5, "counting")
    volume = Volume(np.full((2, 3, 4), value, np.int16), Grid((2, 3, 4), np.eye(4)))
    return LoadedVolume(volume, (str(os.getpid()),), "good")


READERS = {
    name: SimpleNamespace(read=function, bytes_needed=lambda _: 0)
    for name, function in (
        ("abort", abort),
        ("leave", leave),
        ("hang", hang),
        ("bloat", bloat),
        ("fail", fail),
        ("strange", strange),
        ("good", good),
    )
}
