"""Long work of a session and the arrays it brings: jobs, the cache, what a scene stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from synthex_gui.app.jobs import Job
from synthex_gui.app.redaction import hide_files
from synthex_gui.core.steps import Steps, run_to_end
from synthex_gui.io.errors import IncompleteSeriesError, MeshUnitError, SeriesChoiceError
from synthex_gui.loading.resolve import AssetCache, Resolved, resolve
from synthex_gui.scene.model import Scene

CLOSE_WAIT_S = 5.0


class Reading(QObject):
    """Runs jobs and resolves scenes; what a job says of a file that needs an answer is a signal."""

    job_started = Signal(object)  # Job
    problem = Signal(str)
    unit_needed = Signal(str, str)  # path of a mesh, what was found
    series_needed = Signal(str, object)  # a DICOM folder, the series in it
    incomplete = Signal(object)  # IncompleteSeriesError

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cache = AssetCache()
        self._jobs: list[Job] = []

    def run_job(self, title: str, work: Callable[[], Steps[Any]]) -> Job:
        """Start long work; the window shows it through `job_started`."""
        job = Job(title, work, self)
        self._jobs.append(job)
        job.failed.connect(lambda text: self._failed(job, text))
        job.ended.connect(lambda: self._ended(job))
        self.job_started.emit(job)
        # In the next turn: quick work would end before the caller has connected to `done`.
        QTimer.singleShot(0, job, job.start)
        return job

    def read(
        self,
        title: str,
        scene: Scene,
        finish: Callable[[Resolved], None],
        is_fresh: bool = False,
    ) -> Job | None:
        """The arrays of a scene, given to `finish`: at once (None) where the cache has them all.

        `is_fresh`: files that were written again since they were read are read again.
        """
        hide_files(scene)
        if not is_fresh and self.cache.holds_all_of(scene):
            finish(run_to_end(resolve(scene, self.cache)))
            return None
        job = self.run_job(title, lambda: resolve(scene, self.cache, is_fresh))
        job.done.connect(finish)
        return job

    def is_busy(self) -> bool:
        """True while any job runs."""
        return bool(self._jobs)

    def close(self) -> None:
        """End every job."""
        for job in list(self._jobs):
            job.cancel()
        for job in list(self._jobs):
            job.join(CLOSE_WAIT_S)

    def _ended(self, job: Job) -> None:
        self._jobs.remove(job)
        # With it go the functions that it called, and a CT that one of them was about.
        job.deleteLater()

    def _failed(self, job: Job, text: str) -> None:
        if isinstance(job.error, MeshUnitError):
            self.unit_needed.emit(str(job.error.path), text)
        elif isinstance(job.error, SeriesChoiceError):
            self.series_needed.emit(str(job.error.path), job.error.series)
        elif isinstance(job.error, IncompleteSeriesError):
            self.incomplete.emit(job.error)
        else:
            self.problem.emit(text)
