"""One open project: document, arrays, live image, the files behind them.

An edit that names a new file is read first and applied when it has been read whole; a file that
cannot be read leaves the scene as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from synthex_gui.app.document import Document, Opening
from synthex_gui.app.inputs import Inputs
from synthex_gui.app.jobs import Job
from synthex_gui.app.live import LiveRadiograph
from synthex_gui.app.project_lock import UNKNOWN, digest_of
from synthex_gui.app.reading import Reading
from synthex_gui.app.redaction import hide_path
from synthex_gui.app.store import Edit
from synthex_gui.core.errors import SynthexError
from synthex_gui.core.files import absolute
from synthex_gui.core.steps import Steps
from synthex_gui.experiment.opening import as_opened
from synthex_gui.geometry.arrays import Mesh, Volume
from synthex_gui.io.meshes.surface import patient_surfaces
from synthex_gui.loading.opening import as_delivered, posed_for_phantom
from synthex_gui.loading.outside import outside, outside_text, unknown_outside
from synthex_gui.loading.placing import first_pose
from synthex_gui.loading.project import open_project
from synthex_gui.loading.resolve import Resolved
from synthex_gui.physics.matter.fields import matter_warnings
from synthex_gui.physics.render import Renderer
from synthex_gui.scene.assets import Offer, SceneAssets, default_aim_mm
from synthex_gui.scene.beam import Matter
from synthex_gui.scene.devices import device_by_id
from synthex_gui.scene.model import Scene
from synthex_gui.scene.naming import keep_structures
from synthex_gui.scene.sources import FileSource, PhantomSource
from synthex_gui.scene.view_state import ViewState


class Session(QObject):
    """What the window shows and changes: one `Document` and what belongs to it."""

    assets_changed = Signal(object)  # SceneAssets
    surfaces_ready = Signal(object, object)  # bone Mesh, skin Mesh
    job_started = Signal(object)  # Job
    problem = Signal(str)
    unit_needed = Signal(str, str)  # path of a mesh, what was found
    series_needed = Signal(str, object)  # a DICOM folder, the series in it
    outside_found = Signal(str, object)  # what a project names beyond its folder, accept()
    incomplete = Signal(object)  # IncompleteSeriesError: files of a series cannot be read
    offered = Signal(object)  # Offer: what would mend a file that was read
    warned = Signal(str)
    noted = Signal(str)
    locked = Signal(object)  # Path of a project that another window has open
    document_replaced = Signal()
    arrived = Signal(object)  # Arrival: read, while the present document was edited
    scene_reread = Signal()  # the arrays of the present scene came after it
    path_changed = Signal()

    def __init__(
        self, make_renderer: Callable[[], Renderer], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.document = Document(as_delivered(Scene()), self)
        self.store = self.document.store
        self.live = LiveRadiograph(make_renderer, self)
        self.assets = SceneAssets()
        self.reading = Reading(self)
        self.run_job, self.is_busy = self.reading.run_job, self.reading.is_busy
        self._surfaces_of: Volume | None = None
        self._reads = 0
        self.inputs = Inputs(self.reading.cache, self.run_job, lambda: self.store.scene, self)
        self.inputs.warned.connect(self.warned)
        for name in ("job_started", "problem", "unit_needed", "series_needed", "incomplete"):
            getattr(self.reading, name).connect(getattr(self, name))
        self.document.replaced.connect(self.document_replaced)
        self.document.arrived.connect(self.arrived)
        self.document.path_changed.connect(self.path_changed)
        self.store.changed.connect(self._scene_changed)

    @property
    def path(self) -> Path | None:
        """The project file of the document; None when it was never saved."""
        return self.document.path

    # Documents

    def open_phantom(self, **parameters: float | int | str) -> None:
        """The opening scene: phantom, pelvis, AP."""
        source = PhantomSource(parameters=parameters)
        scene = Scene(ct=source, labels=source)

        def finish(resolved: Resolved) -> None:
            posed = posed_for_phantom(scene, resolved.assets, resolved.phantom_landmarks)
            self._replace(posed, resolved.assets, None, ViewState())

        self._open("Building the phantom", "the phantom", scene, finish, is_fresh=False)

    def open_project(self, path: Path, is_copy: bool = False) -> None:
        """Replace everything by a project file; `is_copy`: by one without a name of its own.

        One that another window has open is not opened but `locked`.
        """
        hide_path(path)
        if not is_copy and self.document.file.is_elsewhere(path):
            self.locked.emit(path)
            return
        digest = digest_of(path)
        # Before the opening counts as begun: a project that cannot be read displaces nothing.
        try:
            scene, view = open_project(path, self.warned.emit)
        except SynthexError as error:
            self.problem.emit(str(error))
            return

        def finish(resolved: Resolved) -> None:
            place = None if is_copy else path
            opened = as_opened(scene, resolved.assets, resolved.phantom_landmarks)
            self._replace(opened, resolved.assets, place, ViewState.of(view), digest)

        asked_in = self.store.scene

        def read() -> None:
            opening = self._open(f"Opening {path.name}", path.name, scene, finish)
            # What was edited while the files were looked at is not lost without a question.
            opening.scene = asked_in

        if outside(path, scene):
            self._ask_about_outside(path, scene, read)
        else:
            read()

    def open_recovered(
        self,
        file: Path,
        origin: Path | None,
        digest: str | None,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Unsaved work of a run that crashed, as edits of the project it came from.

        `digest` is the project's when it was opened then. `then` is called when it stands
        in the document's place, which a newer opening prevents.
        """
        try:
            scene, view = open_project(file, self.warned.emit)
        except SynthexError as error:
            self.problem.emit(str(error))
            return

        def finish(resolved: Resolved) -> None:
            self._replace(scene, resolved.assets, origin, ViewState.of(view), digest or UNKNOWN)
            self.store.history.resetClean()
            then()

        self._open("Restoring unsaved work", "the unsaved work", scene, finish)

    def open_ct(
        self, path: Path, series_uid: str | None = None, is_incomplete_accepted: bool = False
    ) -> None:
        """A new document around a CT, the C-arm AP at its centre, tools and labels gone.

        Level, beam, grid, detector and look stay as they are.
        """
        kept = ("level", "beam", "grid", "detector", "processing")
        scene = Scene(
            ct=FileSource(
                path=str(absolute(path)),
                series_uid=series_uid,
                is_incomplete_accepted=is_incomplete_accepted,
            ),
            **{name: getattr(self.store.scene, name) for name in kept},
        )

        def finish(resolved: Resolved) -> None:
            device = device_by_id(self.store.scene.carm.device)
            aim = default_aim_mm(scene, resolved.assets)
            carm, said = first_pose(device, aim)
            self._replace(scene.evolve(carm=carm), resolved.assets, None, ViewState())
            if said is not None:
                self.noted.emit(said)

        self._open(f"Opening {path.name}", path.name, scene, finish)

    def edit_references(self, label: str, edit: Edit, is_fresh: bool = False) -> None:
        """An undoable edit that may name new files: read first, then applied. `is_fresh`: files
        that were written again are read again.

        It is not applied to another document that was opened meanwhile.
        """
        target, number = edit(self.store.scene), self.document.number

        def finish(resolved: Resolved) -> None:
            if number != self.document.number:
                self.noted.emit(f"{label}: left out, another document was opened meanwhile")
                return
            self._warn_of(resolved)
            before = self.store.scene
            names = resolved.assets.labels.names() if resolved.assets.labels is not None else ()

            def whole(scene: Scene) -> Scene:
                after = edit(scene)
                return after if after.labels == scene.labels else keep_structures(after, names)

            self._take(resolved.assets)
            self.store.apply(label, whole)
            self.inputs.learn(self.store.scene)
            if self.store.scene == before:
                # The same file, written again.
                self.scene_reread.emit()

        self.reading.read(label, target, finish, is_fresh)

    def accept(self, offer: Offer) -> None:
        """Mend a file as offered; an edit that is recorded and undone."""
        self.edit_references(offer.title, offer.accepted)

    def read_again(self) -> None:
        """Take over what has changed on disk; not a step to undo."""
        number = self.document.number

        def finish(resolved: Resolved) -> None:
            if number != self.document.number:
                return
            self._warn_of(resolved)
            before, now = (
                {id(item) for item in (assets.ct, assets.labels, *assets.meshes.values())}
                for assets in (self.assets, resolved.assets)
            )
            if now <= before:
                self.noted.emit("No input has changed on disk")
                return
            # Of the scene as it is by now; the cache has what was read.
            self._read_present()
            self.inputs.learn(self.store.scene)
            self.noted.emit("What has changed on disk was read again")

        self.reading.read("Reading again", self.store.scene, finish, is_fresh=True)

    def save(self, path: Path) -> bool:
        """Write the project with the hashes of its inputs; False (and `problem`) when it failed."""
        try:
            self.document.save(path, self.inputs.with_hashes(self.store.scene))
        except SynthexError as error:
            self.problem.emit(str(error))
            return False
        return True

    # Work

    def count_unusual_hu(self, ct: Volume, matter: Matter) -> Job:
        """How many HU no tissue has, as lines of text, off the UI thread."""

        def work() -> Steps[tuple[str, ...]]:
            yield 0, 1, "Looking at the HU"
            return matter_warnings(ct, matter)

        return self.run_job("Looking at the HU", work)

    def close(self) -> None:
        """End every worker."""
        self.document.file.release()
        self.reading.close()
        self.inputs.close()
        self.live.close()

    # Inside

    def _open(
        self,
        title: str,
        name: str,
        scene: Scene,
        finish: Callable[[Resolved], None],
        is_fresh: bool = True,
    ) -> Opening:
        opening = self.document.begin(name)

        def done(resolved: Resolved) -> None:
            self.document.arrive(opening, lambda: finish(resolved))

        opening.job = self.reading.read(title, scene, done, is_fresh)
        return opening

    def _ask_about_outside(self, path: Path, scene: Scene, read: Callable[[], None]) -> None:
        begun = self.document.begun

        def accept() -> None:
            # The answer may come after something newer was opened.
            if begun == self.document.begun:
                read()

        def checked(paths: tuple[str, ...]) -> None:
            if paths:
                self.outside_found.emit(outside_text(path, paths), accept)
            else:
                accept()

        job = self.run_job(f"Checking {path.name}", lambda: unknown_outside(path, scene))
        job.done.connect(checked)

    def _replace(
        self,
        scene: Scene,
        assets: SceneAssets,
        path: Path | None,
        view: ViewState,
        digest: str | None = None,
    ) -> None:
        self._warn_of(Resolved(assets))
        self._take(assets)
        if not self.document.replace(scene, path, view, digest) and path is not None:
            self.warned.emit(f"{path.name}: open in another window by now; this is a copy")
        self.inputs.learn(scene, compares=True)

    def _warn_of(self, resolved: Resolved) -> None:
        # Before anything else: what the step itself has to say must be the last that is seen.
        for text in resolved.assets.warnings:
            if text not in self.assets.warnings:
                self.warned.emit(text)
        for offer in resolved.assets.offers:
            if offer not in self.assets.offers:
                self.offered.emit(offer)

    def _take(self, assets: SceneAssets) -> None:
        # What is still being read for an older state of the scene is not wanted any more.
        self._reads += 1
        self.assets = assets
        self.assets_changed.emit(assets)
        # Another label map or tool has the same surfaces, and they take long.
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
            self._read_present()

    def _read_present(self) -> None:
        self._reads += 1
        asked = self._reads

        def finish(resolved: Resolved) -> None:
            # Two undo steps may be read at once, and the second be the quicker.
            if asked == self._reads:
                self._warn_of(resolved)
                self._take(resolved.assets)
                self.scene_reread.emit()

        self.reading.read("Reading", self.store.scene, finish)


def _surfaces(ct: Volume) -> Steps[tuple[Mesh, Mesh]]:
    yield 0, 1, "Bone surface"
    pair = patient_surfaces(ct)
    yield 1, 1, "Bone surface"
    return pair
