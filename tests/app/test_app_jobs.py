"""Jobs: exactly one ending, progress that is not a flood, cancelling that cleans up."""

import threading

import pytest

from synthex_gui.app.jobs import Job
from synthex_gui.core.errors import SynthexError


def record(job):
    said = []
    for name in ("progress", "done", "failed", "cancelled", "ended"):
        getattr(job, name).connect(lambda *values, name=name: said.append((name, *values)))
    return said


def run(job, qtbot):
    said = record(job)
    with qtbot.waitSignal(job.ended, timeout=10_000):
        job.start()
    return [item for item in said if item[0] != "progress"]


def test_work_that_ends_gives_its_result(qtbot):
    def work():
        yield 1, 2, "half"
        return "result"

    assert run(Job("Work", work), qtbot) == [("done", "result"), ("ended",)]


INTERNAL = "Work: failed by an error of the program; Help, Copy diagnostics has more"


@pytest.mark.trust("R4")
@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SynthexError("the file is damaged"), "the file is damaged"),
        (KeyError("x"), INTERNAL),
        (OSError("no file is named"), INTERNAL),
        (
            PermissionError(13, "Permission denied", "/data/a b/ct.nii"),
            "Work: ct.nii: Permission denied; look whether it is there, may be used and has room "
            "on its disk",
        ),
        (MemoryError(), "Work: not enough memory; close other programs and try again"),
    ],
)
def test_work_that_fails_says_why(qtbot, error, text):
    def work():
        yield 0, 1, "begun"
        raise error

    job = Job("Work", work)
    assert run(job, qtbot) == [("failed", text), ("ended",)]
    assert job.error is (error if isinstance(error, SynthexError) else None)


def test_cancelling_closes_the_generator(qtbot):
    closed, begun = threading.Event(), threading.Event()

    def work():
        try:
            for number in range(1_000_000):
                begun.set()
                yield number, 1_000_000, "on"
        finally:
            closed.set()

    job = Job("Work", work)
    said = record(job)
    job.start()
    assert begun.wait(5.0)
    with qtbot.waitSignal(job.ended, timeout=10_000):
        job.cancel()
    assert closed.is_set()
    assert [item for item in said if item[0] != "progress"] == [("cancelled",), ("ended",)]


def test_an_error_after_cancelling_is_not_said(qtbot):
    begun, go = threading.Event(), threading.Event()

    def work():
        yield 0, 1, "on"
        begun.set()
        go.wait(5.0)
        raise SynthexError("its child was killed")

    job = Job("Work", work)
    said = record(job)
    job.start()
    assert begun.wait(5.0)
    job.cancel()
    with qtbot.waitSignal(job.ended, timeout=10_000):
        go.set()
    assert ("cancelled",) in said
    assert not [item for item in said if item[0] == "failed"]


def test_a_pause_holds_the_work(qtbot):
    steps = []

    def work():
        for number in range(3):
            steps.append(number)
            yield number, 3, "on"

    job = Job("Work", work)
    job.set_paused(True)
    assert job.is_paused
    said = record(job)
    job.start()
    qtbot.wait(100)
    assert steps == [0]
    with qtbot.waitSignal(job.ended, timeout=10_000):
        job.set_paused(False)
    assert steps == [0, 1, 2]
    assert [item[0] for item in said][-2:] == ["done", "ended"]


def test_progress_is_told_ten_times_a_second_and_at_the_end(qtbot):
    def work():
        for number in range(20_001):
            yield number, 20_000, "on"

    job = Job("Work", work)
    said = record(job)
    with qtbot.waitSignal(job.ended, timeout=30_000):
        job.start()
    progress = [item for item in said if item[0] == "progress"]
    assert progress[-1] == ("progress", 20_000, 20_000, "on")
    assert len(progress) < 300


def test_the_time_left_follows_from_the_steps(qtbot, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("synthex_gui.app.jobs.time.monotonic", lambda: clock[0])

    def work():
        for number in range(1, 5):
            clock[0] += 2.0
            yield number, 10, "on"

    job = Job("Work", work)
    assert job.seconds_left(0, 10) is None
    run(job, qtbot)
    assert job.seconds_left(4, 10) == pytest.approx(12.0)


def test_waiting_for_work_that_never_began_returns(qtbot):
    Job("Work", lambda: iter(())).join(5.0)
