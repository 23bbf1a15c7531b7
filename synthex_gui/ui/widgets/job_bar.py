"""Running work in the status bar: what, how far, how long still, and a way to stop it."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from synthex_gui.app.jobs import Job
from synthex_gui.ui.style.icons import icon


class JobBar(QWidget):
    """Shows the job started last that still runs; hidden when there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._jobs: list[Job] = []
        self._text = QLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(120)
        self._cancel = QToolButton()
        self._cancel.setIcon(icon("close"))
        self._cancel.setToolTip("Stop")
        self._cancel.setAccessibleName("Stop")
        self._cancel.clicked.connect(self._stop)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 6, 0)
        layout.setSpacing(4)
        for widget in (self._text, self._bar, self._cancel):
            layout.addWidget(widget)
        self.hide()

    def add(self, job: Job) -> None:
        """Follow a job until it ends."""
        self._jobs.append(job)
        job.progress.connect(lambda done, total, text: self._progress(job, done, total, text))
        job.ended.connect(lambda: self._ended(job))
        self._progress(job, 0, 0, job.title)
        self.show()

    def _progress(self, job: Job, done: int, total: int, text: str) -> None:
        if not self._jobs or job is not self._jobs[-1]:
            return
        left = job.seconds_left(done, total)
        rest = f", {left:.0f} s left" if left is not None and left > 3 else ""
        self._text.setText(f"{text}{rest}")
        self._bar.setRange(0, total)
        self._bar.setValue(done)

    def _ended(self, job: Job) -> None:
        if job in self._jobs:
            self._jobs.remove(job)
        if self._jobs:
            self._progress(self._jobs[-1], 0, 0, self._jobs[-1].title)
        else:
            self.hide()

    def _stop(self) -> None:
        if self._jobs:
            self._jobs[-1].cancel()
