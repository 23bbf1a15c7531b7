"""The files a project names: what they hold, and whether they are still what was read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from synthex_gui.app.jobs import Job
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.steps import Steps
from synthex_gui.io.child.pool import load_steps
from synthex_gui.io.hashing import Stamp, stamp_of
from synthex_gui.loading.resolve import AssetCache
from synthex_gui.scene.model import Scene
from synthex_gui.scene.project import AnyFile, map_files

log = logging.getLogger(__name__)


class Inputs(QObject):
    """Hashes of the files as they were read, asked for off the UI thread, and a warning for each
    file that is written again meanwhile: looked for whenever the application comes to the front.

    `run_job(title, work)` starts shown work.
    """

    warned = Signal(str)
    learned = Signal()  # the hashes under way are there, or cannot be had

    def __init__(
        self,
        cache: AssetCache,
        run_job: Callable[[str, Callable[[], Steps[Any]]], Job],
        scene: Callable[[], Scene],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._cache, self._run_job, self._scene = cache, run_job, scene
        self._hashes: dict[tuple[str, Stamp], str] = {}
        self._said: set[tuple[str, Stamp]] = set()
        self._learning = 0
        self._look: Job | None = None
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._state_changed)

    def learn(self, scene: Scene, compares: bool = False) -> None:
        """Hash what is new, so that saving never waits for it. `compares`: warn of the files that
        are not those the project was saved with.
        """
        # By path and stamp: the same file written again is another input.
        files = list(_files(scene))
        keys = {key[0]: key for key in map(self._key, files) if key not in self._hashes}

        def found(by_path: dict[str, str]) -> None:
            self._hashes |= {keys[path]: digest for path, digest in by_path.items()}
            if compares:
                self._compare(files)

        if not keys:
            found({})
            return
        job = self._run_job("Checksums", lambda: _hash_all(list(keys.values())))
        self._learning += 1
        job.done.connect(found)
        job.ended.connect(self._learned)

    @property
    def is_learning(self) -> bool:
        """True while hashes are worked out."""
        return self._learning > 0

    def lacks_hashes_of(self, scene: Scene) -> bool:
        """True where `with_hashes` would not know that of a file as it was read."""
        return any(self._key(source) not in self._hashes for source in _files(scene))

    def with_hashes(self, scene: Scene) -> Scene:
        """The scene with the hashes of its files as they were read, those saved before where
        nothing else is known. Never reads a file: one without any hash is warned of and has none.
        """
        unknown: list[str] = []

        def with_hash(source: AnyFile) -> AnyFile:
            known = self._hashes.get(self._key(source), source.sha256)
            if known is None:
                unknown.append(source.path)
            return source.evolve(sha256=known)

        hashed = map_files(scene, with_hash)
        if unknown:
            text = (
                f"Saved without a checksum of {_names(unknown)}: written again since it was read, "
                "or it cannot be read; File > Read inputs again takes it over"
            )
            # In the next turn: "Saved" would take its place at once.
            QTimer.singleShot(0, self, lambda: self.warned.emit(text))
        return hashed

    def look(self) -> None:
        """Warn, once, for each file that was written again since it was read."""
        read = {source.path: self._key(source) for source in _files(self._scene())}
        if not read or self._look is not None:
            return

        def work() -> Steps[dict[str, Stamp]]:
            yield 0, 1, "Looking at the inputs"
            return {path: stamp_of(path) for path in read}

        def found(now: dict[str, Stamp]) -> None:
            changed = [
                path
                for path, key in read.items()
                if now[path] != key[1] and (path, now[path]) not in self._said
            ]
            self._said |= {(path, now[path]) for path in changed}
            if changed:
                self.warned.emit(
                    f"Changed on disk since they were read: {_names(changed)}; "
                    "File > Read inputs again takes them over"
                )

        # Not shown: it is over at once, and nobody asked for it.
        self._look = job = Job("Looking at the inputs", work, self)
        job.done.connect(found)
        job.ended.connect(self._looked)
        job.start()

    def close(self) -> None:
        """Wait for what is under way."""
        if self._look is not None:
            self._look.join(5.0)

    def _key(self, source: AnyFile) -> tuple[str, Stamp]:
        return source.path, self._cache.stamp_of(source)

    def _compare(self, files: list[AnyFile]) -> None:
        others = [
            source.path
            for source in files
            if source.sha256 is not None
            and self._hashes.get(self._key(source), source.sha256) != source.sha256
        ]
        if others:
            self.warned.emit(
                f"Not as the project was saved with them: {_names(others)}; "
                "saving takes the present files over"
            )

    def _learned(self) -> None:
        self._learning -= 1
        if self._learning == 0:
            self.learned.emit()

    def _looked(self) -> None:
        if self._look is not None:
            self._look.deleteLater()
        self._look = None

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.look()


def _files(scene: Scene) -> Iterator[AnyFile]:
    for source in (scene.ct, scene.labels, *(tool.source for tool in scene.tools)):
        if isinstance(source, AnyFile):
            yield source


def _names(paths: list[str]) -> str:
    return ", ".join(Path(path).name for path in paths)


def _hash_all(files: list[tuple[str, Stamp]]) -> Steps[dict[str, str]]:
    """Path -> hash of those that are still as their stamp says: before it, since a file may have
    been written between its reading and now, and after it, since that takes a while too.
    """
    known: dict[str, str] = {}
    for path, stamp in files:
        try:
            if stamp_of(path) == stamp:
                digest = yield from load_steps("sha256", path)
                if stamp_of(path) == stamp:
                    known[path] = digest
                    continue
            log.warning("no checksum: %s was written again since it was read", path)
        except SynthexError as error:
            # Saving asks again; a folder has vanished meanwhile, say.
            log.warning("no checksum: %s", error)
    return known
