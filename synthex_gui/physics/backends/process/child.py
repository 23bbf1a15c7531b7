"""The child of `WorkerBackend`: a backend that is asked through a pipe."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from synthex_gui.core.processes import end_with_parent
from synthex_gui.physics.backends.base import (
    BackendError,
    BackendLostError,
    Image,
    Projection,
)
from synthex_gui.physics.backends.contract import Backend
from synthex_gui.physics.backends.process.kept_arrays import CONSTANTS, SPARE_LANDINGS, Kept
from synthex_gui.physics.backends.stages import ReadStage

# What comes in files of its own: images, and what stays the same from image to image.
SHARED_OF_BEAM = ("open_field", "blades", "first", "second")
SHARED_OF_PANEL = ("gains", "previous")
SHARED_OF_SCATTER = ("nodes", "near", "far", "down", "across")
# A stage without such arrays, and the files by their names.
Split = tuple[Any, dict[str, Kept | None]]


class _ParentGoneError(Exception):
    """Nobody waits for the image any more."""


def serve(pipe: Connection, make: Callable[[], Backend]) -> None:
    """The child: answers until the pipe closes or its device is lost."""
    # Ctrl+C is for the parent, which ends this process by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    with suppress(_ParentGoneError):
        _serve(pipe, make)


def _serve(pipe: Connection, make: Callable[[], Backend]) -> None:
    backend: Backend | None = None
    message: tuple[Any, ...] = ("make",)
    while True:
        try:
            if backend is None:
                backend = make()
                _tell(pipe, "done", backend.name)
            else:
                _tell(pipe, "done", _do(backend, message, pipe))
        except BackendLostError as error:
            _tell(pipe, "lost", str(error))
            return
        except BackendError as error:
            _tell(pipe, "failed", str(error))
            if backend is None:
                return
        message = _heard(pipe)


def _tell(pipe: Connection, kind: str, value: Any) -> None:
    try:
        pipe.send((kind, value))
    except OSError as error:
        raise _ParentGoneError from error


def _heard(pipe: Connection) -> tuple[Any, ...]:
    try:
        message: tuple[Any, ...] = pipe.recv()
    except (EOFError, OSError) as error:
        raise _ParentGoneError from error
    return message


def _do(backend: Backend, message: tuple[Any, ...], pipe: Connection) -> Any:
    what, *given = message
    if what == "upload_field":
        key, kept, bare = given
        backend.upload_field(key, replace(bare, stored=kept.open("r")))
    elif what == "upload_mesh":
        backend.upload_mesh(*given)
    elif what == "release":
        backend.release(*given)
    elif what == "project":
        request, target = given
        result = backend.project(request)
        plain = [*result.fields.values(), *result.meshes_mm]
        _leave([*plain, *_others(result)], _mapped(target))
        return result.backend
    else:
        request, beam, target = given
        reading = _Reading(pipe)
        what = replace(
            request,
            beam=None if beam is None else _joined(beam),
            reading=None if beam is None else reading,
        )
        try:
            made = backend.expose(what, _mapped(target))
        except BackendError:
            # The parent says how to go on, asked or not.
            if beam is not None:
                reading()
            raise
        _leave(made.images, _mapped(target))
        return made.projection.backend, made.photons
    return None


class _Reading:
    """How an exposure goes on, which the parent sends."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._heard: ReadStage | None = None

    def __call__(self) -> ReadStage:
        if self._heard is None:
            _, rest, scatter, panel = _heard(self._pipe)
            self._heard = replace(
                rest,
                scatter=None if scatter is None else _joined(scatter),
                panel=None if panel is None else _joined(panel),
            )
        return self._heard


def _joined(split: Split) -> Any:
    stage, shared = split
    return replace(stage, **{name: _opened(kept) for name, kept in shared.items()})


@lru_cache(maxsize=CONSTANTS)
def _opened(kept: Kept | None) -> Any:
    """The same object for the same file, by which a backend knows what it has."""
    return None if kept is None else kept.open("r")


@lru_cache(maxsize=2 * SPARE_LANDINGS)
def _mapped(target: Kept) -> Any:
    """Mapped for writing, and left so: mapping anew costs more than the copy."""
    return np.frombuffer(target.open("r+").data, np.float32)


def _others(result: Projection) -> list[Image]:
    """All but fields and what meshes own."""
    first = [] if result.first_mm is None else [result.first_mm]
    return [*result.labels_mm.values(), *result.whole_mm, *first]


def _leave(images: list[Image], flat: Image) -> None:
    """Write images one after the other where the parent reads them, but for those there already."""
    start = 0
    for image in images:
        if not np.may_share_memory(image, flat):
            flat[start : start + image.size] = image.reshape(-1)
        start += image.size
