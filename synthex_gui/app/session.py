"""One open project: document, arrays, live image, the file it came from.

An edit that names a new file is read first and applied when it has been read whole; a file that
cannot be read leaves the scene as it was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from synthex_gui.app.inputs import Inputs
from synthex_gui.app.jobs import Job
from synthex_gui.app.live import LiveRadiograph
from synthex_gui.app.store import Edit, SceneStore
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.steps import run_to_end
from synthex_gui.geometry.arrays import Mesh, Volume
from synthex_gui.io.errors import MeshUnitError, SeriesChoiceError
from synthex_gui.io.meshes.surface import patient_surfaces
from synthex_gui.loading.opening import as_delivered, posed_for_phantom
from synthex_gui.loading.project import open_project
from synthex_gui.loading.resolve import AssetCache, Resolved, resolve
from synthex_gui.physics.matter.fields import matter_warnings
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import SceneAssets, default_aim_mm
from synthex_gui.scene.beam import Matter
from synthex_gui.scene.devices import device_by_id, preset_by_id
from synthex_gui.scene.edits import new_carm, reach_preset
from synthex_gui.scene.model import FileSource, PhantomSource, Scene
from synthex_gui.scene.project import write_project

log = logging.getLogger(__name__)

# Source-to-aim distance over SDD of a new document.
NEAR_DETECTOR = 0.8


class Session(QObject):
    """What the window shows and changes."""

    assets_changed = Signal(object)  # SceneAssets
    surfaces_ready = Signal(object, object)  # bone Mesh, skin Mesh
    job_started = Signal(object)  # Job
    problem = Signal(str)
    unit_needed = Signal(str, str)  # path of a mesh, what was found
    series_needed = Signal(str, object)  # a DICOM folder, the series in it
    warned = Signal(str)
    noted = Signal(str)
    document_replaced = Signal()
    scene_reread = Signal()  # the arrays of the present scene came after it
    path_changed = Signal()

    def __init__(
        self, make_renderer: Callable[[], Renderer], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.store = SceneStore(as_delivered(Scene()), parent=self)
        self.live = LiveRadiograph(make_renderer, self)
        self.assets = SceneAssets()
        self.path: Path | None = None
        self.view_state: dict[str, Any] = {}
        self._cache = AssetCache()
        self._jobs: list[Job] = []
        self._surfaces_of: Volume | None = None
        self.inputs = Inputs(self._cache, self.run_job, lambda: self.store.scene, self)
        self.inputs.warned.connect(self.warned)
        self.store.changed.connect(self._scene_changed)

    # Documents

    def open_phantom(self, **parameters: float | int | str) -> None:
        """The opening scene: phantom, pelvis, AP."""
        source = PhantomSource(parameters=parameters)
        scene = Scene(ct=source, labels=source)

        def finish(resolved: Resolved) -> None:
            posed = posed_for_phantom(scene, resolved.assets, resolved.phantom_landmarks)
            self._replace(posed, resolved.assets, None, {})

        self._read("Building the phantom", scene, finish)

    def open_project(self, path: Path) -> None:
        """Replace everything by a project file."""
        try:
            scene, view = open_project(path, self.warned.emit)
        except SynthexError as error:
            self.problem.emit(str(error))
            return
        self._read(
            f"Opening {path.name}",
            scene,
            lambda resolved: self._replace(scene, resolved.assets, path, view),
            is_fresh=True,
        )

    def open_recovered(self, file: Path, origin: Path | None) -> None:
        """Unsaved work of a run that crashed, as edits of the project it came from."""
        try:
            scene, _ = open_project(file, self.warned.emit)
        except SynthexError as error:
            self.problem.emit(str(error))
            return

        def finish(resolved: Resolved) -> None:
            self._replace(scene, resolved.assets, origin, {})
            self.store.history.resetClean()

        self._read("Restoring unsaved work", scene, finish, is_fresh=True)

    def open_ct(self, path: Path, series_uid: str | None = None) -> None:
        """A new document around a CT, the C-arm AP at its centre, tools and labels gone.

        Level, beam, grid, detector and look stay as they are.
        """
        kept = ("level", "beam", "grid", "detector", "processing")
        scene = Scene(
            ct=FileSource(path=str(path.resolve()), series_uid=series_uid),
            **{name: getattr(self.store.scene, name) for name in kept},
        )

        def finish(resolved: Resolved) -> None:
            device = device_by_id(self.store.scene.carm.device)
            aim = default_aim_mm(scene, resolved.assets)
            carm = new_carm(device, aim)
            # As far from the source as on a real C-arm, whose detector stands close to the patient.
            distance = NEAR_DETECTOR * carm.joints.sdd_mm
            carm, _ = reach_preset(carm, preset_by_id("ap"), aim, distance)
            self._replace(scene.evolve(carm=carm), resolved.assets, None, {})

        self._read(f"Opening {path.name}", scene, finish, is_fresh=True)

    def edit_references(self, label: str, edit: Edit, is_fresh: bool = False) -> None:
        """An undoable edit that may name new files: read first, then applied. `is_fresh`: files
        that were written again are read again.
        """
        target = edit(self.store.scene)

        def finish(resolved: Resolved) -> None:
            before = self.store.scene
            self._take(resolved.assets)
            self.store.apply(label, edit)
            self.inputs.learn(self.store.scene)
            if self.store.scene == before:
                # The same file, written again.
                self.scene_reread.emit()

        self._read(label, target, finish, is_fresh)

    def read_again(self) -> None:
        """Take over what has changed on disk; not a step to undo."""

        def finish(resolved: Resolved) -> None:
            before, now = (
                {id(item) for item in (assets.ct, assets.labels, *assets.meshes.values())}
                for assets in (self.assets, resolved.assets)
            )
            if now <= before:
                self.noted.emit("No input has changed on disk")
                return
            # Of the scene as it is by now; the cache has what was read.
            self._read("Reading", self.store.scene, self._reread)
            self.inputs.learn(self.store.scene)
            self.noted.emit("What has changed on disk was read again")

        self._read("Reading again", self.store.scene, finish, is_fresh=True)

    def save(self, path: Path) -> bool:
        """Write the project with the hashes of its inputs; False (and `problem`) when it failed."""
        try:
            scene = self.inputs.with_hashes(self.store.scene)
            write_project(path, scene, self.view_state)
        except (SynthexError, OSError) as error:
            self.problem.emit(str(error))
            return False
        self.path = path
        self.store.history.setClean()
        self.path_changed.emit()
        return True

    # Work

    def run_job(self, title: str, work: Callable[[], Generator[Any, None, Any]]) -> Job:
        """Start long work; the window shows it through `job_started`."""
        job = Job(title, work, self)
        self._jobs.append(job)
        job.failed.connect(lambda text: self._failed(job, text))
        job.ended.connect(lambda: self._jobs.remove(job) if job in self._jobs else None)
        self.job_started.emit(job)
        # In the next turn: quick work would end before the caller has connected to `done`.
        QTimer.singleShot(0, job, job.start)
        return job

    def count_unusual_hu(self, ct: Volume, matter: Matter) -> Job:
        """How many HU no tissue has, as lines of text, off the UI thread."""

        def work() -> Generator[tuple[int, int, str], None, tuple[str, ...]]:
            yield 0, 1, "Looking at the HU"
            return matter_warnings(ct, matter)

        return self.run_job("Looking at the HU", work)

    def is_busy(self) -> bool:
        """True while any job runs."""
        return bool(self._jobs)

    def close(self) -> None:
        """End every worker."""
        for job in list(self._jobs):
            job.cancel()
        for job in list(self._jobs):
            job.join(5.0)
        self.inputs.close()
        self.live.close()

    # Inside

    def _failed(self, job: Job, text: str) -> None:
        if isinstance(job.error, MeshUnitError):
            self.unit_needed.emit(str(job.error.path), text)
        elif isinstance(job.error, SeriesChoiceError):
            self.series_needed.emit(str(job.error.path), job.error.series)
        else:
            self.problem.emit(text)

    def _read(
        self,
        title: str,
        scene: Scene,
        finish: Callable[[Resolved], None],
        is_fresh: bool = False,
    ) -> None:
        if not is_fresh and self._cache.holds_all_of(scene):
            finish(run_to_end(resolve(scene, self._cache)))
            return
        job = self.run_job(title, lambda: resolve(scene, self._cache, is_fresh))
        job.done.connect(lambda resolved: self._finish(finish, resolved))

    def _finish(self, finish: Callable[[Resolved], None], resolved: Resolved) -> None:
        # First, and once: what the step itself has to say must be the last that is seen.
        for text in resolved.assets.warnings:
            if text not in self.assets.warnings:
                self.warned.emit(text)
        finish(resolved)

    def _replace(
        self, scene: Scene, assets: SceneAssets, path: Path | None, view: dict[str, Any]
    ) -> None:
        self.path, self.view_state = path, view
        self._take(assets)
        self.store.replace(scene)
        self.inputs.learn(scene, compares=True)
        self.document_replaced.emit()
        self.path_changed.emit()

    def _take(self, assets: SceneAssets) -> None:
        self.assets = assets
        self.assets_changed.emit(assets)
        if assets.ct is not None and assets.ct is not self._surfaces_of:
            self._surfaces_of = ct = assets.ct
            job = self.run_job("Bone surface", lambda: _surfaces(ct))
            job.done.connect(lambda pair: self._surfaces_done(ct, pair))

    def _surfaces_done(self, ct: Volume, pair: tuple[Mesh, Mesh]) -> None:
        if ct is self.assets.ct:
            self.surfaces_ready.emit(*pair)

    def _scene_changed(self, before: Scene, after: Scene) -> None:
        same = (
            before.ct == after.ct
            and before.labels == after.labels
            and [(t.name, t.source) for t in before.tools]
            == [(t.name, t.source) for t in after.tools]
        )
        if not same:
            # Undo and redo come through here; what was read before is still in the cache.
            self._read("Reading", after, self._reread)

    def _reread(self, resolved: Resolved) -> None:
        self._take(resolved.assets)
        self.scene_reread.emit()


def _surfaces(ct: Volume) -> Generator[tuple[int, int, str], None, tuple[Mesh, Mesh]]:
    yield 0, 1, "Bone surface"
    pair = patient_surfaces(ct)
    yield 1, 1, "Bone surface"
    return pair
